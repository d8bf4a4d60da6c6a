"""Who writes into a folder: one bake of all of it, or several of parts that have no frame in common.

A lock is the operating system's on an open file, so that it ends with its process however that ends: a lock file left
by a killed process never stands in the way. A bake of a part shares the folder's lock, and has one of its own whose
name tells its frames.
"""

from __future__ import annotations

import errno
import os
import re
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from random import randrange

from ..errors import InputError
from ..media.files import shown, write_error
from ..pipeline.records.progress import Progress

LOCK_NAME = ".bake.lock"

BETWEEN_ATTEMPTS = 0.2
"""Seconds between two attempts to get a lock that another process holds."""

_PART_NAME = re.compile(r"\.bake\.(\d{1,9})-(\d{1,9})\.lock")

if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 30  # Windows forbids reading what is locked, and the process id at the start shall be readable
    _SHARES, _TRIES = 1 << 16, 8
    """Windows locks bytes: who shares the file locks one by chance, and who wants it alone locks all."""

    def _try_lock(descriptor: int, shared: bool) -> bool:
        places = [(_FAR + randrange(_SHARES), 1) for _ in range(_TRIES)] if shared else [(_FAR, _SHARES)]
        try:
            return any(_try_bytes(descriptor, first, count) for first, count in places)
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)

    def _try_bytes(descriptor: int, first: int, count: int) -> bool:
        os.lseek(descriptor, first, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, count)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try_lock(descriptor: int, shared: bool) -> bool:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except OSError as error:
            # Some network drives know no locks; there the user has to take care.
            return error.errno not in (errno.EWOULDBLOCK, errno.EACCES)
        return True


class FolderLockedError(InputError):
    """Another bake holds the folder, or the file."""


def folder_lock(folder: Path, part: range | None = None) -> AbstractContextManager[None]:
    """Hold a folder for one bake, or some of its frames, while the context lasts.

    Parameters
    ----------
    folder : Path
        It must exist.
    part : range, optional
        Numbers of the frames, without gaps. Others may hold other frames of the folder at the same time.

    Returns
    -------
    context manager
        It raises `FolderLockedError` if another bake holds the folder or one of the frames, and `InputError` if no file
        can be written there.
    """
    return file_lock(folder / LOCK_NAME) if part is None else _part_lock(folder, part)


@contextmanager
def _part_lock(folder: Path, part: range) -> Iterator[None]:
    with ExitStack() as held:
        held.enter_context(file_lock(folder / LOCK_NAME, shared=True))
        name = f".bake.{part[0]}-{part[-1]}.lock"
        held.enter_context(file_lock(folder / name))
        # Both of two that overlap may see each other and give up: each has its own lock before it looks.
        for path in folder.glob(".bake.*-*.lock"):
            found = _PART_NAME.fullmatch(path.name)
            if found and path.name != name and int(found[1]) <= part[-1] and part[0] <= int(found[2]):
                with file_lock(path):  # of a process that is dead: it goes
                    pass
        yield


@contextmanager
def file_lock(path: Path, *, shared: bool = False) -> Iterator[None]:
    """Hold a lock file while the context lasts.

    Parameters
    ----------
    path : Path
        The file; its folder must exist. It is made where it is missing.
    shared : bool
        Whether others may share it. It stays then, for it tells nobody how many hold it.

    Yields
    ------
    None
        While the lock is held.

    Raises
    ------
    FolderLockedError
        If another process holds it.
    InputError
        If the file cannot be written.
    """
    try:
        descriptor = _acquire(path, shared)
    except OSError as error:
        raise write_error(path.parent, error) from error
    if shared:
        try:
            yield
        finally:
            os.close(descriptor)
        return
    try:
        os.truncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        yield
    finally:
        if sys.platform == "win32":  # where no open file can be removed
            os.close(descriptor)
            with suppress(OSError):
                path.unlink()
        else:
            with suppress(OSError):
                path.unlink()
            os.close(descriptor)


def _acquire(path: Path, shared: bool) -> int:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
        if not _try_lock(descriptor, shared):
            holder = os.read(descriptor, 20).decode("ascii", "replace")
            os.close(descriptor)
            who = f"another bake is writing here (process {holder})" if holder else "other bakes are writing here"
            raise FolderLockedError(f"{shown(path.parent)}: {who}. Wait for it, or choose another folder.")
        with suppress(OSError):
            if os.path.samestat(os.fstat(descriptor), path.stat()):
                return descriptor
        os.close(descriptor)  # its last holder removed it before we got it


def wait_for(
    held: ExitStack, lock: Callable[[], AbstractContextManager[None]], text: str, seconds: float = float("inf")
) -> Generator[Progress, None, None]:
    """Enter a lock; where another process holds it, wait.

    Parameters
    ----------
    held : ExitStack
        It leaves the lock in the end.
    lock : callable
        Makes `folder_lock` or `file_lock`.
    text : str
        What is waited for, for the user.
    seconds : float
        How long to wait.

    Yields
    ------
    Progress
        While it waits.

    Raises
    ------
    FolderLockedError
        If the lock is still held then.
    """
    end = time.monotonic() + seconds
    while True:
        try:
            held.enter_context(lock())
        except FolderLockedError:
            if time.monotonic() >= end:
                raise
            yield Progress(0, 0, text)
            time.sleep(BETWEEN_ATTEMPTS)
        else:
            return
