"""A performance in one file: what a clip says, for other portraits and other people, without the clip."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np

from ..errors import InputError
from ..media.archive import read_archive, read_label, write_archive
from ..media.files import check_folder, shown
from ..pipeline.records.performance import METHOD_VERSION, PERFORMANCE_FORMAT, Performance

KIND = "performance"
SUFFIX = ".performance"


def save_performance(performance: Performance, path: Path) -> None:
    """Write a performance into one file, whole or not at all.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    write_archive(path, performance.to_arrays(), KIND, PERFORMANCE_FORMAT, method=METHOD_VERSION)


def check_performance_target(path: Path) -> None:
    """Find out before long work whether a performance can be written to `path`, and nothing else would be lost.

    Raises
    ------
    InputError
        If another kind of file has this name, or the folder cannot be written.
    """
    check_folder(path.parent)
    if os.path.lexists(path) and not is_performance_file(path):
        raise InputError(f"{shown(path)}: is another kind of file and would be overwritten. Choose another name.")


def performance_bytes(performance: Performance) -> int:
    """How large the file of `save_performance` is, but for a few thousand bytes: nothing in it is compressed."""
    return sum(array.nbytes for array in performance.to_arrays().values())


def load_performance(path: Path) -> Performance:
    """Read what `save_performance` wrote; long arrays are mapped, not loaded.

    Raises
    ------
    InputError
        If the file is missing, damaged or of a newer format.
    """
    arrays = read_archive(path, KIND, PERFORMANCE_FORMAT)
    try:
        return Performance.from_arrays(arrays)
    except ValueError as error:
        raise InputError(f"{shown(path)}: is a damaged performance file, {error}. Track the clip again.") from error


def is_of_earlier_method(path: Path) -> bool:
    """Whether a performance file was tracked by an earlier version of the method.

    Raises
    ------
    InputError
        See `load_performance`.
    """
    label = read_label(path, KIND, PERFORMANCE_FORMAT)
    return label.get("method", label["version"]) < METHOD_VERSION  # until format 19 both were one number


def is_performance_file(path: Path) -> bool:
    """Whether a file is an archive and not a clip, by its first bytes."""
    try:
        with path.open("rb") as file:
            return file.read(4) == b"PK\x03\x04"
    except OSError:
        return False


def performance_fingerprint(performance: Performance) -> str:
    """Hexadecimal SHA-256 of the content, remembered: every frame of a bake names what it is made of."""
    if performance not in _fingerprints:
        _fingerprints[performance] = _content_hash(performance)
    return _fingerprints[performance]


_fingerprints: WeakKeyDictionary[Performance, str] = WeakKeyDictionary()


def _content_hash(performance: Performance) -> str:
    digest = hashlib.sha256()
    for name, array in sorted(performance.to_arrays().items()):
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
