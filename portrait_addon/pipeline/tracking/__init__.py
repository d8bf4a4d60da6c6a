"""Step 1: detect the points of faces in pictures, and follow one face through a clip.

====================  ==================================================================
``landmarker``        points of all faces in a picture, by MediaPipe
``landmarker_dnn``    the same by OpenCV, where MediaPipe cannot be used
``closable``          context manager that releases networks
``mediapipe_import``  import MediaPipe without the modules that it does not need
``small_network``     a network that OpenCV cannot read, run in numpy
``matte``             matte of the person in a picture, by MediaPipe
``matte_dnn``         the same by OpenCV
``networks``          choose the library that runs the networks
``head_pose``         position and orientation of a head
``searching``         search again for a face that the tracker missed
``following``         one face through a clip, with the missing frames filled
====================  ==================================================================
"""
