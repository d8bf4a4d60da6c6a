"""Pictures in, PNG frames out.

Pixels keep their depth and their alpha. OpenCV decodes from memory, so that a path may hold any character, and only
after the header was checked.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from . import tiff
from .exr import decode_exr
from .files import read_file, shown
from .headers import PILLOW, PILLOW_ERRORS, Header, open_with_pillow, read_header
from .png import chunk, encode_png
from .provenance import Parameters, xmp_packet

MAX_FILE_BYTES = 1 << 30
MAX_SIDE = 32_766
"""Longest side in pixels: OpenCV's remap counts in 16 bits."""
MAX_PIXELS = 120_000_000
PLAIN_PIXELS = 16_000_000
"""Up to so many pixels the size of the file is not checked."""
MAX_PIXELS_PER_BYTE = 1000
"""Most pixels a byte of larger pictures. No photograph or painting packs more; a file that claims to is a trap."""

LEAST_COLOURED, COLOURED_SIDE = 16, 2048
"""Shortest side of a picture that is added in its own colours, and longest side to which it is shrunk, in pixels."""
SHOWS_NOTHING = 0.02
"""Light, 0..1, of a picture that is black."""

PICTURE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".exr", ".psd", ".bmp"})

RGB = b"RGB "
"""Colour space of the profiles that frames can have."""


@dataclass(frozen=True, eq=False)
class SourceImage:
    """A still picture, upright.

    Attributes
    ----------
    pixels : (h, w, 3) BGR or (h, w, 4) BGRA array of uint8, uint16 or float32
        Encoded as sRGB or by the profile, straight alpha. Floats come from EXR files and may be brighter than 1.
    name : str
        Its name in messages.
    masks : mapping from str to (h, w) uint8 array
        What was painted over the picture, by names of `pipeline.records.masks.MASKS`; of the picture's size, but for
        the coloured ones.
    profile : bytes
        ICC profile that says what colours the pixels are; empty for sRGB. Pixels are worked on as they are.
    lens : float, optional
        Focal length of the camera that took it, in millimetres on 36 x 24; None if it is not known.
    notes : tuple of str
        What to tell the user of it, one sentence each.
    """

    pixels: NDArray[Any]
    name: str
    masks: Mapping[str, NDArray[np.uint8]] = field(default_factory=dict)
    profile: bytes = b""
    notes: tuple[str, ...] = ()
    lens: float | None = None

    def with_masks(self, painted: Mapping[str, SourceImage], coloured: Collection[str] = ()) -> SourceImage:
        """Give the picture masks that were painted over it.

        Parameters
        ----------
        painted : mapping from str to SourceImage
            By names of `pipeline.records.masks.MASKS`; of any size, depth and number of channels.
        coloured : collection of str, optional
            Names of those that are no masks, but pictures with a size and colours of their own.

        Returns
        -------
        SourceImage
            The picture with these alone: masks scaled to its size, pictures as (y, x, 4) BGRA.

        Raises
        ------
        InputError
            If such a picture is too small, or shows nothing.
        """
        size = self.pixels.shape[1], self.pixels.shape[0]
        return replace(
            self,
            masks={
                name: _with_colours(picture) if name in coloured else _as_mask(picture, size)
                for name, picture in painted.items()
            },
        )


def read_picture(path: Path) -> SourceImage:
    """Read a picture file.

    Parameters
    ----------
    path : Path
        A file of at most `MAX_FILE_BYTES`.

    Returns
    -------
    SourceImage
        See `decode_picture`. Its name is the path.

    Raises
    ------
    InputError
        If it cannot be read or is not such a picture.
    """
    return decode_picture(read_file(path, MAX_FILE_BYTES), shown(path))


def decode_picture(data: bytes, name: str) -> SourceImage:
    """Decode the content of a picture file; see docs/media.md for the kinds.

    The picture is turned upright by its EXIF orientation. Grey becomes three equal channels, a palette its colours, and
    CMYK is converted; 8 and 16 bits and alpha are kept. Of several pictures the first is taken.

    Parameters
    ----------
    data : bytes
        The whole file.
    name : str
        Name of the picture in messages.

    Returns
    -------
    SourceImage
        Without masks.

    Raises
    ------
    InputError
        If it is not such a picture, is damaged, or is too large.
    """
    try:
        header = read_header(data)
    except ValueError as error:
        raise InputError(f"{name}: {error}") from error
    except ImportError as error:
        advice = "Install Living Portraits again."
        raise InputError(f"{name}: Pillow, which reads it, does not load ({error}). {advice}") from error
    _check_size(header, len(data), name)
    if header.format == "EXR":
        return SourceImage(_decoded_exr(data, name), name)
    pixels = _decoded(data, header)
    if pixels is None:
        raise InputError(f"{name}: is a damaged or rare kind of {header.format}. Save it again as PNG or JPEG.")
    if pixels.dtype not in (np.uint8, np.uint16):
        raise InputError(f"{name}: has {pixels.dtype} pixels. Save it with 8 or 16 bits a channel.")
    if header.format != "TIFF":  # which OpenCV turns by itself
        pixels = _upright(pixels, header.orientation)
    fits = header.profile[16:20] == RGB
    notes = () if fits or not header.profile else (f"{name}: its colour profile is not for RGB and is left out.",)
    return SourceImage(pixels, name, profile=header.profile if fits else b"", notes=notes, lens=header.lens)


def _decoded(data: bytes, header: Header) -> NDArray[Any] | None:
    """Pixels with three or four channels as they are stored; None if they cannot be decoded."""
    if header.format in PILLOW and header.format != "JPEG":
        return _decoded_by_pillow(data, header.format)
    if header.planes:
        return _decoded_planes(data, header)
    pixels = _decoded_by_opencv(data)
    if pixels is None:
        return None
    if header.negative:
        np.invert(pixels, out=pixels)
    if pixels.ndim == 2:
        pixels = cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR)
    if header.inks:
        pixels = pixels[..., :3]
    return _straight_alpha(pixels) if header.premultiplied and pixels.shape[2] == 4 else pixels


def _decoded_by_opencv(data: bytes) -> NDArray[Any] | None:
    try:
        return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None


def _decoded_by_pillow(data: bytes, format: str) -> NDArray[np.uint8] | None:
    try:
        with open_with_pillow(format, data) as opened:
            rgb = np.asarray(opened.convert("RGBA" if opened.has_transparency_data else "RGB"))
    except PILLOW_ERRORS:
        return None
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGBA2BGRA if rgb.shape[2] == 4 else cv2.COLOR_RGB2BGR), np.uint8)


def _decoded_planes(data: bytes, header: Header) -> NDArray[np.uint16] | None:
    """Pixels of a TIFF that holds a plane for each channel: OpenCV decodes one after the other."""
    directory = tiff.Directory(data)
    channels = tiff.channels_of_planes(directory)
    pixels: NDArray[np.uint16] | None = None
    for index, channel in enumerate((2, 1, 0, 3)[:channels]):
        try:
            plane = _decoded_by_opencv(tiff.grey_plane(data, directory, index))
        except (struct.error, ValueError):
            return None
        if plane is None or plane.ndim != 2 or plane.dtype != np.uint16:
            return None
        if pixels is None:
            pixels = np.empty((*plane.shape, channels), np.uint16)
        pixels[..., channel] = plane
    return _straight_alpha(pixels) if pixels is not None and channels == 4 and header.premultiplied else pixels


def _as_mask(picture: SourceImage, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Scale the lightness of a picture to a width and height: (h, w) uint8, 0 where it is transparent."""
    white = np.iinfo(picture.pixels.dtype).max if picture.pixels.dtype != np.float32 else 1
    values = picture.pixels.astype(np.float32) / np.float32(white)
    light = values[..., :3].max(axis=2) * (values[..., 3] if values.shape[2] == 4 else 1)
    scaled = cv2.resize(np.clip(light, 0, 1), size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.rint(255 * scaled), np.uint8)


def _with_colours(picture: SourceImage) -> NDArray[np.uint8]:
    """(y, x, 4) uint8 BGRA of a picture of any type, shrunk to `COLOURED_SIDE`."""
    height, width = picture.pixels.shape[:2]
    if min(height, width) < LEAST_COLOURED:
        raise InputError(
            f"{picture.name}: {width} x {height} pixels are too few. Use a picture of at least {LEAST_COLOURED} a side."
        )
    white = np.iinfo(picture.pixels.dtype).max if picture.pixels.dtype != np.float32 else 1
    values = np.clip(np.nan_to_num(picture.pixels.astype(np.float32) / np.float32(white)), 0, 1)
    if values.shape[2] == 3:
        values = np.dstack([values, np.ones(values.shape[:2], np.float32)])
    if (values[..., :3].max(axis=2) * values[..., 3]).max() < SHOWS_NOTHING:
        raise InputError(f"{picture.name}: is black or transparent all over. Choose another picture.")
    values[..., :3] *= values[..., 3:]
    scale = min(COLOURED_SIDE / max(height, width), 1.0)
    size = max(round(scale * width), 1), max(round(scale * height), 1)
    values = np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32)
    values[..., :3] /= np.maximum(values[..., 3:], np.float32(1e-3))
    return np.asarray(np.rint(255 * np.clip(values, 0, 1)), np.uint8)


def _decoded_exr(data: bytes, name: str) -> NDArray[np.float32]:
    try:
        return decode_exr(data)
    except ValueError as error:
        raise InputError(f"{name}: {error}. Save the picture again as a plain EXR or PNG.") from error


def _check_size(header: Header, file_bytes: int, name: str) -> None:
    width, height = header.width, header.height
    pixels = max(width * height, header.block)
    if not width or not height:
        raise InputError(f"{name}: is a damaged {header.format} file. Save it again as PNG or JPEG.")
    if max(width, height) > MAX_SIDE or pixels > MAX_PIXELS:
        raise InputError(
            f"{name}: {width} x {height} pixels are too many. "
            f"Scale it to at most {MAX_PIXELS // 10**6} million pixels and {MAX_SIDE} a side."
        )
    if pixels > PLAIN_PIXELS and pixels > MAX_PIXELS_PER_BYTE * file_bytes:
        raise InputError(
            f"{name}: declares {width} x {height} pixels in a file of {file_bytes} bytes. Save it again as PNG or JPEG."
        )


def _straight_alpha(pixels: NDArray[Any]) -> NDArray[Any]:
    full = np.iinfo(pixels.dtype).max
    alpha = np.maximum(pixels[..., 3:], 1).astype(np.float32)
    straight = pixels.copy()
    straight[..., :3] = np.minimum(np.rint(pixels[..., :3] * (full / alpha)), full)
    return straight


def _upright(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Undo an EXIF orientation: 5 to 8 are stored with rows and columns exchanged, the rest is mirroring."""
    if orientation >= 5:
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


def frame_path(folder: Path, number: int, extension: str = "png") -> Path:
    """Name the file of a frame, such as ``folder/frame_0001.png``.

    Parameters
    ----------
    folder : Path
        Of the sequence.
    number : int
        Of the frame; at least four digits are written.
    extension : str
        Without dot.

    Returns
    -------
    Path
        The file, which may not exist.
    """
    return folder / f"frame_{number:04d}.{extension}"


def encode_picture(pixels: NDArray[Any], parameters: Parameters | None = None, profile: bytes = b"") -> bytes:
    """Encode a PNG file. Its XMP metadata says that it is synthetic, and names the software and the settings.

    Parameters
    ----------
    pixels : (h, w, 3) BGR or (h, w, 4) BGRA array of uint8 or uint16
        Straight alpha.
    parameters : mapping from str to float, optional
        Settings of the frame.
    profile : bytes, optional
        ICC profile of the colours; without one they are sRGB.

    Returns
    -------
    bytes
        The whole file.

    Raises
    ------
    ValueError
        If the pixels have another shape or type.
    """
    # Keyword, not compressed, method 0, no language, no translated keyword, text (PNG 11.3.3.4).
    said = chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp_packet(parameters))
    # Name, method (11.3.2.3).
    colours = [chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(profile))] if profile else []
    return encode_png(pixels, *colours, said)
