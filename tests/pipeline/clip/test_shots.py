"""A clip that was cut: each shot is what it would be alone."""

import pickle
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.jobs.performance_file import load_performance
from portrait_addon.jobs.tracking import performance_notes
from portrait_addon.pipeline import NeutralFrameError
from portrait_addon.pipeline.records.moment import Moment
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings
from portrait_addon.pipeline.tracking.following import within_picture
from tests.composing import compose

FILE = Path(__file__).parents[2] / "formats" / "format_22.performance"
"""Ten frames that were cut after the sixth."""


@pytest.fixture(scope="module")
def cut() -> Performance:
    return load_performance(FILE)


def cropped(frame: NDArray[Any], share: float = 0.6) -> NDArray[Any]:
    height, width = frame.shape[:2]
    y, x = round(height * (1 - share) / 2), round(width * (1 - share) / 2)
    return cv2.resize(frame[y : height - y, x : width - x], (width, height))


@pytest.fixture(scope="module")
def framings(film: list[NDArray[Any]]) -> tuple[list[NDArray[Any]], list[NDArray[Any]]]:
    return film[:12], [cropped(frame) for frame in film[12:]]


def test_each_shot_is_what_it_would_be_alone(
    framings: tuple[list[NDArray[Any]], list[NDArray[Any]]], record: Callable[..., Performance]
) -> None:
    first, second = framings
    whole = record([*first, *second])
    assert whole.cuts == [13]
    assert len(whole.neutrals) == len(whole.shots) == 2
    alone = [record(first), record(second)]
    for shot, other, start in zip(whole.shots, alone, (0, 12), strict=True):
        np.testing.assert_allclose(shot.times - start / 25, other.times, atol=1e-9)
        for name in ("found", "blendshapes", "head_matrices", "mouth_boxes", "mouth_pixels", "palette"):
            np.testing.assert_array_equal(getattr(shot, name), getattr(other, name), err_msg=name)
        assert shot.neutral == other.neutral
        np.testing.assert_allclose(shot.points, other.points, atol=1e-4)
        np.testing.assert_allclose(shot.peripheral_offsets, other.peripheral_offsets, atol=1e-4)
        np.testing.assert_allclose(shot.log_ratios.astype(np.float32), other.log_ratios.astype(np.float32), atol=2e-3)
    assert any(
        "cut at 13; each shot is counted from its own neutral frame" in note for note in performance_notes("a", whole)
    )


def test_a_number_of_the_users_counts_in_its_shot(
    framings: tuple[list[NDArray[Any]], list[NDArray[Any]]], record: Callable[..., Performance]
) -> None:
    first, second = framings
    whole = record([*first, *second], neutral=15)
    assert whole.neutrals == [record(first).neutral, 15]
    with pytest.raises(NeutralFrameError, match="choose a neutral frame from 1 to 25"):
        record([*first, *second], neutral=26)


def test_a_shot_without_a_face_belongs_to_the_one_before(
    framings: tuple[list[NDArray[Any]], list[NDArray[Any]]], record: Callable[..., Performance]
) -> None:
    first, _ = framings
    wall = cv2.resize(np.random.default_rng(0).integers(0, 255, (30, 40, 3), np.uint8), first[0].shape[1::-1])
    whole = record([*first, *[wall] * 8])
    assert whole.cuts == []
    assert whole.bridged == list(range(13, 21))
    np.testing.assert_allclose(whole.points[-1], whole.points[11], atol=0.5)


def test_nothing_is_interpolated_across_a_cut(cut: Performance, portrait: Portrait) -> None:
    assert cut.cuts == [7]
    assert cut.shot_at(6.0) == (0, 6.0)
    assert cut.shot_at(6.49) == (0, 6.49)
    assert cut.shot_at(6.5) == (1, 0.5)
    assert cut.shot_at(99.0)[0] == 1
    for between, nearest in ((6.4, 6.0), (6.6, 7.0)):
        one, other = (compose(portrait, cut, Settings(), t).picture for t in (between, nearest))
        np.testing.assert_array_equal(one, other)
    for t, shot in ((3.0, 0), (8.5, 1)):
        part = cut.shots[shot]
        np.testing.assert_array_equal(
            compose(portrait, cut, Settings(), t).picture,
            compose(portrait, part, Settings(), t - 6 * shot).picture,
        )


def test_a_shot_counts_from_its_own_neutral_frame(cut: Performance) -> None:
    for neutral, first, shot in zip(cut.neutrals, (1, 7), cut.shots, strict=True):
        assert shot.neutral == neutral - first + 1
        np.testing.assert_array_equal(shot.neutral_points, cut.points[neutral - 1])
        Performance.from_arrays(shot.to_arrays())  # a performance like any other
    assert cut.shots[0].frame_count + cut.shots[1].frame_count == cut.frame_count
    assert len(cut.shots[0].peripheral) + len(cut.shots[1].peripheral) == len(cut.peripheral)


def test_a_cut_clip_goes_to_other_processes_without_its_parts(cut: Performance) -> None:
    assert len(cut.shots) == 2
    copy = pickle.loads(pickle.dumps(cut))
    assert set(vars(copy)) == {item.name for item in fields(Performance)}
    assert copy.cuts == cut.cuts


def test_a_clip_of_one_shot_is_its_shot(performance: Performance) -> None:
    assert performance.shots == (performance,)
    assert performance.shot_at(7.25) == (0, 7.25)
    moment = Moment(performance, 3.0, 0.5)
    assert moment.within_shot() == moment


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"later_shots": [[1, 2, 0]]}, "the shots do not fit"),
        ({"later_shots": [[11, 11, 0]]}, "the shots do not fit"),
        ({"later_shots": [[7, 3, 0]]}, "the shots do not fit"),
        ({"later_shots": [[7, 8, -1]]}, "do not fit their"),
        ({"later_shots": [[7, 8, 99999]]}, "do not fit their"),
        ({"neutral": 9}, "the shots do not fit"),
    ],
)
def test_shots_that_do_not_fit_are_refused(
    cut: Performance, changes: dict[str, list[list[int]] | int], message: str
) -> None:
    arrays = cut.to_arrays() | {name: np.array(value, np.int64) for name, value in changes.items()}
    with pytest.raises(ValueError, match=message):
        Performance.from_arrays(arrays)


def test_blank_frames_take_mouth_and_shading_from_the_frames_around(
    film: list[NDArray[Any]], record: Callable[..., Performance]
) -> None:
    """Somebody speaks; a green frame painted his mouth green."""
    blank = list(film)
    for row in range(4, 8):
        blank[row] = np.full_like(film[0], (0, 128, 0))
    performance = record(blank)
    assert performance.bridged == [5, 6, 7, 8]
    seen = {id_of(performance, row) for row in (3, 8)}
    for t in (5.0, 6.5, 8.0):
        shown = performance.mouths_at(t)
        assert sum(weight for weight, _ in shown) == pytest.approx(1)
        assert {patch.points.tobytes() for _, patch in shown} <= seen
    before, middle, after = (performance.log_ratio_at(t) for t in (4.0, 6.0, 9.0))
    assert (middle <= np.maximum(before, after) + 0.1).all()
    assert (middle >= np.minimum(before, after) - 0.1).all()


def id_of(performance: Performance, row: int) -> bytes:
    return performance.points[row].tobytes()


def test_a_mouth_that_is_never_seen_is_taken_as_it_is(performance: Performance) -> None:
    covered = replace(performance, covered=np.ones_like(performance.covered))
    assert covered.mouths_at(3.0)[0][0] == 1


def test_a_driver_who_leaves_the_picture_is_bridged(performance: Performance) -> None:
    points, size = performance.points[:4].copy(), performance.size
    points[1, :, 0] += size[0] - points[1, :, 0].mean()  # half of the face
    points[2, :, 1] -= 0.2 * np.ptp(points[2, :, 1]) + points[2, :, 1].min()  # the forehead
    found = within_picture(points, np.ones(4, bool), size)
    assert found.tolist() == [True, False, True, True]
    assert within_picture(points[1:2], np.ones(1, bool), size).all()
