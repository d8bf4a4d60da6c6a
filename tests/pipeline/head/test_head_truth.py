"""Rendered heads of which everything is known, as the tracker found them; `tools/head_truth.py` made them."""

from pathlib import Path

import numpy as np
import pytest

from portrait_addon.pipeline.head.camera import Camera
from portrait_addon.pipeline.head.fitting import HeadFit, fit_portrait
from portrait_addon.pipeline.head.landmarks import load_landmarks
from tests.bench.head import away

TRUTH = Path(__file__).parents[2] / "head_truth" / "truth.npz"


@pytest.fixture(scope="module")
def truth() -> dict[str, np.ndarray]:
    with np.load(TRUTH, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def fit_all(truth: dict[str, np.ndarray], lens_known: bool, rows: slice = slice(None)) -> list[HeadFit]:
    model, (width, height) = load_landmarks(), truth["size"].tolist()
    lenses, points, scores = (truth[name][rows] for name in ("lenses", "points", "scores"))
    return [
        fit_portrait(model, Camera.of_picture((width, height), float(lens) if lens_known else None), seen, score)
        for lens, seen, score in zip(lenses, points, scores, strict=True)
    ]


@pytest.fixture(scope="module")
def fits(truth: dict[str, np.ndarray]) -> list[HeadFit]:
    """Of all pictures, with their true lenses."""
    return fit_all(truth, lens_known=True)


def test_heads_are_those_of_several_persons_from_near_and_far(truth: dict[str, np.ndarray]) -> None:
    assert len({*truth["persons"].tolist()}) == 8
    assert {*truth["distances"].tolist()} == {450, 600, 900, 1200, 4800}


def test_a_known_lens_gives_the_distance(truth: dict[str, np.ndarray], fits: list[HeadFit]) -> None:
    found = np.array([fit.pose.distance for fit in fits])
    errors = np.abs(found / truth["distances"] - 1)
    assert errors.mean() < 0.03 and errors.max() < 0.09


def test_true_points_are_those_that_the_tracker_looks_for(truth: dict[str, np.ndarray]) -> None:
    distances = [away(true, points).mean() for true, points in zip(truth["true_points"], truth["points"], strict=True)]
    assert np.mean(distances) < 5


def test_an_assumed_lens_says_so(truth: dict[str, np.ndarray]) -> None:
    assert all(fit.camera.assumed for fit in fit_all(truth, lens_known=False, rows=slice(5)))


def test_persons_that_the_modes_do_not_hold_are_met(truth: dict[str, np.ndarray], fits: list[HeadFit]) -> None:
    model = load_landmarks()
    distances = [away(fit.project(model), points).mean() for fit, points in zip(fits, truth["points"], strict=True)]
    assert np.mean(distances) < 0.6
