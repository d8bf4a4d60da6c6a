"""Whole files: read with a limit, written whole or not at all."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ..errors import InputError

PARTIAL = ".part"
"""Ending of a file that is not complete yet; its name also begins with a dot."""


def shown(path: Path | str) -> str:
    """Write a path as it can stand in a message of one line, whatever characters are in it."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(path))


def write_error(path: Path, error: OSError) -> InputError:
    """Say in one line why `path` cannot be written, and what to do about it."""
    advice = "Free some space." if error.errno in (errno.ENOSPC, errno.EDQUOT) else "Choose a folder you may write to."
    return InputError(f"{shown(path)}: cannot be written ({error.strerror or error}). {advice}")


def read_file(path: Path, limit: int) -> bytes:
    """Read a regular file of at most `limit` bytes.

    Raises
    ------
    InputError
        If there is no such file, it is no regular file, it is larger, or it cannot be read.
    """
    try:
        if not path.exists():
            raise InputError(f"{shown(path)}: there is no such file. Check the path.")
        if not path.is_file():
            raise InputError(f"{shown(path)}: is not a file. Name a file.")
        if path.stat().st_size > limit:
            raise InputError(f"{shown(path)}: is larger than {limit >> 20} MiB. Choose a smaller file.")
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{shown(path)}: cannot be read ({error.strerror or error}). Check its permissions."
        ) from error


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file for writing that takes its name only when it is complete.

    The bytes go to a hidden file in the same folder, which is renamed at the end of the block and removed if the
    block fails. A file that had the name before is replaced; a symbolic link is replaced, not followed.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    with whole_path(path) as partial, partial.open("xb") as file:
        yield file


@contextmanager
def whole_path(path: Path) -> Iterator[Path]:
    """The same for a library that opens files by itself: yields the hidden file's path.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}{PARTIAL}")
    try:
        yield partial
        partial.replace(path)
    except OSError as error:
        raise write_error(path, error) from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def remove_partial_files(folder: Path, *names: str) -> None:
    """Remove what killed processes left of files with such names; nobody else may be writing them now."""
    for name in names:
        for partial in folder.glob(f".{name}.*-*{PARTIAL}"):
            with suppress(OSError):
                partial.unlink()


def check_folder(folder: Path) -> None:
    """Find out before long work, and without leaving a trace, whether files can be written into a folder.

    Raises
    ------
    InputError
        If it is no folder, or neither writable nor can be made.
    """
    if "\0" in str(folder):
        raise InputError(f"{shown(folder)}: cannot be written (a null character in its name). Choose a folder without.")
    for place in (folder.absolute(), *folder.absolute().parents):
        if os.path.lexists(place):
            if not place.is_dir():
                raise InputError(f"{shown(place)}: is not a folder. Choose another one.")
            if not os.access(place, os.W_OK | os.X_OK):
                raise InputError(f"{shown(place)}: cannot be written. Choose a folder you may write to.")
            return


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, where they are missing.

    Raises
    ------
    InputError
        If that fails.
    """
    check_folder(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(folder, error) from error
