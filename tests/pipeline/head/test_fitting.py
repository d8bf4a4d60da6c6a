"""A head fitted to the points of a picture."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from portrait_addon.pipeline.face.mesh import SKIN_POINTS
from portrait_addon.pipeline.head.camera import Camera, Pose
from portrait_addon.pipeline.head.fitting import HeadFit, fit_portrait
from portrait_addon.pipeline.head.landmarks import TRACKED_UNITS, LandmarkModel, load_landmarks
from portrait_addon.pipeline.portrait.analysis import analyse_portrait
from portrait_addon.pipeline.records.face import BLENDSHAPES
from portrait_addon.pipeline.tracking.landmarker import FaceTracker
from tests.bench.head import away, by_parts

SIZE = (800, 1000)
NO_SCORES = np.zeros(len(BLENDSHAPES))

LARGEST = {"lips": 0.55, "lids": 0.9, "brows": 0.8, "all": 0.75}
"""Mean distance of the points of a part, in per cent of the outer-eye distance."""


@pytest.fixture(scope="module")
def model() -> LandmarkModel:
    return load_landmarks()


def standing(distance: float, *turn: float) -> Pose:
    return Pose(cv2.Rodrigues(np.radians(turn))[0] * [1, -1, -1], np.array([20.0, -15.0, distance]))


def made_up(model: LandmarkModel, lens: float, pose: Pose, seed: int = 3) -> HeadFit:
    """A person of average oddness who smiles and looks down, before a camera."""
    rng = np.random.default_rng(seed)
    weights = model.rest.copy()
    weights[[TRACKED_UNITS.index(f"mouthSmile{side}") for side in ("Left", "Right")]] = 0.6
    weights[TRACKED_UNITS.index("jawOpen")] = 0.2
    return HeadFit(Camera.of_picture(SIZE, lens), pose, 0.7 * rng.normal(size=len(model.identity)), weights)


@pytest.mark.parametrize("turn", [(0, 0, 0), (0, 35, 0), (15, -20, 10)])
def test_points_of_a_made_up_person_are_met(model: LandmarkModel, turn: tuple[float, float, float]) -> None:
    truth = made_up(model, 85, standing(900, *turn))
    points = truth.project(model)
    fit = fit_portrait(model, truth.camera, points, NO_SCORES)
    assert away(fit.project(model), points).mean() < 0.2
    assert fit.weights[TRACKED_UNITS.index("mouthSmileLeft")] == pytest.approx(0.6, abs=0.2)
    assert ((fit.weights >= 0) & (fit.weights <= 1)).all()


@pytest.mark.parametrize("distance", [450, 600, 900, 2000])
def test_a_known_lens_gives_the_distance(model: LandmarkModel, distance: float) -> None:
    truth = made_up(model, 50, standing(distance, 0, 10, 0))
    noise = np.random.default_rng(0).normal(0, 0.3, (478, 2))
    fit = fit_portrait(model, truth.camera, truth.project(model) + noise, NO_SCORES)
    assert fit.pose.distance == pytest.approx(truth.pose.distance, rel=0.05)
    assert not fit.camera.assumed


def test_a_longer_lens_moves_the_head_away(model: LandmarkModel) -> None:
    points = made_up(model, 85, standing(900, 0, 0, 0)).project(model)
    near, far = (fit_portrait(model, Camera.of_picture(SIZE, lens), points, NO_SCORES) for lens in (50, 100))
    assert far.pose.distance > 1.8 * near.pose.distance


def test_a_few_wrong_points_do_not_move_the_head(model: LandmarkModel) -> None:
    truth = made_up(model, 85, standing(900, 0, 10, 0))
    points = truth.project(model)
    wrong = points.copy()
    wrong[[4, 50, 280, 152]] += 60
    right = np.setdiff1d(np.arange(SKIN_POINTS), [4, 50, 280, 152])
    fit = fit_portrait(model, truth.camera, wrong, NO_SCORES)
    assert away(fit.project(model), points)[right].mean() < 0.5


@pytest.mark.parametrize("name", ["ford_1888.jpg", "mona_lisa.jpg"])
def test_portraits_are_met(model: LandmarkModel, assets: Path, tracker: FaceTracker, name: str) -> None:
    portrait = analyse_portrait(cv2.imread(str(assets / name)), tracker)
    camera = Camera.of_picture(portrait.size)
    fit = fit_portrait(model, camera, portrait.points, portrait.blendshapes)
    figures = by_parts(away(fit.project(model), portrait.points)[None])
    assert all(figures[part] <= largest for part, largest in LARGEST.items()), figures
    assert np.abs(fit.identity).max() < 4
    assert fit.camera.assumed
