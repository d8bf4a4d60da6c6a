"""Whole files: read with a limit, written whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fnmatch import fnmatchcase
from pathlib import Path
from typing import BinaryIO

from ..errors import InputError

PARTIAL = ".part"
"""Ending of a file that is not complete yet. Its name also begins with a dot."""


PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 1.6)
"""Seconds between attempts to rename a file."""


def shown(path: Path | str) -> str:
    """Make a path fit into a message of one line.

    Parameters
    ----------
    path : Path or str
        It may hold any character.

    Returns
    -------
    str
        The path, with escapes in place of characters that cannot be printed.
    """
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(path))


def write_error(path: Path, error: OSError) -> InputError:
    """Explain in one line why a file cannot be written, and what to do.

    Parameters
    ----------
    path : Path
        The file or folder.
    error : OSError
        The reason.

    Returns
    -------
    InputError
        To be raised.
    """
    advice = "Free some space." if error.errno in (errno.ENOSPC, errno.EDQUOT) else "Choose a folder you may write to."
    return InputError(f"{shown(path)}: cannot be written ({error.strerror or error}). {advice}")


def read_file(path: Path, limit: int) -> bytes:
    """Read a regular file.

    Parameters
    ----------
    path : Path
        The file.
    limit : int
        Largest size in bytes.

    Returns
    -------
    bytes
        The whole content.

    Raises
    ------
    InputError
        If there is no such file, it is not a regular one, it is larger, or it cannot be read.
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
    """Open a file for writing that gets its name only when it is complete.

    The bytes go to a hidden file in the same folder. It is renamed at the end of the block, and removed if the block
    fails. A file of the same name is replaced; a symbolic link is replaced, not followed.

    Parameters
    ----------
    path : Path
        The file.

    Yields
    ------
    BinaryIO
        The hidden file, open for writing.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    with whole_path(path) as partial, partial.open("xb") as file:
        yield file


@contextmanager
def whole_path(path: Path) -> Iterator[Path]:
    """Do what `whole_file` does, for a library that opens files itself.

    Parameters
    ----------
    path : Path
        The file.

    Yields
    ------
    Path
        The hidden file, which the block creates.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}{PARTIAL}")
    try:
        yield partial
        _rename(partial, path)
    except OSError as error:
        raise write_error(path, error) from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Fill a folder that gets its name only when it is complete.

    Parameters
    ----------
    folder : Path
        A folder of the same name is replaced, with all that is in it.

    Yields
    ------
    Path
        A hidden folder beside it, which is removed if the block fails.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    make_folder(folder.parent)
    ending = f"{os.getpid()}-{threading.get_ident()}{PARTIAL}"
    partial, earlier = (folder.with_name(f".{folder.name}.{what}{ending}") for what in ("", "earlier."))
    try:
        partial.mkdir()
        yield partial
        if folder.exists():
            _rename(folder, earlier)
        _rename(partial, folder)
    except OSError as error:
        if earlier.exists() and not folder.exists():
            earlier.rename(folder)
        raise write_error(folder, error) from error
    finally:
        for left in (partial, earlier):
            shutil.rmtree(left, ignore_errors=True)


def _rename(partial: Path, path: Path) -> None:
    """Give a complete file its name. Windows refuses it for a moment while a virus scanner or a viewer has the file."""
    for pause in PAUSES:
        try:
            partial.replace(path)
        except PermissionError:
            time.sleep(pause)
        else:
            return
    partial.replace(path)


def remove_partial_files(folder: Path, *names: str) -> None:
    """Remove hidden files that killed processes left. No other process may be writing these files now.

    Parameters
    ----------
    folder : Path
        Where to look.
    *names : str
        Names of the complete files; ``*`` stands for any characters.
    """
    for partial in folder.glob(f".*.*-*{PARTIAL}"):
        if any(fnmatchcase(partial.name, f".{name}.*-*{PARTIAL}") for name in names):
            with suppress(OSError):
                partial.unlink()


def check_folder(folder: Path) -> None:
    """Check before long work whether files can be written into a folder. Nothing is created.

    Parameters
    ----------
    folder : Path
        It may not exist yet.

    Raises
    ------
    InputError
        If it is not a folder, is not writable, or cannot be made.
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
    """Make a folder and the folders above it, where they are missing.

    Parameters
    ----------
    folder : Path
        It may exist already.

    Raises
    ------
    InputError
        If it is not a folder, is not writable, or cannot be made.
    """
    check_folder(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(folder, error) from error
