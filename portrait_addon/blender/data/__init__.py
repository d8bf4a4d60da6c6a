"""What a portrait keeps on its object, and where its data-blocks come from.

==================  ==============================================
``properties``      what a portrait keeps on its object
``property_tools``  what both have in common
``library``         how a clip is played; the library of reactions
``sources``         data-blocks to pixels, paths, folders
``preferences``     what belongs to this computer
``migration``       data of older versions
==================  ==============================================
"""
