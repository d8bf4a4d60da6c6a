"""Computed for each frame: what is decided first, then the layers, back to front.

=====================  ======================================================
``compositor``         the layers in their order; `Compositor` and `Frame`
``group``              several faces of one picture: `Group`
``state``              what is decided about a frame before its first pixel
``result``             what a frame shows, as numbers: head, places on the face, expression
``canvas``             the picture that is painted on
``aov_writer``         the passes, recorded while a frame is painted
``depth``              how deep the person stands, as a pass
``closing``            how far each eye closes
``control_points``     where the portrait's points must be
``face_parts``         strengths of parts of the face, and what is added to a driver
``opening_transfer``   lids and lips meet when the driver's meet
``brow_limit``         brows that are raised already rise no further
``blending``           several moments at once: a seam, a change of clips
``rigid_parts``        painted parts that move as one
``surround``           warp fields outside the face
``warp_field``         smoothing by confidence, a pinned border
``face_warp``          the warp of the face mesh and its shading
``shading``            the ratio images of one frame, ready to be applied
``mouth_opening``      when the driver's mouth shows, and lips that part
``background``         layer: everything outside the face
``skin``               layer: the face
``far_rim``            layer: skin over the far rim of a face that turns back to the viewer
``folds``              layer: skin beside the mouth of a smile that has come to rest
``mouth_corners``      layer: skin beside the mouth, without the lips' line
``eyes``               layer: the eyes, seen between the lids
``lids``               layer: closing lids that the portrait does not show
``own_mouth``          layer: the portrait's own teeth, which stay with the skull
``mouth``              layer: the driver's inside of the mouth
``still``              layer: what was painted to stay as it is
``target_compositor``  the same layers on the frames of a film, whose face alone changes
``found_mouths``       the film's own mouth of other frames, found over the clip
``target_points``      where the points of that face must be
=====================  ======================================================
"""
