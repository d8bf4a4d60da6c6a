"""One bake at a time in a folder, also between processes.

The lock is the operating system's on an open file, so that it ends with its process however that ends: a lock file
left by a killed process never stands in the way.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import InputError
from ..media.files import shown, write_error

LOCK_NAME = ".bake.lock"

if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 30  # Windows forbids reading what is locked, and the process id at the start shall be readable

    def _try_lock(descriptor: int) -> bool:
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)
        return True
else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            # Some network drives know no locks; there the user has to take care.
            return error.errno not in (errno.EWOULDBLOCK, errno.EACCES)
        return True


class FolderLockedError(InputError):
    """Another bake holds the folder."""


@contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Hold a folder for one bake while the context lasts.

    Parameters
    ----------
    folder : Path
        It must exist.

    Yields
    ------
    None
        While the lock is held.

    Raises
    ------
    FolderLockedError
        If another bake holds the folder.
    InputError
        If no file can be written there.
    """
    path = folder / LOCK_NAME
    try:
        descriptor = _acquire(path)
    except OSError as error:
        raise write_error(folder, error) from error
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


def _acquire(path: Path) -> int:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
        if not _try_lock(descriptor):
            holder = os.read(descriptor, 20).decode("ascii", "replace") or "unknown"
            os.close(descriptor)
            raise FolderLockedError(
                f"{shown(path.parent)}: another bake is writing here (process {holder}). "
                "Wait for it, or choose another folder."
            )
        with suppress(OSError):
            if os.path.samestat(os.fstat(descriptor), path.stat()):
                return descriptor
        os.close(descriptor)  # its last holder removed it before we got it
