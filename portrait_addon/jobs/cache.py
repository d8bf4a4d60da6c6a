"""Performances of tracked clips, kept for next time; the least recently used go when there are too many.

A cache can be deleted at any time: what is missing is tracked again.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from ..media.files import PARTIAL
from ..pipeline.records.performance import Performance
from .performance_file import SUFFIX, load_performance, save_performance

LIMIT = 10_000_000_000
"""Bytes of a cache unless somebody says otherwise: about two hours of clips."""


@dataclass(frozen=True)
class Cache:
    """A folder of performances.

    Attributes
    ----------
    folder : Path
        Is made when first needed.
    limit : int
        Bytes. What was kept last stays, however large it is.
    """

    folder: Path
    limit: int = LIMIT

    def fetch(self, key: str) -> Performance | None:
        """Read what was kept; None if there is nothing, or it is damaged and must be made again."""
        path = self._path(key)
        try:
            performance = load_performance(path)
        except InputError:
            return None
        with suppress(OSError):  # a folder that can only be read
            os.utime(path)
        return performance

    def keep(self, key: str, performance: Performance) -> None:
        """Keep a performance, and let go of others if there are too many.

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

    def size(self) -> int:
        """Bytes that are kept."""
        return sum(size for _, size, _ in self._kept())

    def clear(self) -> int:
        """Let go of everything; gives the bytes that are free again. What another program is using may stay."""
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
        """When each file was last used, its bytes, and the file; those that a killed process left half too."""
        kept = []
        for path in (*self.folder.glob(f"*{SUFFIX}"), *self.folder.glob(f".*{SUFFIX}.*{PARTIAL}")):
            with suppress(OSError):  # another process was quicker
                status = path.stat()
                kept.append((status.st_mtime_ns, status.st_size, path))
        return kept

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}{SUFFIX}"


def user_cache_folder() -> Path:
    """Where this system keeps what programs can make again."""
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "Living Portraits" / "Cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "Living Portraits"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "living_portraits"
