"""A performance in one file: everything that a clip says, for other portraits and people, without the clip."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np

from ..errors import InputError
from ..media.archive import read_archive, read_label, write_archive
from ..media.files import check_folder, shown
from ..pipeline.records.moment import Moment
from ..pipeline.records.performance import METHOD_VERSION, PERFORMANCE_FORMAT, Performance

KIND = "performance"
SUFFIX = ".performance"


def save_performance(performance: Performance, path: Path) -> None:
    """Write a performance into one file, whole or not at all.

    Parameters
    ----------
    performance : Performance
        What to write.
    path : Path
        The file; one of this name is replaced.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    write_archive(path, performance.to_arrays(), KIND, PERFORMANCE_FORMAT, method=METHOD_VERSION)


def check_performance_target(path: Path) -> None:
    """Check before long work that a performance can be written, and that it would overwrite nothing else.

    Parameters
    ----------
    path : Path
        The file to write. It may be an earlier performance.

    Raises
    ------
    InputError
        If another kind of file has this name, or the folder cannot be written.
    """
    check_folder(path.parent)
    if os.path.lexists(path) and not is_performance_file(path):
        raise InputError(f"{shown(path)}: is another kind of file and would be overwritten. Choose another name.")


def performance_bytes(performance: Performance) -> int:
    """Estimate the size of the file that `save_performance` writes.

    Parameters
    ----------
    performance : Performance
        What would be written.

    Returns
    -------
    int
        Bytes of its arrays. The file, which is not compressed, has a few thousand more.
    """
    return sum(array.nbytes for array in performance.to_arrays().values())


def load_performance(path: Path) -> Performance:
    """Read a file that `save_performance` wrote. Long arrays are mapped, not loaded.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Performance
        Its arrays are read-only.

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
    """Tell whether a performance file was tracked by an earlier version of the method.

    Parameters
    ----------
    path : Path
        A performance file.

    Returns
    -------
    bool
        True if tracking the clip again would give other values.

    Raises
    ------
    InputError
        If the file is missing, damaged or of a newer format.
    """
    label = read_label(path, KIND, PERFORMANCE_FORMAT)
    return label.get("method", label["version"]) < METHOD_VERSION  # until format 19 both were one number


def is_performance_file(path: Path) -> bool:
    """Tell by its first bytes whether a file is an archive and not a clip.

    Parameters
    ----------
    path : Path
        Any path.

    Returns
    -------
    bool
        False too if there is no such file or it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(4) == b"PK\x03\x04"
    except OSError:
        return False


def performance_fingerprint(performance: Performance) -> str:
    """Hash the content of a performance. The hash is remembered: every frame of a bake names it.

    Parameters
    ----------
    performance : Performance
        What to hash.

    Returns
    -------
    str
        Hexadecimal SHA-256.
    """
    if performance not in _fingerprints:
        _fingerprints[performance] = _content_hash(performance)
    return _fingerprints[performance]


def moment_fingerprint(moment: Moment) -> tuple[str, float]:
    """Hash what a moment shows. One that is driven by numbers depends on its own frame alone, in whatever clip.

    Parameters
    ----------
    moment : Moment
        Its weight does not count.

    Returns
    -------
    fingerprint : str
        Hexadecimal SHA-256 of the clip, or of the frame alone.
    t : float
        Time in it, in frames from 1.
    """
    performance, t = moment.performance, moment.t
    if performance.neutral == 0 and 1 <= t <= performance.frame_count and t == int(t):
        return _content_hash(performance.alone(int(t))), 1.0
    return performance_fingerprint(performance), t


_fingerprints: WeakKeyDictionary[Performance, str] = WeakKeyDictionary()


def _content_hash(performance: Performance) -> str:
    digest = hashlib.sha256()
    for name, array in sorted(performance.to_arrays().items()):
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
