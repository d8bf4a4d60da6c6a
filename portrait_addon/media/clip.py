"""The base class of driving clips."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .files import shown

DEFAULT_RATE = Fraction(25)
"""Frames a second where nothing says otherwise."""


class Clip(ABC):
    """A driving clip. Iterating it yields all frames in order, any number of times.

    Attributes
    ----------
    path : Path
        As the user gave it.
    files : list of Path
        The files that the clip is read from, in order.
    size : tuple of int
        Width and height of an upright frame, in pixels.
    rate : Fraction
        Nominal frames a second.
    frame_count_declared : int
        Number of frames according to the file, for progress. It can be wrong; 0 means unknown.
    conversions : sequence of str
        What is not read as the file has it; sentences for the user, whose subject is the clip.
    sound_delay : float
        Seconds from the first frame to the first sound; negative where the sound begins earlier.
    """

    path: Path
    files: list[Path]
    size: tuple[int, int]
    rate: Fraction
    frame_count_declared: int
    conversions: Sequence[str] = ()
    sound_delay: float = 0.0

    @abstractmethod
    def __iter__(self) -> Iterator[tuple[float, NDArray[np.uint8]]]:
        """Yield all frames.

        Yields
        ------
        seconds : float
            Time since the first frame, strictly increasing.
        picture : (h, w, 3) uint8 array
            BGR, upright.

        Raises
        ------
        InputError
            If a frame cannot be read, or has another size than the first.
        """

    def fingerprint(self) -> str:
        """Hash everything that the frames depend on: the file, unless a kind of clip has several.

        Returns
        -------
        str
            Hexadecimal SHA-256.

        Raises
        ------
        InputError
            If a file cannot be read.
        """
        return file_digest(self.path)

    def shortfall(self, times: NDArray[np.float64]) -> str | None:
        """Tell whether fewer frames were read than the clip promises.

        A clip ends without an error where it cannot be read on, and frames that cannot be decoded are left out.

        Parameters
        ----------
        times : (N,) float64 array
            Times of the frames that were read, in seconds.

        Returns
        -------
        str or None
            A sentence for the user; None if nothing is missing.
        """
        return None

    def _check_frame(self, picture: NDArray[np.uint8], number: int) -> None:
        height, width = picture.shape[:2]
        if (width, height) != self.size:
            raise InputError(
                f"{shown(self.path)}: frame {number} has {width} x {height} pixels, "
                f"the first has {self.size[0]} x {self.size[1]}. Scale all frames to one size."
            )


FILM_RATE = Fraction(1000, 1001)
"""The rates of television and film differ by this factor from whole numbers: 29.97 is 30 times this."""


def exact_rate(rate: float) -> Fraction:
    """Find the rate that is meant by a measured one.

    Parameters
    ----------
    rate : float
        Frames a second, positive.

    Returns
    -------
    Fraction
        A whole rate, or one of television and film, if it is near; else a near fraction.

    Examples
    --------
    >>> exact_rate(25.0001), exact_rate(29.97003), exact_rate(12.5)
    (Fraction(25, 1), Fraction(30000, 1001), Fraction(25, 2))
    """
    for unit in (Fraction(1), FILM_RATE):
        count = round(rate / float(unit))
        if abs(rate / float(unit) - count) < 1e-3 * count / 4:
            return count * unit
    return Fraction(rate).limit_denominator(1001)


def file_digest(path: Path) -> str:
    """Hash the content of a file.

    Parameters
    ----------
    path : Path
        A file of any size.

    Returns
    -------
    str
        Hexadecimal SHA-256.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{shown(path)}: cannot be read ({error.strerror}). Check its permissions.") from error
