"""The method, sorted by when things are computed; each room imports only those below it.

============  =================================================================
``frame``     computed for each frame: state, canvas, and a module a layer
``editing``   what a person puts right by hand
``pair``      computed once a pair of portrait and clip
``clip``      computed once a clip: from frames to a performance
``portrait``  computed once a portrait: matte, clean plate, texture
``tracking``  the networks that find a face and a person
``timeline``  what shows when; what a clip says as numbers for rigs
``records``   data, no work
``face``      any face: mesh, openings, palette, canonical face
``imaging``   any picture: arrays, colour, grids, rasters, compositing, threads
============  =================================================================

The method is *Bringing Portraits to Life* (Averbuch-Elor, Cohen-Or, Kopf, Cohen; ACM TOG 36(6), article 196, SIGGRAPH
Asia 2017, https://doi.org/10.1145/3130800.3130818), as taught in Stanford CS448V, lecture 13. Nothing here knows the
user's files or Blender.
"""
