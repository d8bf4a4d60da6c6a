"""A cache of performances. When it is too large, the least recently used ones are removed.

A cache can be deleted at any time: the clips are then tracked again.
"""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from ..media.files import PARTIAL, make_folder
from ..pipeline.records.performance import Performance
from .folder_lock import file_lock
from .performance_file import SUFFIX, load_performance, save_performance

LIMIT = 10_000_000_000
"""Default size of a cache in bytes: about two hours of clips."""


@dataclass(frozen=True)
class Cache:
    """A folder of performances.

    Attributes
    ----------
    folder : Path
        It is made when it is first needed.
    limit : int
        Size in bytes. The newest performance stays, however large it is.
    shared : bool
        Whether several machines use it at once. A clip is then tracked by one of them while the others wait.
    """

    folder: Path
    limit: int = LIMIT
    shared: bool = False

    def fetch(self, key: str) -> Performance | None:
        """Read a performance.

        Parameters
        ----------
        key : str
            Its name in the cache, a file name without ending.

        Returns
        -------
        Performance or None
            None if there is none, or its file is damaged and must be made again.
        """
        path = self._path(key)
        try:
            performance = load_performance(path)
        except InputError:
            return None
        with suppress(OSError):  # a folder that can only be read
            os.utime(path)
        return performance

    def keep(self, key: str, performance: Performance) -> None:
        """Keep a performance, and remove others if the cache is then too large.

        Parameters
        ----------
        key : str
            Its name in the cache, a file name without ending.
        performance : Performance
            One of the same name is replaced.

        Raises
        ------
        InputError
            If it cannot be written.
        """
        path = self._path(key)
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
        save_performance(performance, path)
        self._prune(path)

    def lock(self, key: str) -> AbstractContextManager[None]:
        """Hold a performance's name, for the machine that tracks it.

        Parameters
        ----------
        key : str
            Its name in the cache, a file name without ending.

        Returns
        -------
        context manager
            It raises `FolderLockedError` if another machine holds the name.

        Raises
        ------
        InputError
            If the cache's folder cannot be made.
        """
        make_folder(self.folder)
        return file_lock(self.folder / f".{key}.lock")

    def size(self) -> int:
        """Measure the cache.

        Returns
        -------
        int
            Bytes of all its files.
        """
        return sum(size for _, size, _ in self._kept())

    def clear(self) -> int:
        """Remove everything. A file that another program is using may stay.

        Returns
        -------
        int
            Bytes that are free again.
        """
        before = self.size()
        for _, _, path in self._kept():
            with suppress(OSError):
                path.unlink()
        return before - self.size()

    def _prune(self, spared: Path) -> None:
        size = self.size()
        for _, bytes_, path in sorted(self._kept()):
            if size <= self.limit:
                return
            if path != spared:
                with suppress(OSError):
                    path.unlink()
                    size -= bytes_

    def _kept(self) -> list[tuple[int, int, Path]]:
        """List the time of last use in nanoseconds, the bytes and the path of each file, also of partial ones."""
        kept = []
        for path in (*self.folder.glob(f"*{SUFFIX}"), *self.folder.glob(f".*{SUFFIX}.*{PARTIAL}")):
            with suppress(OSError):  # another process was quicker
                status = path.stat()
                kept.append((status.st_mtime_ns, status.st_size, path))
        return kept

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}{SUFFIX}"


def user_cache_folder() -> Path:
    """Find the place where this system keeps files that programs can make again.

    Returns
    -------
    Path
        The folder of this program there; it may not exist yet.
    """
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "Living Portraits" / "Cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "Living Portraits"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "living_portraits"
