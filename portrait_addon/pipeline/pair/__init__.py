"""Data computed once for each pair of portrait and clip.

==================  ===================================================================
``pair``            `Pair`, which holds the results of the other two modules
``correspondence``  the similarity S, and the points and triangles that both share
``driver_units``    expression units of the driver's face, in pixels of the clip
``moving_target``   a film as a target: `TargetShot`, each of whose frames is a portrait
``surround_mesh``   relaxation of vertices where the mesh around the face would fold
==================  ===================================================================
"""
