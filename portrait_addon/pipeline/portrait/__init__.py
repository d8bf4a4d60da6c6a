"""Computed once a portrait.

=================  =====================================================
``prepared``       `PreparedPortrait`, which holds what all frames share
``analysis``       from a picture to a portrait
``resizing``       a portrait at a lower size
``matte``          where the person is
``layers``         the person and the clean plate
``people``         several people of one picture, apart from each other
``clean_plate``    what lies behind the person, guessed
``cut_out``        the person with alpha, and the background without the person
``foreground``     the person's colours without the background's
``edges``          which edges of the picture cut the person off
``texture``        the picture as it is sampled, its face upsampled
``relief``         how far the person stands out of the plane
``fold_plate``     skin beside the mouth without the folds of a smile
``corner_plate``   skin beside the mouth without the lips' line
``camera_move``    how another camera would see the head
``far_rim``        skin over the far rim of a face that is turned away
``mouth_plate``    the inside of an open mouth, continued behind the lips
``eye_plate``      an eye, taken apart into white, iris and shadow
``surround_grid``  the grid of everything outside the face
``rigid_parts``    painted parts that move as one
``shade_colour``   the colour that skin takes on where it is shaded
=================  =====================================================
"""
