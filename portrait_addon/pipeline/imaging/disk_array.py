"""Growing arrays that are stored on disk.

Ten thousand frames of points, ratio images and mouth patches take half a gigabyte. The builder writes them to an
unnamed temporary file, which the system removes however the process ends. The finished array is memory-mapped, so that
the system keeps only the pages in use in memory.
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
    """Append values to a temporary file, then map them as one array.

    Parameters
    ----------
    dtype : data-type
        Type of all values.
    """

    def __init__(self, dtype: DTypeLike) -> None:
        self._dtype: np.dtype[Any] = np.dtype(dtype)
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as this object and the arrays mapped to it
        self._count = 0

    def append(self, values: NDArray[Any]) -> None:
        """Append values.

        Parameters
        ----------
        values : array
            Of any shape; converted to the builder's type.

        Raises
        ------
        InputError
            If the file cannot be written, for example because the disk is full.
        """
        with _write_errors_as_input_errors():
            self._file.write(np.ascontiguousarray(values, self._dtype).data)
        self._count += values.size

    def array(self, *shape: int) -> NDArray[Any]:
        """Map all values as one array. Nothing can be appended afterwards.

        Parameters
        ----------
        *shape : int
            Shape of one row; omit it for an array of single values.

        Returns
        -------
        (n, *shape) array
            In the order of appending; writable, mapped to the file unless it is empty.

        Raises
        ------
        InputError
            If the file cannot be written, for example because the disk is full.
        """
        with _write_errors_as_input_errors():
            self._file.flush()
        with self._file:  # the mapping keeps it alive
            if not self._count:
                return np.empty((0, *shape), self._dtype)  # nothing to map
            # A plain array of the mapped memory: the class of memory maps makes each of many small steps slower.
            return np.asarray(np.memmap(self._file, self._dtype, "r+")).reshape(-1, *shape)

    def __del__(self) -> None:
        with suppress(OSError):
            self._file.close()


@contextmanager
def _write_errors_as_input_errors() -> Iterator[None]:
    """Turn an error of the temporary file into an `InputError` that names the folder."""
    try:
        yield
    except OSError as error:
        raise InputError(
            f"{tempfile.gettempdir()}: temporary files cannot be written ({error.strerror or error}). Free some space."
        ) from error
