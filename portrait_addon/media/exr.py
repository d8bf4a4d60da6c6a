"""EXR files: portraits in, frames and passes out.

A file holds linear light with premultiplied alpha, as all programs expect. A picture in memory is sRGB-encoded with
straight alpha. OpenEXR's own library reads and writes; it is imported when it is first needed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..srgb import linear_to_srgb, srgb_to_linear
from .files import whole_path, write_error

LARGEST_HALF = 65504.0


def write_exr(path: Path, layers: Mapping[str, NDArray[Any]], attributes: Mapping[str, str]) -> None:
    """Write an EXR file, whole or not at all.

    Parameters
    ----------
    path : Path
        The file; one of this name is replaced.
    layers : mapping from str to array
        Pixels by layer: a matte (h, w), or RGB or RGBA (h, w, 3 or 4), of float16 or float32, which the file keeps. The
        layer with the empty name is the file's plain picture.
    attributes : mapping from str to str
        Attributes of the file's header.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    import OpenEXR

    channels = {
        f"{layer}.{name}" if layer else name: np.ascontiguousarray(plane)
        for layer, pixels in layers.items()
        for name, plane in _planes(pixels, "V" if layer else "Y")
    }
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage, **attributes}
    with whole_path(path) as partial:
        try:
            OpenEXR.File(header, channels).write(str(partial))
        except RuntimeError as error:
            raise write_error(path, OSError(str(error).splitlines()[0])) from error


def _planes(pixels: NDArray[Any], matte: str) -> list[tuple[str, NDArray[Any]]]:
    if pixels.ndim == 2:
        return [(matte, pixels)]
    return [(name, pixels[..., channel]) for channel, name in enumerate("RGBA"[: pixels.shape[2]])]


def picture_layer(pixels: NDArray[Any]) -> NDArray[np.float16]:
    """Convert a picture to a layer of an EXR file.

    Parameters
    ----------
    pixels : (h, w, 3) BGR or (h, w, 4) BGRA array of uint8, uint16 or float32
        sRGB-encoded, straight alpha.

    Returns
    -------
    (h, w, 3 or 4) float16 array
        RGB or RGBA, linear light, premultiplied alpha.
    """
    whole = np.iinfo(pixels.dtype).max if pixels.dtype != np.float32 else 1
    values = pixels.astype(np.float32) / np.float32(whole)
    layer = np.empty(values.shape, np.float32)
    layer[..., :3] = srgb_to_linear(values[..., 2::-1])
    if values.shape[2] == 4:
        layer[..., 3:] = values[..., 3:]
        layer[..., :3] *= values[..., 3:]
    return np.clip(layer, -LARGEST_HALF, LARGEST_HALF).astype(np.float16)


def decode_exr(data: bytes) -> NDArray[np.float32]:
    """Decode the plain picture of an EXR file.

    The decoder takes as much memory as the file asks for, so the caller checks the header first.

    Parameters
    ----------
    data : bytes
        The whole file.

    Returns
    -------
    (h, w, 3) BGR or (h, w, 4) BGRA float32 array
        sRGB-encoded, straight alpha; bright light has values above 1.

    Raises
    ------
    ValueError
        If the file is damaged, or has only named layers and no plain picture.
    """
    with tempfile.TemporaryDirectory() as folder:  # the library reads from a disk only
        path = Path(folder) / "portrait.exr"
        path.write_bytes(data)
        header, found = _read(path)
    colours = "BGR" if "R" in found else "YYY"
    if not found.keys() >= set(colours):
        raise ValueError("has no channels R, G and B, or Y")
    planes = [found[name] for name in colours + ("A" if "A" in found else "")]
    if len({plane.shape for plane in planes}) != 1:
        raise ValueError("has channels of different sizes")
    pixels = np.nan_to_num(np.stack(planes, axis=2).astype(np.float32), nan=0, posinf=LARGEST_HALF, neginf=0)
    pixels = _in_display_window(pixels, header)
    if pixels.shape[2] == 4:
        alpha = pixels[..., 3:] = np.clip(pixels[..., 3:], 0, 1)
        np.divide(pixels[..., :3], alpha, out=pixels[..., :3], where=alpha > 0)
    pixels[..., :3] = linear_to_srgb(pixels[..., :3])
    return pixels


def _read(path: Path) -> tuple[Mapping[str, Any], dict[str, NDArray[Any]]]:
    """Read the header and the channels of a file's first part."""
    import OpenEXR

    try:
        with OpenEXR.File(str(path), separate_channels=True) as opened:
            return dict(opened.header()), {name: channel.pixels for name, channel in opened.channels().items()}
    except (RuntimeError, ValueError, TypeError) as error:
        raise ValueError("is a damaged or rare kind of EXR file") from error


def _in_display_window(pixels: NDArray[np.float32], header: Mapping[str, Any]) -> NDArray[np.float32]:
    """Cut what lies outside the display window, and fill what is missing with zeros."""
    (left, top), _ = header["dataWindow"]
    (first, upper), (last, lower) = header["displayWindow"]
    if pixels.shape[:2] == (lower - upper + 1, last - first + 1) and (left, top) == (first, upper):
        return pixels
    seen = np.zeros((lower - upper + 1, last - first + 1, pixels.shape[2]), np.float32)
    rows, columns = np.arange(pixels.shape[0]) + top - upper, np.arange(pixels.shape[1]) + left - first
    inside_rows, inside_columns = (rows >= 0) & (rows < seen.shape[0]), (columns >= 0) & (columns < seen.shape[1])
    seen[np.ix_(rows[inside_rows], columns[inside_columns])] = pixels[np.ix_(inside_rows, inside_columns)]
    return seen
