"""What a portrait keeps on its object, and where its data-blocks come from.

==================  ======================================================
``properties``      what a portrait keeps on its object
``property_tools``  what both have in common
``faces``           several faces of one picture on one plane
``drive``           the sliders of a portrait that is driven by numbers
``library``         how a clip is played; the library of reactions
``points``          what was put right by hand in the tracked points
``anchors``         the empty that holds its anchors
``events``          what happens to a portrait, for those who show or use it
``app_handlers``    tables of functions that Blender calls by itself
``blocks``          data-blocks of files, their paths relative as the artist wants
``sources``         data-blocks to pixels, paths, folders
``colour_spaces``   colour spaces by what they are for
``frames``          the baked frames: files and image sequences
``frame_rate``      frame rates of scenes
``preferences``     what belongs to this computer
``migration``       data of older versions
==================  ======================================================
"""
