"""The tracked points on the head, and what it learned of them."""

import numpy as np
import pytest
from scipy.spatial import KDTree

from portrait_addon.pipeline.face.mesh import (
    LEFT_EYE,
    LOWER_LIP,
    MOUTH,
    NOSE_TIP,
    OUTER_EYE_CORNERS,
    RIGHT_EYE,
    SKIN_POINTS,
    UPPER_LIP,
    Opening,
    canonical_skin,
)
from portrait_addon.pipeline.head.landmarks import TRACKED_UNITS, LandmarkModel, load_landmarks
from portrait_addon.pipeline.head.model import EXPRESSION_UNITS, HeadModel, load_head, tracked_points
from portrait_addon.pipeline.records.face import BLENDSHAPES
from portrait_addon.pipeline.records.performance import IDENTITY_MODES

PERSONS = np.random.default_rng(0).normal(size=(200, 64))
"""As odd as a fit takes persons to be; those of portraits and clips are found to be half as odd."""

MEETS = 0.3
"""Millimetres between lids that are shut."""


@pytest.fixture(scope="module")
def head() -> HeadModel:
    return load_head()


@pytest.fixture(scope="module")
def plain(head: HeadModel) -> LandmarkModel:
    """The points as the free data has them."""
    return LandmarkModel.of_head(head, tracked_points())


@pytest.fixture(scope="module")
def model() -> LandmarkModel:
    return load_landmarks()


@pytest.fixture(scope="module")
def mirror() -> np.ndarray:
    canonical = canonical_skin()
    return KDTree(canonical).query(canonical * [-1, 1, 1])[1]


def mirrored(lengths: np.ndarray, mirror: np.ndarray) -> np.ndarray:
    return lengths[..., :SKIN_POINTS, :][..., mirror, :] * [-1, 1, 1]


def test_performances_have_room_for_every_mode(model: LandmarkModel) -> None:
    assert len(model.identity) == IDENTITY_MODES


def test_points_lie_the_same_on_both_sides(plain: LandmarkModel, model: LandmarkModel, mirror: np.ndarray) -> None:
    for one in (plain, model):
        np.testing.assert_allclose(mirrored(one.mean, mirror), one.mean[:SKIN_POINTS], atol=0.01)
    left, right = (model.expressions[TRACKED_UNITS.index(f"mouthSmile{side}")] for side in ("Left", "Right"))
    np.testing.assert_allclose(mirrored(left, mirror), right[:SKIN_POINTS], atol=0.02)


def test_points_lie_where_they_are_called(head: HeadModel, plain: LandmarkModel) -> None:
    assert plain.mean[NOSE_TIP, 2] == pytest.approx(head.mean[:, 2].max(), abs=3)
    right, left = plain.mean[list(OUTER_EYE_CORNERS)]
    assert right[0] == pytest.approx(-44, abs=3) and left[0] == pytest.approx(44, abs=3)
    upper, lower = plain.mean[UPPER_LIP[:, 4], 1], plain.mean[LOWER_LIP[:, 4], 1]
    assert (np.diff(upper) > 0).all() and (np.diff(lower) < 0).all() and upper[0] >= lower[0] - 1
    for eye in (LEFT_EYE, RIGHT_EYE):
        assert (plain.mean[eye.upper, 1] > plain.mean[eye.lower, 1]).all()


def test_outlines_of_the_lips_are_smooth(plain: LandmarkModel) -> None:
    upper, lower = (plain.mean[lip[-1, :5], 1] for lip in (UPPER_LIP, LOWER_LIP))
    assert (np.diff(upper[:4]) > 0).all() and (np.diff(lower) < 0).all()
    assert np.abs(np.diff(upper, 2)).max() < 4 and np.abs(np.diff(lower, 2)).max() < 4


def test_an_open_jaw_takes_the_lower_lip_alone(plain: LandmarkModel) -> None:
    opened = plain.expressions[TRACKED_UNITS.index("jawOpen")][:, 1]
    assert (opened[LOWER_LIP[:, 2:-2]] < -10).all() and (opened[MOUTH.upper[2:-2]] > -8).all()


def test_learned_units_keep_their_meaning(plain: LandmarkModel, model: LandmarkModel) -> None:
    free, learned = (one.expressions.reshape(len(TRACKED_UNITS), -1) for one in (plain, model))
    cosines = (free * learned).sum(axis=1) / np.linalg.norm(free, axis=1) / np.linalg.norm(learned, axis=1)
    gaze = np.array([name.startswith("eyeLook") for name in TRACKED_UNITS])
    np.testing.assert_array_equal(free[gaze], learned[gaze])
    assert cosines.min() >= 0.85 and np.median(cosines[~gaze]) >= 0.97


@pytest.mark.parametrize(("name", "eye"), [("eyeBlinkLeft", LEFT_EYE), ("eyeBlinkRight", RIGHT_EYE)])
def test_lids_of_any_person_meet(model: LandmarkModel, name: str, eye: Opening) -> None:
    weights = np.eye(len(TRACKED_UNITS))[TRACKED_UNITS.index(name)]
    lower = np.array([eye.corners[0], *eye.lower, eye.corners[1]])
    for identity in PERSONS:
        shut = model.points(identity, weights)
        rim = np.interp(shut[eye.upper, 0], shut[lower, 0], shut[lower, 1])
        np.testing.assert_allclose(shut[eye.upper, 1], rim, atol=MEETS)


def test_lids_of_the_mesh_meet_too(head: HeadModel) -> None:
    weights = np.eye(len(EXPRESSION_UNITS))[EXPRESSION_UNITS.index("eyeBlinkLeft")]
    lower = np.array([LEFT_EYE.corners[0], *LEFT_EYE.lower, LEFT_EYE.corners[1]])
    for identity in PERSONS[:10]:
        shut = tracked_points().of(head.vertices(identity, weights))
        rim = np.interp(shut[LEFT_EYE.upper, 0], shut[lower, 0], shut[lower, 1])
        np.testing.assert_allclose(shut[LEFT_EYE.upper, 1], rim, atol=MEETS)


def test_scores_become_weights(model: LandmarkModel) -> None:
    scores = np.zeros((3, len(BLENDSHAPES)))
    scores[1, BLENDSHAPES.index("jawOpen")] = 1
    scores[2, 0] = 1  # of no use
    weights = model.weights_of(scores)
    assert weights.min() >= 0 and weights.max() <= 1
    jaw = TRACKED_UNITS.index("jawOpen")
    assert weights[1, jaw] > weights[0, jaw] + 0.2
    np.testing.assert_array_equal(weights[0], weights[2])


def test_a_face_at_rest_does_little(model: LandmarkModel) -> None:
    assert ((model.rest >= 0) & (model.rest < 0.35)).all()
    assert model.rest[TRACKED_UNITS.index("jawOpen")] < 0.2
