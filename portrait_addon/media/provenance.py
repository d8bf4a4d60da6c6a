"""Metadata of our pictures: that they are synthetic, by which software, and with which settings.

They never say where a picture came from: no path of an input is written.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from xml.sax.saxutils import quoteattr

SYNTHETIC = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeSynthetic"
"""IPTC digital source type: a composite with synthetic elements."""


def sentence() -> str:
    """Say in one line, for people, that something is synthetic.

    Returns
    -------
    str
        With the software's name and the IPTC digital source type.
    """
    return f"Synthetic portrait by {software()}: {SYNTHETIC}"


Parameters = Mapping[str, float]
"""Settings of a frame by name."""


def exr_attributes(parameters: Parameters | None = None) -> dict[str, str]:
    """Make the attributes of an EXR file's header.

    Parameters
    ----------
    parameters : mapping from str to float, optional
        Settings of the frame.

    Returns
    -------
    dict from str to str
        Attributes by name.
    """
    said = {"digitalSourceType": SYNTHETIC, "software": software()}
    return said | ({"portraitParameters": json.dumps(dict(parameters))} if parameters else {})


def xmp_packet(parameters: Parameters | None = None) -> bytes:
    """Make the same metadata as XMP.

    Parameters
    ----------
    parameters : mapping from str to float, optional
        Settings of the frame.

    Returns
    -------
    bytes
        An XMP packet [ISO 16684-1].
    """
    said = {"xmp:CreatorTool": software(), "Iptc4xmpExt:DigitalSourceType": SYNTHETIC}
    if parameters:
        said["portrait:Parameters"] = json.dumps(dict(parameters))
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
        'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:portrait="urn:living-portraits:1" '
        f"{' '.join(f'{name}={quoteattr(value)}' for name, value in said.items())}/></rdf:RDF></x:xmpmeta>"
    ).encode()


@cache
def software() -> str:
    """Read name and version from the extension's manifest.

    The manifest lies inside the installed package, and beside it in the repository.

    Returns
    -------
    str
        Such as "Living Portraits 1.2.3".
    """
    package = Path(__file__).parents[1]
    manifest = next(
        path for folder in (package, package.parent) if (path := folder / "blender_manifest.toml").is_file()
    )
    return f"Living Portraits {tomllib.loads(manifest.read_text('utf-8'))['version']}"
