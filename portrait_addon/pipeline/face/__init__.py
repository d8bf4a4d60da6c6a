"""Any face.

==================  =============================================================
``mesh``            names and triangles of the tracked points; the 68 iBUG points
``openings``        gaps of lids and lips
``pose``            a face at rest and in one frame
``palette``         a face's own white, flesh and dark
``canonical_face``  the space of the ratio images
==================  =============================================================
"""
