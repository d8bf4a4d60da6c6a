"""Step 4: wrinkles, creases and shading, as ratio images.

==================  ============================================================
``canonical_face``  the space in which all frames of a clip are registered
``ratio_images``    how an expression brightens and darkens the skin, over time
``face_region``     the skin on which that counts
``outliers``        shadows that merely moved
``shade_colour``    the colour that a portrait's skin takes on where it is shaded
``shading``         one frame's ratio image, damped and ready to be applied
==================  ============================================================

In this order: ratio, face region, outliers on the raw ratio, temporal filter; brightening is damped last.
"""
