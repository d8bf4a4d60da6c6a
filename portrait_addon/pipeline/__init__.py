"""The method, one file a step, in the order in which data flows.

=====================  ==========================================================================================
``face_mesh``          names and triangles of the tracked points; the 68 iBUG points
``tracking``           step 1: find the points in a picture
``tracking_dnn``       step 1: the same by OpenCV where MediaPipe cannot be used; ``matte_dnn`` likewise
``networks``           step 1: who runs the networks, MediaPipe or OpenCV
``small_network``      step 1: a network that OpenCV cannot read, in numpy
``head_pose``          step 1: where a head is and which way it looks
``searching``          step 1: look again for a face that the tracker missed
``following``          step 1: one face through a clip, bridged where it is not seen
``smoothing``          step 1: take the tracker's jitter out of a clip
``neutral``            step 1: find the neutral driving frame
``matte``              step 1: where the person is in a picture
``peripheral``         step 1: points outside the face, followed by optical flow
``recording``          a clip read twice: from frames to a performance
``performance``        all that a clip says
``portrait``           all that a picture says
``correspondence``     step 1: the similarity S, the points and triangles that both share
``control_points``     step 2: where the portrait's points must be in a frame
``openings``           step 2: lids and lips meet when the driver's meet
``headroom``           step 2: what a portrait already does is not added twice
``warp_field``         step 2: from moved points to the source of every output pixel
``eyes``, ``lids``     step 2: the eyes behind the lids; lids that the portrait does not show
``mouth``              step 3: the inside of the mouth
``palette``            step 3: the colours that a mouth is rebuilt from
``shading``            step 4: wrinkles as ratio images, without shadows that merely moved
``settings``           the numbers that an artist sets
``compose``            one frame, out of ``layers``
``similarity``         similarity transforms by least squares
``growing``            arrays that grow frame by frame and do not fill the memory
``arrays``             names for the arrays; ``progress``: how far a computation is
=====================  ==========================================================================================

The method is *Bringing Portraits to Life* (Averbuch-Elor, Cohen-Or, Kopf, Cohen; ACM TOG 36(6), article 196, SIGGRAPH
Asia 2017, https://doi.org/10.1145/3130800.3130818), as taught in Stanford CS448V, lecture 13. Nothing here knows of
the user's files or of Blender.
"""
