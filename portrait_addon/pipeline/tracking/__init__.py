"""Before step 1: find a face's points in a picture, and one face through a clip.

====================  ==================================================================
``landmarker``        the points of all faces in a picture, by MediaPipe
``landmarker_dnn``    the same by OpenCV, where MediaPipe cannot be used
``mediapipe_import``  MediaPipe without what it loads for nothing
``small_network``     a network that OpenCV cannot read, in numpy
``matte``             where the person is in a picture; ``matte_dnn`` by OpenCV
``networks``          who runs them, MediaPipe or OpenCV
``head_pose``         where a head is and which way it looks
``searching``         look again for a face that was missed
``following``         one face through a clip, bridged where it is not seen
====================  ==================================================================
"""
