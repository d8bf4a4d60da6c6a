"""What a person puts right by hand.

===============  =============================================================
``handles``      the points that a person moves, and how the mesh follows them
``placing``      the canonical face, placed where no tracker finds one
``corrections``  what was put right, laid over what was tracked
===============  =============================================================
"""
