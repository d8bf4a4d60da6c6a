"""Picture files that cannot be read: their true format, whatever their name says, and how to convert them."""

from __future__ import annotations

import re

FOREIGN = (
    (rb".{4}ftyp(he[iv][cxms]|mif1|msf1)", "a HEIC picture", "Open it in Photos or Preview and export it as JPEG."),
    (rb".{4}ftypcrx", "a camera's raw file", "Develop it, and save it as TIFF or PNG."),
    (rb".{4}ftyp|\x1a\x45\xdf\xa3|RIFF.{4}AVI ", "a video", "Save one of its frames as PNG."),
    (rb"8BPS\x00\x02", "a large Photoshop document (PSB)", "Save it as TIFF or PNG."),
    (rb"%PDF", "a PDF document", "Export the page as PNG."),
    (rb"%!PS|\xc5\xd0\xd3\xc6", "a PostScript document", "Export the page as PNG."),
    (rb"\xff\x0a|.{4}JXL ", "a JPEG XL picture", "Save it as PNG or JPEG."),
    (rb".{4}jP  |\xff\x4f\xff\x51", "a JPEG 2000 picture", "Save it as PNG or JPEG."),
    (rb"#\?R", "a Radiance HDR picture", "Save it as EXR."),
    (rb"SDPX|XPDS", "a DPX picture", "Save it as EXR or TIFF."),
    (rb"P[1-7]\s", "a PPM, PGM or PAM picture", "Save it as PNG."),
    (rb"DDS ", "a DDS texture", "Save it as PNG."),
    (rb"\x01\xda[\x00\x01][\x01\x02]", "an SGI picture", "Save it as PNG."),
    (rb"\x00\x00\x01\x00.\x00", "an icon", "Save it as PNG."),
    (rb"FUJIFILM", "a camera's raw file", "Develop it, and save it as TIFF or PNG."),
    (rb"gimp xcf", "a GIMP document", "Export it as PNG."),
    (rb"PK\x03\x04.{26}mimetype(application/x-krita|image/openraster)", "a painting with layers", "Export it as PNG."),
    (rb"\s*<(\?xml|svg|!DOCTYPE)", "an SVG or HTML file", "Export it as PNG, or save the picture itself."),
    (rb"BLENDER|\x28\xb5\x2f\xfd", "a .blend file", "Render it, or choose a picture."),
)
"""Start of the file, what it is, and what to do."""


class ForeignFormatError(ValueError):
    """A file is no picture that can be read. The message says what it is and what to do."""


def foreign_format(data: bytes) -> ForeignFormatError:
    """Explain what a file is that is none of the pictures that can be read.

    Parameters
    ----------
    data : bytes
        At least its first 80 bytes.

    Returns
    -------
    ForeignFormatError
        To be raised.
    """
    for start, name, advice in FOREIGN:
        if re.match(start, data[:80], re.DOTALL):
            return ForeignFormatError(f"is {name}, which cannot be read here. {advice}")
    return ForeignFormatError("is not a JPEG, PNG, TIFF, WebP, AVIF, PSD or EXR picture. Save it again as PNG or JPEG.")
