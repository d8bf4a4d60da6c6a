"""Arrays in one file: an uncompressed zip of ``.npy`` members, which ``numpy.load`` reads too.

The arrays are mapped, not loaded, so that a long clip costs no memory. Nothing in the file is trusted: every size is
checked against the file's own before anything is allocated, every checksum against the content, and no member is ever
unpickled or unpacked. The kind and version of the content are in the member ``archive.json``.
"""

from __future__ import annotations

import json
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .files import shown, whole_file

_npy: Any = np.lib.format  # without types in numpy 1

LABEL = "archive.json"
MAX_LABEL_BYTES = 1000
MAX_MEMBERS = 256
KINDS_OF_NUMBERS = "biuf"
"""numpy's kinds of booleans, whole numbers and reals."""
CHECKED_AT_ONCE = 1 << 22
DATE = (1980, 1, 1, 0, 0, 0)
"""Date of every member, so that the same content gives the same bytes."""


def write_archive(path: Path, arrays: Mapping[str, NDArray[Any]], kind: str, version: int, **facts: int) -> None:
    """Write arrays into one file, whole or not at all.

    Parameters
    ----------
    path : Path
        The file; one of this name is replaced.
    arrays : mapping from str to array
        Booleans or numbers; the names are the members' names without ``.npy``.
    kind, version : str, int
        What the content is, for `read_archive`.
    **facts : int
        Whole numbers about the content, for `read_label`.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    with whole_file(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(LABEL, DATE), json.dumps({"kind": kind, "version": version, **facts}))
        for name, array in arrays.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy", DATE), "w", force_zip64=True) as member:
                np.save(member, array, allow_pickle=False)


def read_archive(path: Path, kind: str, newest: int) -> dict[str, NDArray[Any]]:
    """Map the arrays of a file that `write_archive` wrote.

    Parameters
    ----------
    path : Path
        The file.
    kind : str
        What the content must be.
    newest : int
        The newest version that the caller can read; files of all earlier versions are read too.

    Returns
    -------
    dict from str to array
        The arrays by their names, read-only.

    Raises
    ------
    InputError
        If the file is missing, damaged, of another kind or a newer version, or not what it claims to be.
    """
    with _opened(path, kind) as (file, archive):
        members = _checked_members(archive)
        _checked_label(archive.read(members.pop(LABEL)), kind, newest)
        return {name.removesuffix(".npy"): _map(path, file, member) for name, member in members.items()}


def read_label(path: Path, kind: str, newest: int) -> dict[str, int]:
    """Read the version and the facts of a file that `write_archive` wrote, and none of its arrays.

    Parameters
    ----------
    path, kind, newest
        See `read_archive`.

    Returns
    -------
    dict from str to int
        ``version`` and the facts by their names.

    Raises
    ------
    InputError
        See `read_archive`.
    """
    with _opened(path, kind) as (_, archive):
        return _checked_label(archive.read(_checked_members(archive)[LABEL]), kind, newest)


@contextmanager
def _opened(path: Path, kind: str) -> Iterator[tuple[IO[bytes], zipfile.ZipFile]]:
    """Open an archive. Every error of its content becomes one line for the user."""
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            yield file, archive
    except OSError as error:
        raise InputError(f"{shown(path)}: cannot be read ({error.strerror or error}). Check the path.") from error
    except _REFUSALS as error:
        reason = error.args[0] if isinstance(error, _PoisonedError) else "is damaged"
        raise InputError(f"{shown(path)}: is no usable {kind} file: it {reason}. Track the clip again.") from error


class _PoisonedError(Exception):
    """`write_archive` writes no such file. The message says what is wrong."""


_REFUSALS = (
    _PoisonedError, zipfile.BadZipFile, struct.error, zlib.error, tokenize.TokenError, ValueError, KeyError, TypeError,
    OverflowError, NotImplementedError, RuntimeError, EOFError, SyntaxError, MemoryError,
)  # fmt: skip
"""All that zipfile, json and numpy's header reader raise for a poisoned file."""


def _checked_members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    members = {info.filename: info for info in archive.infolist()}
    if len(members) != len(archive.infolist()) or len(members) > MAX_MEMBERS:
        raise _PoisonedError("lists too many members")
    if LABEL not in members or members[LABEL].file_size > MAX_LABEL_BYTES:
        raise _PoisonedError("has no label")
    for name, member in members.items():
        stored = member.compress_type == zipfile.ZIP_STORED and member.compress_size == member.file_size
        if not stored or member.flag_bits & 1 or not (name == LABEL or name.endswith(".npy")):
            raise _PoisonedError(f"has a strange member {shown(name)}")
    return members


def _checked_label(label: bytes, kind: str, newest: int) -> dict[str, int]:
    """Read version and facts of a label. Refuse one of another kind, a newer version, or no label."""
    found = json.loads(label)
    if not isinstance(found, dict) or found.pop("kind", None) != kind:
        raise _PoisonedError("holds something else")
    if any(type(value) is not int for value in found.values()) or found.get("version", 0) < 1:
        raise _PoisonedError("has no label")
    if found["version"] > newest:
        raise _PoisonedError("was written by a newer version")
    return found


def _map(path: Path, file: IO[bytes], member: zipfile.ZipInfo) -> NDArray[Any]:
    start = _data_start(file, member)
    end = start + member.file_size
    if end > file.seek(0, 2):
        raise _PoisonedError("is cut short")
    _check_content(file, start, end, member.CRC)
    file.seek(start)
    major, minor = _npy.read_magic(file)
    if (major, minor) != (1, 0):
        raise _PoisonedError("holds something else")
    shape, by_columns, dtype = _npy.read_array_header_1_0(file)
    if dtype.kind not in KINDS_OF_NUMBERS or dtype.hasobject:
        raise _PoisonedError("holds something else than numbers")
    if min(shape, default=1) < 0 or prod(shape) * dtype.itemsize != end - file.tell():
        raise _PoisonedError("has a wrong size")
    if prod(shape) == 0:
        return np.empty(shape, dtype)  # nothing to map
    return np.memmap(path, dtype, "r", file.tell(), shape, "F" if by_columns else "C")


def _data_start(file: IO[bytes], member: zipfile.ZipInfo) -> int:
    """Find where a member's content begins: after its local header, which alone gives its own length."""
    file.seek(member.header_offset)
    signature, name_length, extra_length = struct.unpack("<4s22xHH", file.read(30))
    if signature != b"PK\x03\x04":
        raise _PoisonedError("is damaged")
    return member.header_offset + 30 + int(name_length) + int(extra_length)


def _check_content(file: IO[bytes], start: int, end: int, checksum: int) -> None:
    file.seek(start)
    found = 0
    for position in range(start, end, CHECKED_AT_ONCE):
        found = zlib.crc32(file.read(min(CHECKED_AT_ONCE, end - position)), found)
    if found != checksum:
        raise _PoisonedError("is damaged")
