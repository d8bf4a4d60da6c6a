"""Pictures, clips, frames and archives: in and out. Nothing here knows the method or Blender.

=================  ============================================================
``files``          whole files: read with a limit, written whole or not at all
``headers``        what a picture file says before it is decoded
``tiff``           the same of TIFF files, and their planes
``foreign``        names of formats that cannot be read
``pictures``       pictures in, PNG frames out
``exr``            EXR files in and out
``provenance``     metadata that says that a picture is synthetic
``png``            PNG files, encoded fast
``libav``          opens clips with PyAV, trusting nothing that they say
``hdr``            high dynamic range frames made into ordinary ones
``clip``           base class of driving clips
``video``          driving clips that are videos
``animated_webp``  driving clips that are animated pictures
``sequences``      driving clips that are numbered pictures
``clips``          opens any of them
``film``           frames and sound in one MP4 file
``web_film``       frames in one WebM file, with alpha
``stretching``     sound at the speed of its picture
``archive``        arrays in one file that numpy can read
=================  ============================================================
"""
