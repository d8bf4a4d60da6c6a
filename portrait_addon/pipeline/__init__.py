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
``growing``            arrays that grow frame by frame and do not fill the memory
``smoothing``          step 1: take the tracker's jitter out of a clip
``neutral``            step 1: find the neutral driving frame
``peripheral``         step 1: points outside the face, followed by optical flow
``performance``        all that a clip says
``portrait``           all that a picture says
``correspondence``     step 1: the similarity S, the points and triangles that both share
``control_points``     step 2: where the portrait's points must be in a frame
``warp_field``         step 2: from moved points to the source of every output pixel
``compose``            one frame
=====================  ==========================================================================================

The method is *Bringing Portraits to Life* (Averbuch-Elor, Cohen-Or, Kopf, Cohen; ACM TOG 36(6), article 196, SIGGRAPH
Asia 2017, https://doi.org/10.1145/3130800.3130818), as taught in Stanford CS448V, lecture 13. Nothing here knows of
the user's files or of Blender.
"""
