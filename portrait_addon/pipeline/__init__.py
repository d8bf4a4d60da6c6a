"""The method: a room a step, in the order in which data flows.

========================  =====================================================================================
``tracking/``             the points of a face, by the networks
``step1_correspondence``  what portrait and driver have in common
``step2_warp``            the coarse synthesis: points move, the picture follows
``step3_mouth``           hidden regions: the inside of the mouth
``step4_shading``         fine-scale details: wrinkles as ratio images, without shadows that merely moved
``recording``             a clip read twice: from frames to a performance
``performance``           all that a clip says
``portrait``              all that a picture says
``masks``                 what an artist paints over a portrait
``person``                where the person is in a portrait
``settings``              the numbers that an artist sets
``moment``                what a frame shows: moments of one clip or of several, blended
``playback``, ``loops``   a clip once, round and round, to and fro; a loop in any clip
``reactions``             which clips play when, blended
``rig_channels``          what a performance says, as numbers for rigs, with few keys
``compose``               one frame
``working``               a picture as it is worked on, and back
``shrinking``             pictures made smaller for measuring
``passes``                what a frame can tell beside its picture
``pass_recorder``         the passes, noted while a frame is painted
``face_mesh``             names and triangles of the tracked points; the 68 iBUG points
``similarity``            similarity transforms by least squares
``box``                   rectangles of pixels
``arrays``, ``growing``   names for arrays; arrays that grow frame by frame and do not fill the memory
``ordered_thread_map``              many pieces of work at once, their results in order
``progress``              how far a computation is
========================  =====================================================================================

The method is *Bringing Portraits to Life* (Averbuch-Elor, Cohen-Or, Kopf, Cohen; ACM TOG 36(6), article 196, SIGGRAPH
Asia 2017, https://doi.org/10.1145/3130800.3130818), as taught in Stanford CS448V, lecture 13. Nothing here knows of
the user's files or of Blender.
"""
