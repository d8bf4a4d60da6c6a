"""What all frames of a portrait share is computed once, and freed with whoever holds it."""

import gc
import pickle
import weakref
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.editing.corrections import Corrections, corrected_portrait
from portrait_addon.pipeline.frame.compositor import Compositor
from portrait_addon.pipeline.imaging.threads import ordered_thread_map
from portrait_addon.pipeline.portrait import matte as matte_module
from portrait_addon.pipeline.portrait.prepared import PreparedPortrait
from portrait_addon.pipeline.records.moment import Moment
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings
from portrait_addon.pipeline.tracking.matte_dnn import DnnPersonSegmenter


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Counts how often the person is looked for."""
    runs = []

    class Counted(DnnPersonSegmenter):
        def matte(self, picture: NDArray[Any]) -> NDArray[Any]:
            runs.append(picture.shape)
            return super().matte(picture)

    monkeypatch.setattr(matte_module, "DnnPersonSegmenter", Counted)
    return runs


def test_four_threads_run_the_network_once(portrait: Portrait, network: list[Any]) -> None:
    prepared = PreparedPortrait(portrait)
    mattes = list(ordered_thread_map(lambda _: prepared.person, range(4), 4))
    assert len(network) == 1
    assert all(matte is mattes[0] for matte in mattes)


def test_a_moved_point_and_another_size_need_no_second_run(portrait: Portrait, network: list[Any]) -> None:
    first = PreparedPortrait(portrait)
    assert first.layers.matte.any()
    moved = corrected_portrait(portrait, Corrections(portrait=(("nose_4", (0.02, 0.0)),)))
    second = PreparedPortrait(moved, first.matte)
    np.testing.assert_array_equal(second.person, first.person)
    small = first.resized(172)
    assert small.person.shape == (172, 128)
    assert len(network) == 1
    assert first.resized(max(portrait.size)) is first


def test_matte_of_a_smaller_copy_is_the_matte_made_smaller(portrait: Portrait) -> None:
    prepared = PreparedPortrait(portrait)
    small, alone = prepared.resized(172), PreparedPortrait(replace(prepared.resized(172).portrait))
    assert np.abs(small.person.astype(int) - alone.person).mean() < 3


def test_memory_is_freed_with_the_compositor(portrait: Portrait, performance: Performance) -> None:
    clip = replace(performance)
    compositor = Compositor(PreparedPortrait(portrait))
    compositor.frame((Moment(clip, 5.0),), Settings())
    held = [weakref.ref(compositor.prepared.layers), weakref.ref(compositor.pair(Moment(clip, 5.0))), weakref.ref(clip)]
    assert all(reference() is not None for reference in held)
    del clip
    gc.collect()
    assert held[1]() is None and held[2]() is None  # the pair goes with its clip
    assert held[0]() is not None
    del compositor
    gc.collect()
    assert held[0]() is None


def test_what_is_prepared_goes_to_other_processes(
    portrait: Portrait, performance: Performance, network: list[Any]
) -> None:
    compositor = Compositor(PreparedPortrait(portrait))
    compositor.prepare([performance], locked=True)
    assert len(network) == 1
    copy, clip = pickle.loads(pickle.dumps((compositor, performance)))
    expected = compositor.frame((Moment(performance, 5.0),), Settings()).picture
    np.testing.assert_array_equal(copy.frame((Moment(clip, 5.0),), Settings()).picture, expected)
    assert len(network) == 1
    assert len(copy._pairs) == 1
