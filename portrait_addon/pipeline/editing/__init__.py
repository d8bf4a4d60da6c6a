"""Points corrected by hand.

===============  ===================================================================
``handles``      the points that a person moves, and how the mesh follows them
``placing``      the canonical face, placed by hand where the tracker finds no face
``corrections``  corrections applied on top of the tracked points
===============  ===================================================================
"""
