"""Picture files for tests."""

from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from portrait_addon.media.pictures import encode_picture


def write_picture(path: Path, pixels: NDArray[Any]) -> None:
    """Write a PNG file of (h, w, 3) BGR or (h, w, 4) BGRA uint8 or uint16 pixels."""
    path.write_bytes(encode_picture(pixels))
