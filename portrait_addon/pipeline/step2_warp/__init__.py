"""Step 2: the portrait's points move as the driver's do, and the picture follows.

==================  =================================================================
``control_points``  where the portrait's points must be in a frame
``untangling``      points beside the face give way where its surround would fold over
``openings``        lids and lips meet when the driver's meet
``headroom``        what a portrait already does is not added twice
``blending``        several moments at once: a seam, a change of clips
``warp_field``      from moved points to the source of every output pixel
``layers``          look a picture up through a field, lay one layer over another
``source``          the portrait as it is looked up, its face enlarged
``surround``        everything outside the face
``skin``            the face, drawn far to near and shaded
``eyes``, ``lids``  the eyes behind the lids; lids that the portrait does not show
``background``      a background that stays where it is while the person moves
``fill``            what lies behind the person, guessed
``rigid``           painted parts that move as one
``mouth_corners``   the line between closed lips, where a mouth opens
==================  =================================================================
"""
