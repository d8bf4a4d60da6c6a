"""Driving clips that are numbered pictures."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .clip import Clip, file_digest
from .files import shown
from .pictures import PICTURE_SUFFIXES, read_picture

PLACE_OF_NUMBER = re.compile(r"#+|%0?\d*d")


def is_pattern(path: Path) -> bool:
    """Tell whether a path names a sequence by ``####`` or ``%04d`` in place of the number.

    Parameters
    ----------
    path : Path
        Any path.

    Returns
    -------
    bool
        False if a file has this very name.
    """
    return PLACE_OF_NUMBER.search(path.name) is not None and not path.exists()


class PictureSequence(Clip):
    """A numbered sequence of pictures at an even rate.

    Parameters
    ----------
    path : Path
        The folder that holds it, its first picture, or its pattern.
    rate : Fraction
        Frames a second.

    Raises
    ------
    InputError
        If there is no sequence, or it cannot be read.
    """

    def __init__(self, path: Path, rate: Fraction) -> None:
        self.path = path
        self.rate = rate
        try:
            self.files = find_sequence(path)
        except OSError as error:
            raise InputError(f"{shown(path)}: cannot be read ({error.strerror}). Check its permissions.") from error
        self.frame_count_declared = len(self.files)
        first = read_picture(self.files[0]).pixels
        self.size = first.shape[1], first.shape[0]

    def __iter__(self) -> Iterator[tuple[float, NDArray[np.uint8]]]:
        """Yield all pictures.

        Yields
        ------
        seconds : float
            Time since the first picture.
        picture : (h, w, 3) uint8 array
            BGR, upright; alpha is left out, and 16 bits and floats become 8.

        Raises
        ------
        InputError
            If a picture cannot be read, or has another size than the first.
        """
        for index, file in enumerate(self.files):
            picture = _opaque_8_bit(read_picture(file).pixels)
            self._check_frame(picture, index + 1)
            yield float(index / self.rate), picture

    def fingerprint(self) -> str:
        """Hash the rate and the files in order.

        Returns
        -------
        str
            Hexadecimal SHA-256.

        Raises
        ------
        InputError
            If a file cannot be read.
        """
        digests = [file_digest(file) for file in self.files]
        return hashlib.sha256("\n".join([str(self.rate), *digests]).encode()).hexdigest()


def holds_sequence(folder: Path) -> bool:
    """Tell whether a folder holds numbered pictures.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    bool
        True also where they are several sequences, or have gaps; False if it cannot be read.
    """
    try:
        return bool(_sequences(folder))
    except OSError:
        return False


def find_sequence(path: Path) -> list[Path]:
    """Find the files of a sequence.

    Parameters
    ----------
    path : Path
        The folder that holds it, its first picture, or its pattern.

    Returns
    -------
    list of Path
        In the order of their numbers.

    Raises
    ------
    InputError
        If there is none, there are several, or one of its pictures is missing.
    """
    if path.is_dir():
        numbered = _only_sequence(path)
    elif is_pattern(path):
        numbered = _matching(path)
    else:
        numbered = _starting_at(path)
    numbers = sorted(numbered)
    for before, after in pairwise(numbers):
        if after != before + 1:
            raise InputError(
                f"{shown(path)}: picture {before + 1} of the sequence is missing, after {numbered[before].name}. "
                "Add it, or number the pictures without gaps."
            )
    return [numbered[number] for number in numbers]


def _sequences(folder: Path) -> dict[tuple[str, str], dict[int, Path]]:
    """Group the pictures of a folder whose names end in a number, by the text before and after the number."""
    found: dict[tuple[str, str], dict[int, Path]] = {}
    for file in sorted(folder.iterdir()):
        name = re.fullmatch(r"(.*?)(\d+)", file.stem)
        if name and file.suffix.lower() in PICTURE_SUFFIXES and not file.name.startswith("."):
            found.setdefault((name[1], file.suffix), {})[int(name[2])] = file
    return found


def _only_sequence(folder: Path) -> dict[int, Path]:
    found = _sequences(folder)
    if not found:
        raise InputError(f"{shown(folder)}: holds no numbered pictures. Name them such as frame_0001.png.")
    if len(found) > 1:
        names = ", ".join(f"{shown(before)}####{shown(after)}" for before, after in sorted(found)[:3])
        raise InputError(f"{shown(folder)}: holds several sequences. Name one of them: {names}.")
    return next(iter(found.values()))


def _matching(pattern: Path) -> dict[int, Path]:
    before, after = PLACE_OF_NUMBER.split(pattern.name, maxsplit=1)
    name = re.compile(re.escape(before) + r"(\d+)" + re.escape(after))
    files = pattern.parent.iterdir() if pattern.parent.is_dir() else ()
    numbered = {int(match[1]): file for file in sorted(files) if (match := name.fullmatch(file.name))}
    if not numbered:
        raise InputError(f"{shown(pattern)}: no picture has such a name. Check the pattern.")
    return numbered


def _starting_at(first: Path) -> dict[int, Path]:
    for numbered in _sequences(first.parent).values():
        start = next((number for number, file in numbered.items() if file.name == first.name), None)
        if start is not None and len(numbered) > 1:
            return {number: file for number, file in numbered.items() if number >= start}
    raise InputError(f"{shown(first)}: is a single picture, not a clip. Choose a video or a numbered sequence.")


def _opaque_8_bit(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    pixels = pixels[..., :3]
    if pixels.dtype == np.uint16:
        pixels = cv2.convertScaleAbs(pixels, alpha=1 / 257)
    elif pixels.dtype == np.float32:  # of an EXR file, encoded as all others are
        pixels = np.rint(255 * np.clip(pixels, 0, 1))
    return np.ascontiguousarray(pixels, np.uint8)
