"""Data, no work.

===============  =====================================================
``performance``  all that a clip says
``portrait``     all that a picture says
``face``         what the tracker says of one face
``mouth_patch``  the driver's mouth in one frame
``moment``       what a frame shows: moments of one clip or of several
``settings``     the numbers that an artist sets
``passes``       what a frame can tell beside its picture
``masks``        what an artist paints over a portrait
``progress``     how far a computation is
===============  =====================================================
"""
