"""What was put right: laid over what was tracked, in exactly the frames that it concerns."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.editing.corrections import (
    NONE,
    ClipCorrection,
    Corrections,
    corrected_frames,
    corrected_performance,
    corrected_portrait,
    in_effect,
    offsets_at,
)
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings
from tests.composing import compose

AT_12 = ClipCorrection(12, "jaw_9", (0.0, 0.1), ease=3)


def curve(*items: ClipCorrection, last: int = 30) -> NDArray[Any]:
    """(n,) how far the handle goes down in frames 1 to n."""
    return np.array([offsets_at(items, frame).get("jaw_9", (0, 0))[1] for frame in range(1, last + 1)])


def test_without_corrections_all_is_the_very_same(portrait: Portrait, performance: Performance) -> None:
    assert corrected_portrait(portrait, NONE) is portrait
    assert corrected_performance(performance, NONE) is performance
    far_away = Corrections(clip=(ClipCorrection(500, "jaw_9", (0.0, 0.1)),))
    assert corrected_performance(performance, far_away) is performance


def test_a_correction_holds_in_its_frame_and_eases_to_either_side() -> None:
    down = curve(AT_12)
    assert down[11] == 0.1
    assert [*np.flatnonzero(down) + 1] == [9, 10, 11, 12, 13, 14, 15]
    assert (np.diff(down[7:12]) > 0).all()
    assert np.allclose(down[7:12], down[11:16][::-1])


def test_without_ease_one_frame_is_moved() -> None:
    assert [*np.flatnonzero(curve(ClipCorrection(5, "jaw_9", (0.0, 0.2), ease=0))) + 1] == [5]


def test_near_corrections_run_into_each_other_and_far_ones_rest_between() -> None:
    near = curve(AT_12, ClipCorrection(17, "jaw_9", (0.0, 0.3), ease=3))
    assert (near[11], near[16]) == (0.1, 0.3)
    assert (np.diff(near[11:17]) > 0).all()
    far = curve(AT_12, ClipCorrection(25, "jaw_9", (0.0, 0.3), ease=3))
    assert [*np.flatnonzero(far) + 1] == [*range(9, 16), *range(22, 29)]


@pytest.mark.parametrize("second", [13, 17, 20, 25])
def test_the_frames_that_are_told_are_those_that_move(second: int) -> None:
    clip = (AT_12, ClipCorrection(second, "jaw_9", (0.0, 0.3), ease=3), ClipCorrection(3, "nose_4", (0.1, 0.0), ease=1))
    moved = {frame for frame in range(1, 31) if offsets_at(clip, frame)}
    assert corrected_frames(clip, 30) == moved


def test_only_the_frames_concerned_have_other_points(performance: Performance) -> None:
    clip = (ClipCorrection(8, "left_eye_4", (0.05, 0.0), ease=2),)
    corrected = corrected_performance(performance, Corrections(clip=clip))
    changed = np.flatnonzero((corrected.points != performance.points).any(axis=(1, 2))) + 1
    assert [*changed] == [6, 7, 8, 9, 10]
    assert corrected.log_ratios is performance.log_ratios


def test_a_frame_says_what_concerns_it() -> None:
    assert in_effect((AT_12,), 12, [1])
    assert in_effect((AT_12,), 15.5, [1])
    assert not in_effect((AT_12,), 16.0, [1])
    assert in_effect((AT_12,), 30, [12])  # all frames depend on the neutral frame
    assert in_effect((AT_12,), 11, [1]) != in_effect((AT_12,), 12, [1])


def test_a_corrected_portrait_is_composed_otherwise_and_keeps_its_picture(
    portrait: Portrait, performance: Performance
) -> None:
    corrected = corrected_portrait(portrait, Corrections(portrait=(("outer_lips_7", (0.08, 0.0)),)))
    assert corrected.picture is portrait.picture
    assert corrected.points[291, 0] - portrait.points[291, 0] == pytest.approx(0.08 * portrait.unit, rel=0.05)
    before, after = (compose(one, performance, Settings(), 9).picture.astype(int) for one in (portrait, corrected))
    assert np.abs(after - before).max() > 5


def test_a_handle_is_moved_again_and_put_back() -> None:
    once = Corrections().with_portrait("jaw_9", (0.0, 0.1)).with_portrait("jaw_9", (0.0, 0.2))
    assert once.portrait == (("jaw_9", (0.0, 0.2)),)
    assert once.with_portrait("jaw_9", None) == Corrections()
    clip = Corrections().with_clip("jaw_9", 12, (0.0, 0.1), 3).with_clip("jaw_9", 12, (0.0, 0.2), 3)
    assert [item.offset for item in clip.clip] == [(0.0, 0.2)]
    assert clip.with_clip("jaw_9", 16, None).clip == clip.clip
    assert clip.with_clip("jaw_9", 14, None).clip == ()  # what moves it there goes
