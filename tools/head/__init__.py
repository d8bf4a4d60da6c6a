"""How ``portrait_addon/models/head.npz`` and ``head_points.npz`` were made; ``tools/make_head.py`` runs it.

==================  =====================================================================
``wheel``           the CC0 data of MakeHuman and the face units, as they lie in a wheel
``modes``           what persons differ by: identity modes
``pack``            the head as plain arrays
``landmarks``       where the tracker's points lie on the head
``learning``        what is learned from real faces: offsets, expression units, score map
``drawing``         pictures of the head, for the docs
==================  =====================================================================
"""
