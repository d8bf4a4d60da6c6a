"""The head that comes with the package."""

import numpy as np
import pytest

from portrait_addon.pipeline.face.mesh import SKULL
from portrait_addon.pipeline.head.model import EXPRESSION_UNITS, HeadModel, Part, load_head, tracked_points

AT_REST = np.zeros(len(EXPRESSION_UNITS))
TOLERANCE = 0.01
"""Millimetres; the file counts in hundredths."""


@pytest.fixture(scope="module")
def head() -> HeadModel:
    return load_head()


def mirrored(head: HeadModel, lengths: np.ndarray) -> np.ndarray:
    return lengths[..., head.mirror, :] * [-1, 1, 1]


def weights(**units: float) -> np.ndarray:
    return np.array([units.get(name, 0.0) for name in EXPRESSION_UNITS])


def test_head_has_the_size_of_an_adults(head: HeadModel) -> None:
    skin = head.mean[head.of(Part.SKIN)]
    crown, width = skin[:, 1].max(), np.ptp(skin[skin[:, 1] > 0, 0])
    assert 95 < crown < 125 and 140 < width < 190


def test_origin_lies_between_the_eyeballs_and_the_face_looks_forward(head: HeadModel) -> None:
    left, right = (head.mean[head.of(part)].mean(axis=0) for part in (Part.LEFT_EYEBALL, Part.RIGHT_EYEBALL))
    np.testing.assert_allclose((left + right) / 2, 0, atol=1)
    assert left[0] > 25 and right[0] < -25
    nose = head.mean[:, 2].argmax()
    assert abs(head.mean[nose, 0]) < 1 and head.mean[nose, 1] < 0


def test_mean_and_units_are_symmetric(head: HeadModel) -> None:
    np.testing.assert_allclose(mirrored(head, head.mean), head.mean, atol=TOLERANCE)
    for name in ("jawOpen", "mouthPucker", "cheekPuff"):
        unit = head.expressions[EXPRESSION_UNITS.index(name)]
        np.testing.assert_allclose(mirrored(head, unit), unit, atol=TOLERANCE)
    left, right = (head.expressions[EXPRESSION_UNITS.index(f"mouthSmile{side}")] for side in ("Left", "Right"))
    np.testing.assert_allclose(mirrored(head, left), right, atol=TOLERANCE)


def test_units_do_what_they_are_called(head: HeadModel) -> None:
    rest = head.vertices(np.zeros(56), AT_REST)
    opened = head.vertices(np.zeros(56), weights(jawOpen=1)) - rest
    assert opened[head.of(Part.LOWER_TEETH), 1].mean() < -10
    assert not opened[head.of(Part.UPPER_TEETH)].any()
    looked = head.vertices(np.zeros(56), weights(eyeLookUpLeft=1)) - rest
    front = head.mean[:, 2] > head.mean[head.of(Part.LEFT_EYEBALL), 2].max() - 2
    assert looked[head.of(Part.LEFT_EYEBALL) & front, 1].mean() > 1
    assert not looked[head.of(Part.RIGHT_EYEBALL)].any()
    assert head.vertices(np.zeros(56), weights(tongueOut=1))[head.of(Part.TONGUE), 2].max() > rest[:, 2].max() - 40


def test_identity_modes_are_ordered_where_the_face_counts_more(head: HeadModel) -> None:
    weights = np.ones(len(head.mean))
    weights[tracked_points().vertices] = 6
    weighted = (head.identity * weights[:, None]).reshape(len(head.identity), -1)
    strengths = np.linalg.norm(weighted, axis=1)
    assert (np.diff(strengths) < 0.01 * strengths[0]).all()
    flat = weighted / strengths[:, None]
    np.testing.assert_allclose(flat @ flat.T, np.eye(len(flat)), atol=0.02)


def test_identity_modes_hold_no_motion_of_the_skull(head: HeadModel) -> None:
    skull, modes = (tracked_points().of(lengths)[..., list(SKULL), :] for lengths in (head.mean, head.identity))
    np.testing.assert_allclose(modes.mean(axis=1), 0, atol=TOLERANCE)
    growth = ((skull - skull.mean(axis=0)) * modes).sum(axis=(1, 2))
    np.testing.assert_allclose(growth / ((skull - skull.mean(axis=0)) ** 2).sum(), 0, atol=1e-3)


def test_head_is_shared_and_read_only(head: HeadModel) -> None:
    assert load_head() is head
    with pytest.raises(ValueError, match="read-only"):
        head.mean[0] = 0
