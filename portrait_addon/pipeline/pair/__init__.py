"""Data computed once for each pair of portrait and clip.

==================  ===================================================================
``pair``            `Pair`, which holds the results of the other two modules
``correspondence``  the similarity S, and the points and triangles that both share
``shut_eyes``       how open the tracker shows the driver's eyes at rest and shut
``surround_mesh``   relaxation of vertices where the mesh around the face would fold
==================  ===================================================================
"""
