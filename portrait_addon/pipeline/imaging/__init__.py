"""Any picture.

=================  =================================================
``arrays``         names for arrays, and checks at the door
``box``            rectangles of pixels
``colour``         8 bits, linear light, luminance, tint
``premultiplied``  a picture as it is computed with, and back
``scaling``        sizes and pictures at another scale
``easing``         smooth transitions between 0 and 1
``polygons``       polygons drawn as masks
``sample_grid``    a grid of samples, coarser than the pixels
``raster``         triangles drawn as backward fields
``compositing``    one layer over another, in strips
``similarity``     similarity transforms by least squares
``disk_array``     arrays that grow and do not fill the memory
``threads``        many pieces of work at once; values computed once
=================  =================================================
"""
