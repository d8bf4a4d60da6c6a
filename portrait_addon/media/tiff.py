"""TIFF files [TIFF 6.0, BigTIFF]: the first directory, and planes for a decoder that knows none."""

from __future__ import annotations

import struct
from itertools import accumulate

SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
"""The last two are BigTIFF's, whose offsets have 64 bits."""

# Tags of TIFF and EXIF that matter here.
WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, STRIPS, ORIENTATION, SAMPLES = 256, 257, 258, 259, 262, 273, 274, 277
STRIP_ROWS, STRIP_BYTES, PLANES, PREDICTOR, TILE_WIDTH, TILE_HEIGHT = 278, 279, 284, 317, 322, 323
TILES, TILE_BYTES, EXTRA_SAMPLES, SAMPLE_FORMAT, PROFILE, DNG_VERSION = 324, 325, 338, 339, 34675, 50706
EXIF, TAKEN_WIDTH, TAKEN_HEIGHT, FOCAL_35MM = 34665, 40962, 40963, 41989
WHITE_IS_ZERO, BLACK_IS_ZERO, COLOURS, SEPARATED = 0, 1, 2, 5  # values of PHOTOMETRIC; the last is inks, such as CMYK
SENSOR = 32803, 34892  # further ones: what a camera's sensor saw
PREMULTIPLIED, STRAIGHT = 1, 2  # values of EXTRA_SAMPLES
SEPARATE = 2  # value of PLANES: a plane for each channel

TYPES = {1: "B", 3: "H", 4: "I", 7: "B", 16: "Q"}
"""Struct's letters for the whole numbers among the types of values."""

MOST_VALUES = 1_000_000
"""Of a tag that are read: more strips than any picture has."""


class Directory:
    """A directory of a TIFF, BigTIFF or EXIF file.

    Parameters
    ----------
    data : bytes
        The whole file.
    start : int, optional
        Where it begins; the first directory if left out.

    Attributes
    ----------
    order : str
        Struct's letter for the byte order.
    entries : dict from int to (str, int, int)
        Of each tag that holds whole numbers: their type as struct's letter, their count, and where they are.

    Raises
    ------
    ValueError, struct.error
        If it is damaged.
    """

    def __init__(self, data: bytes, start: int | None = None) -> None:
        if not data.startswith(SIGNATURES):
            raise ValueError("no TIFF signature")
        self._data = data
        self.order = "<" if data.startswith(b"II") else ">"
        self.entries: dict[int, tuple[str, int, int]] = {}
        at, count, size, number = (8, "Q", 20, "Q") if b"+" in data[:4] else (4, "H", 12, "I")
        inline = struct.calcsize(number)
        if start is None:
            (start,) = self._unpack(number, at)
        (entries,) = self._unpack(count, start)
        first = start + struct.calcsize(self.order + count)
        for place in range(first, first + size * min(entries, len(data) // size), size):
            tag, kind, values = self._unpack("HH" + number, place)
            code, at = TYPES.get(kind, ""), place + size - inline
            if not code or not values:
                continue
            if values * struct.calcsize(code) > inline:  # too long to stand in the directory itself
                (at,) = self._unpack(number, at)
            self.entries[tag] = code, values, at

    def first(self, tag: int) -> int | None:
        """Read the first value of a tag.

        Parameters
        ----------
        tag : int
            Its number.

        Returns
        -------
        int or None
            None if the directory has no such tag.

        Raises
        ------
        struct.error
            If the value lies outside the file.
        """
        if tag not in self.entries:
            return None
        code, _, at = self.entries[tag]
        return int(self._unpack(code, at)[0])

    def values(self, tag: int) -> tuple[int, ...]:
        """Read all values of a tag.

        Parameters
        ----------
        tag : int
            Its number.

        Returns
        -------
        tuple of int
            Empty if the directory has no such tag.

        Raises
        ------
        struct.error, ValueError
            If they lie outside the file, or are more than `MOST_VALUES`.
        """
        code, count, at = self.entries.get(tag, ("B", 0, 0))
        if count > MOST_VALUES:
            raise ValueError(f"{count} values of tag {tag}")
        return self._unpack(f"{count}{code}", at)

    def bytes_of(self, tag: int, limit: int) -> bytes:
        """Read the bytes of a tag.

        Parameters
        ----------
        tag : int
            Its number.
        limit : int
            Of their number.

        Returns
        -------
        bytes
            Empty if the directory has no such tag, or it holds other values or more of them.
        """
        code, count, at = self.entries.get(tag, ("B", 0, 0))
        return self._data[at : at + count] if code == "B" and count <= limit else b""

    def orientation(self) -> int:
        """Read the orientation.

        Returns
        -------
        int
            1 to 8; 1 if there is none that makes sense, which all viewers ignore.

        Raises
        ------
        struct.error
            If it lies outside the file.
        """
        orientation = self.first(ORIENTATION) or 1
        return orientation if 1 <= orientation <= 8 else 1

    def lens(self, size: tuple[int, int]) -> float | None:
        """Read the focal length of the camera that took a picture.

        Parameters
        ----------
        size : tuple of two int
            Width and height of the picture in the file. A picture that was cut or enlarged has another than was taken.

        Returns
        -------
        float or None
            In millimetres, as converted to 36 x 24; None if it is not known, or the size is another.

        Raises
        ------
        ValueError, struct.error
            If it lies outside the file.
        """
        place = self.first(EXIF)
        if place is None:
            return None
        exif = Directory(self._data, place)
        taken = exif.first(TAKEN_WIDTH), exif.first(TAKEN_HEIGHT)
        focal = exif.first(FOCAL_35MM) or 0
        return float(focal) if taken == size and focal else None

    def _unpack(self, format: str, at: int) -> tuple[int, ...]:
        return struct.unpack_from(self.order + format, self._data, at)


def channels_of_planes(directory: Directory) -> int:
    """Tell how many planes of a planar file are colours and alpha.

    Parameters
    ----------
    directory : Directory
        Of the file.

    Returns
    -------
    int
        3 or 4; 0 if its planes are no colours, such as inks.
    """
    samples, format = directory.first(SAMPLES) or 1, directory.first(SAMPLE_FORMAT) or 1
    if directory.first(PHOTOMETRIC) != COLOURS or samples < 3 or format != 1:
        return 0
    return 4 if samples > 3 and directory.first(EXTRA_SAMPLES) in (PREMULTIPLIED, STRAIGHT) else 3


def grey_plane(data: bytes, directory: Directory, index: int) -> bytes:
    """Make a grey TIFF of one plane of a planar file. Its pixels stay compressed as they are.

    Parameters
    ----------
    data : bytes
        The whole file.
    directory : Directory
        Of the file.
    index : int
        Number of the plane, from 0.

    Returns
    -------
    bytes
        A whole file of the same width, height, depth and orientation.

    Raises
    ------
    struct.error, ValueError
        If the file is damaged.
    """
    offsets, counts = (TILES, TILE_BYTES) if TILES in directory.entries else (STRIPS, STRIP_BYTES)
    places, sizes = directory.values(offsets), directory.values(counts)
    each = len(places) // (directory.first(SAMPLES) or 1)
    own = slice(index * each, (index + 1) * each)
    parts = [data[at : at + size] for at, size in zip(places[own], sizes[own], strict=True)]
    kept = WIDTH, HEIGHT, BITS, COMPRESSION, ORIENTATION, STRIP_ROWS, PREDICTOR, TILE_WIDTH, TILE_HEIGHT
    tags = {tag: [value] for tag in kept if (value := directory.first(tag)) is not None}
    lengths = [len(part) for part in parts]
    tags |= {PHOTOMETRIC: [BLACK_IS_ZERO], SAMPLES: [1], offsets: lengths, counts: lengths}
    start = len(_directory(directory.order, tags))
    tags[offsets] = list(accumulate(lengths, initial=start))[:-1]
    return b"".join([_directory(directory.order, tags), *parts])


def _directory(order: str, tags: dict[int, list[int]]) -> bytes:
    """A file's header and directory, all values of 32 bits, and then the lists that do not stand in it."""
    entries, lists, at = [], [], 8 + 2 + 12 * len(tags) + 4
    for tag, values in sorted(tags.items()):
        entries.append(struct.pack(order + "HHII", tag, 4, len(values), values[0] if len(values) == 1 else at))
        if len(values) > 1:
            lists.append(struct.pack(f"{order}{len(values)}I", *values))
            at += len(lists[-1])
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, len(entries))
    return b"".join([head, *entries, bytes(4), *lists])
