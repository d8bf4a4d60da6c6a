"""Computed once a pair of portrait and clip.

==================  ==========================================================
``pair``            `Pair`, which holds the two below
``correspondence``  the similarity S, the points and triangles that both share
``surround_mesh``   vertices that give way where the surround would fold over
==================  ==========================================================
"""
