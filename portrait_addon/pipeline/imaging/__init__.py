"""Operations on any picture.

=================  ==================================================
``arrays``         type aliases of arrays; checks of pictures, frames
``box``            rectangles of pixels
``colour``         8-bit, encoded and linear colours; luminance, tint
``premultiplied``  straight to premultiplied alpha, and back
``scaling``        sizes and pictures at another scale
``easing``         smooth transitions between 0 and 1
``membrane``       colours stretched over a gap, smooth between its rims
``polygons``       polygons drawn as masks
``soft_mask``      masks with soft edges
``wide_blur``      wide blurs, on a reduced copy
``robust``         statistics that a few strong values do not spoil
``half_floats``    conversion from and to 16-bit floats
``neighbourhood``  slope of a picture, discs that grow a mask
``sample_grid``    a grid of samples, coarser than the pixels
``raster``         triangles rasterized to backward fields
``compositing``    one layer over another, in strips
``similarity``     least-squares similarity transforms
``optical_flow``   where each pixel of a picture went
``push_pull``      what is not known of a picture, filled in
``bridge``         frames that do not show it, filled from others
``disk_array``     growing arrays that are stored on disk
``threads``        ordered thread map; properties computed once
=================  ==================================================
"""
