"""Step 1: what portrait and driver have in common.

==================  =========================================================
``smoothing``       the tracked points of a clip without the tracker's jitter
``neutral``         the neutral driving frame
``peripheral``      points outside the face, followed by optical flow
``camera``          how the driver's camera moved
``correspondence``  the similarity S, the points and triangles that both share
``handles``         the points that a person moves, and how the mesh follows them
``placing``         the canonical face, placed by hand where no tracker finds one
``corrections``     what a person has put right, laid over what was tracked
==================  =========================================================
"""
