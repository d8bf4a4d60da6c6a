"""Pictures, clips, frames and archives: in and out. Nothing here knows of the method or of Blender.

=============  ================================================================
``files``      whole files: read with a limit, written whole or not at all
``headers``    what a picture file says of itself before it is decoded
``pictures``   pictures in, PNG frames out
``exr``        EXR files in and out
``provenance`` what a picture of ours says of itself
``png``        PNG files, encoded fast
``clip``       what all driving clips have in common
``video``      driving clips that are videos
``sequences``  driving clips that are numbered pictures
``clips``      opens either
``archive``    arrays in one file that numpy can read
=============  ================================================================
"""
