"""Computed once a clip.

==================  =================================================
``recording``       a clip read twice: from frames to a performance
``frame_source``    the clip's frames, checked
``first_reading``   the face in every frame, and the shots
``second_reading``  every frame against the neutral one
``provisional``     what is shown of it meanwhile
``cuts``            where the clip was cut
``dissolves``       cuts that take some frames
``people``          whether two shots show two people
``smoothing``       the tracked points without the tracker's jitter
``neutral``         the neutral driving frame
``registration``    the skin beside the tracked points, by its texture
``peripheral``      points outside the face, followed by optical flow
``camera``          how the driver's camera moved
``mouth_patches``   the driver's mouth, cut out of each frame
``lid_patches``     the shade of the driver's closing lids
``covered``         things in front of the mouth
``face_region``     where ratios count
``ratio_images``    wrinkles as ratio images
``outliers``        shadows that merely moved are no wrinkles
``shut_eyes``       how open the driver's eyes are at rest, and shut
``expression_curves``  a clip as weights, angles and places; a clip of them
``idle``            a face that waits, as such curves
``idle_joints``     the same, coming to rest where other films may begin
``ready_poses``     expressions that are ready to be used
``mouth_cues``      lips that speak by the names of mouth shapes
``fitted_heads``    a head in space, fitted to each shot
==================  =================================================
"""
