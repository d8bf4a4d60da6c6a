"""Arrays that grow frame by frame and do not fill the memory.

Ten thousand frames of points, ratio images and mouths are half a gigabyte. They go to an unnamed temporary file, which
the system removes however the process ends, and come back as one mapped array, of which the system keeps in memory
what is being used.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ...errors import InputError


class DiskArrayBuilder:
    """Values in the order in which they came.

    Parameters
    ----------
    dtype : data type
        Of all values.
    """

    def __init__(self, dtype: DTypeLike) -> None:
        self._dtype: np.dtype[Any] = np.dtype(dtype)
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as this object and the arrays mapped to it
        self._count = 0

    def append(self, values: NDArray[Any]) -> None:
        """Add values of any shape at the end.

        Raises
        ------
        InputError
            If the disk of the temporary files is full.
        """
        with _fullness_told():
            self._file.write(np.ascontiguousarray(values, self._dtype).data)
        self._count += values.size

    def array(self, *shape: int) -> NDArray[Any]:
        """All values, mapped. Nothing can be appended any more.

        Parameters
        ----------
        shape : int
            Of a row; nothing for an array of single values.
        """
        with _fullness_told():
            self._file.flush()
        with self._file:  # the mapping keeps it alive
            if not self._count:
                return np.empty((0, *shape), self._dtype)  # nothing to map
            return np.memmap(self._file, self._dtype, "r+").reshape(-1, *shape)

    def __del__(self) -> None:
        with suppress(OSError):
            self._file.close()


@contextmanager
def _fullness_told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(
            f"{tempfile.gettempdir()}: temporary files cannot be written ({error.strerror or error}). Free some space."
        ) from error
