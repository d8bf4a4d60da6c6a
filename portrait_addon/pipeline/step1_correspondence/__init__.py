"""Step 1: what portrait and driver have in common.

==================  =========================================================
``smoothing``       the tracked points of a clip without the tracker's jitter
``neutral``         the neutral driving frame
``peripheral``      points outside the face, followed by optical flow
``correspondence``  the similarity S, the points and triangles that both share
==================  =========================================================
"""
