"""Geometry and colours of any face.

==================  ================================================================
``mesh``            names and triangles of the tracked points; the 68 iBUG landmarks
``openings``        gaps between eyelids and between lips
``eye_rims``        the rims of an eye as curves
``regions``         eyes, brows and mouth by weights, left and right
``jaw_skirt``       the skin below a jaw, which joins it to what does not move
``pose``            the points of a face at rest and in one frame
``palette``         a face's own white, flesh and dark colours
``canonical_face``  the canonical space of the ratio images
==================  ================================================================
"""
