"""What belongs to the computer: where tracked clips are kept, how much, how many threads work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest

from portrait_addon.blender.data import sources
from portrait_addon.blender.data.preferences import DEFAULTS, PACKAGE, preferences
from portrait_addon.blender.operators.cache import cache_size
from portrait_addon.blender.running import object_cache
from portrait_addon.pipeline.imaging.threads import WORKERS


@pytest.fixture
def live_preview() -> bool:
    return True


@pytest.fixture
def chosen() -> Iterator[Any]:
    """The preferences, as they were again afterwards."""
    yield bpy.context.preferences.addons[PACKAGE].preferences
    for name, value in vars(DEFAULTS).items():
        setattr(bpy.context.preferences.addons[PACKAGE].preferences, name, value)


def test_they_say_what_the_defaults_say(chosen: Any) -> None:
    assert preferences() == chosen
    assert {name: getattr(chosen, name) for name in vars(DEFAULTS)} == vars(DEFAULTS)
    assert sources.cache().limit == 10_000_000_000
    assert sources.workers() == WORKERS


def test_the_cache_lies_where_it_was_put_and_can_be_cleared(ready: Any, chosen: Any, tmp_path: Path) -> None:
    chosen.cache_folder, chosen.cache_limit = str(tmp_path / "mine"), 0.5
    assert sources.cache().limit == 500_000_000
    assert cache_size() == "0.0 MB"
    assert bpy.ops.portrait.track() == {"FINISHED"}
    (kept,) = (tmp_path / "mine").iterdir()
    assert cache_size() == f"{kept.stat().st_size / 1e6:.1f} MB"
    assert bpy.ops.portrait.clear_cache() == {"FINISHED"}
    assert list((tmp_path / "mine").iterdir()) == []
    assert object_cache.performance_of(ready) is not None  # what is in use goes on
    assert bpy.ops.portrait.bake() == {"FINISHED"}


def test_the_jobs_use_so_many_threads(ready: Any, chosen: Any) -> None:
    chosen.workers = 3
    assert object_cache.track_job(ready).workers == 3


def test_new_portraits_get_the_size_of_the_preview(add: Callable[..., Any], chosen: Any) -> None:
    chosen.preview_size = 512
    assert add().portrait.preview_size == 512
