import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from portrait_addon.jobs.cache import Cache, user_cache_folder
from portrait_addon.jobs.performance_file import performance_bytes, performance_fingerprint
from portrait_addon.pipeline.records.performance import Performance

ROOM = 10_000
"""Bytes that a file has beside its arrays."""


@pytest.fixture
def keep(performance: Performance, tmp_path: Path) -> Callable[..., Cache]:
    """Keep performances under some names, the first the longest ago; gives a cache that has room for so many."""

    def kept(*names: str, room: int) -> Cache:
        cache = Cache(tmp_path / "cache", room * (performance_bytes(performance) + ROOM))
        for age, name in enumerate(reversed(names)):
            Cache(cache.folder).keep(name, performance)
            os.utime(cache.folder / f"{name}.performance", (1_000_000 - age, 1_000_000 - age))
        return cache

    return kept


def names(cache: Cache) -> list[str]:
    return sorted(path.stem for path in cache.folder.iterdir())


def test_what_was_not_used_for_longest_goes_first(keep: Callable[..., Cache], performance: Performance) -> None:
    cache = keep("a", "b", "c", room=3)
    cache.keep("d", performance)
    assert names(cache) == ["b", "c", "d"]


def test_what_is_fetched_is_used(keep: Callable[..., Cache], performance: Performance) -> None:
    cache = keep("a", "b", "c", room=3)
    kept = cache.fetch("a")
    assert kept is not None
    assert performance_fingerprint(kept) == performance_fingerprint(performance)
    cache.keep("d", performance)
    assert names(cache) == ["a", "c", "d"]


def test_what_was_kept_last_stays_however_large(keep: Callable[..., Cache], performance: Performance) -> None:
    cache = keep("a", "b", room=0)
    cache.keep("c", performance)
    assert names(cache) == ["c"]


def test_size_and_clearing(keep: Callable[..., Cache], performance: Performance) -> None:
    cache = keep("a", "b", room=9)
    assert 0 <= cache.size() - 2 * performance_bytes(performance) < 2 * ROOM
    (cache.folder / ".c.performance.1-1.part").write_bytes(b"left by a killed process")
    (cache.folder / "letter.txt").write_text("not ours")
    size = cache.size()
    assert cache.clear() == size
    assert [path.name for path in cache.folder.iterdir()] == ["letter.txt"]
    assert cache.size() == 0


def test_a_cache_that_is_not_there_is_empty(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "none")
    assert (cache.size(), cache.clear(), cache.fetch("a")) == (0, 0, None)
    assert not cache.folder.exists()


@pytest.mark.parametrize(
    ("platform", "variable", "ending"),
    [
        ("linux", "XDG_CACHE_HOME", "given/living_portraits"),
        ("win32", "LOCALAPPDATA", "given/Living Portraits/Cache"),
        ("darwin", "HOME", "given/Library/Caches/Living Portraits"),
    ],
)
def test_the_cache_lies_where_the_system_keeps_caches(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, platform: str, variable: str, ending: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv(variable, str(tmp_path / "given"))
    assert user_cache_folder() == Path(tmp_path / ending)
