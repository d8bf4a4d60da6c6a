"""What all driving clips have in common."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .files import shown

DEFAULT_RATE = Fraction(25)
"""Frames a second where nothing says otherwise."""


class Clip(ABC):
    """A driving clip. Iterating yields every frame in order; it can be done again and again.

    Attributes
    ----------
    path : Path
        As the user gave it.
    files : list of Path
        The files that it is read from, in order.
    size : tuple of int
        Width and height of an upright frame, in pixels.
    rate : Fraction
        Nominal frames a second.
    frame_count_declared : int
        What the file says, for progress; it can be wrong, and is 0 if unknown.
    """

    path: Path
    files: list[Path]
    size: tuple[int, int]
    rate: Fraction
    frame_count_declared: int

    @abstractmethod
    def __iter__(self) -> Iterator[tuple[float, NDArray[np.uint8]]]:
        """Yield (seconds, picture): seconds since the first frame, strictly increasing; BGR, upright, (h, w, 3)."""

    @abstractmethod
    def fingerprint(self) -> str:
        """Hexadecimal SHA-256 of all that the frames depend on."""

    def shortfall(self, times: NDArray[np.float64]) -> str | None:
        """Say whether fewer frames were read than the clip promises.

        OpenCV ends a clip in silence where it cannot read on, and leaves out frames that it cannot decode.

        Parameters
        ----------
        times : (N,) float64 array
            Seconds of the frames that were read.

        Returns
        -------
        str or None
            A sentence for the user, or None if nothing is amiss.
        """
        return None

    def _check_frame(self, picture: NDArray[np.uint8], number: int) -> None:
        height, width = picture.shape[:2]
        if (width, height) != self.size:
            raise InputError(
                f"{shown(self.path)}: frame {number} has {width} x {height} pixels, "
                f"the first has {self.size[0]} x {self.size[1]}. Scale all frames to one size."
            )


def file_digest(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's content."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{shown(path)}: cannot be read ({error.strerror}). Check its permissions.") from error
