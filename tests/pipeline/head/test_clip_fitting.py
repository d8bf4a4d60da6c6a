"""One person fitted to a clip."""

from collections.abc import Generator

import numpy as np
import pytest

from portrait_addon.pipeline.head.camera import Camera
from portrait_addon.pipeline.head.clip_fitting import ClipFit, fit_clip, fit_clip_steps, key_frames
from portrait_addon.pipeline.head.landmarks import TRACKED_UNITS, LandmarkModel, load_landmarks
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.progress import Progress
from tests.bench.head import away, by_parts, restlessness

Fitted = tuple[ClipFit, list[Progress]]

LARGEST = {"lips": 0.6, "lids": 0.6, "brows": 0.6}
"""Mean distance of the points of a part, in per cent of the outer-eye distance, in the worst clip."""


@pytest.fixture(scope="module")
def model() -> LandmarkModel:
    return load_landmarks()


def steps_of(model: LandmarkModel, performance: Performance) -> Generator[Progress, None, ClipFit]:
    camera = Camera.of_picture(tuple(int(side) for side in performance.size))
    return fit_clip_steps(model, camera, performance.points, performance.blendshapes, performance.frame_seconds)


@pytest.fixture(scope="module")
def fitted(model: LandmarkModel, performance: Performance) -> tuple[ClipFit, list[Progress]]:
    steps, told = steps_of(model, performance), []
    while True:
        try:
            told.append(next(steps))
        except StopIteration as end:
            return end.value, told


def test_every_frame_is_met(model: LandmarkModel, performance: Performance, fitted: Fitted) -> None:
    fit, _ = fitted
    face = fit.person.face(model)
    distances = np.array([away(fit.project(face, row), points) for row, points in enumerate(performance.points)])
    figures = by_parts(distances)
    assert all(figures[part] <= largest for part, largest in LARGEST.items()), figures


def test_weights_follow_what_the_face_does(fitted: Fitted, performance: Performance) -> None:
    fit, _ = fitted
    assert fit.weights.shape == (performance.frame_count, len(TRACKED_UNITS))
    assert ((fit.weights >= 0) & (fit.weights <= 1)).all()
    blink, jaw = (fit.weights[:, TRACKED_UNITS.index(name)] for name in ("eyeBlinkLeft", "jawOpen"))
    for weights, score in ((blink, "eyeBlinkLeft"), (jaw, "jawOpen")):
        scores = performance.blendshapes[:, TRACKED_UNITS.index(score) + 1]
        assert np.corrcoef(weights, scores)[0, 1] > 0.8
    assert blink.max() > 0.5


def test_weights_are_hardly_more_restless_than_scores(fitted: Fitted, performance: Performance) -> None:
    fit, _ = fitted
    assert restlessness(fit.weights) <= 2 * restlessness(performance.blendshapes[:, 1:])


def test_progress_counts_all_steps(fitted: Fitted, performance: Performance) -> None:
    _, told = fitted
    frames = [progress for progress in told if progress.text == "Fitting the head"]
    assert [progress.done for progress in frames] == [*range(1, 2 * performance.frame_count + 1)]
    assert {progress.total for progress in frames} == {2 * performance.frame_count}


def test_a_single_frame_is_a_clip(model: LandmarkModel, performance: Performance) -> None:
    fit = fit_clip(model, Camera.of_picture((360, 288)), performance.points[:1], performance.blendshapes[:1], 0.04)
    assert fit.weights.shape == (1, len(TRACKED_UNITS))


def test_key_frames_differ(performance: Performance) -> None:
    chosen = key_frames(performance.points, 5)
    assert len(chosen) == 5 and (np.diff(chosen) > 0).all()
    still = np.repeat(performance.points[:1], 3, axis=0)
    assert len(key_frames(still, 5)) == 3
