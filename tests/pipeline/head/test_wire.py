"""A fitted head as lines over its picture."""

import numpy as np
import pytest

from portrait_addon.pipeline.head.camera import Camera, Pose
from portrait_addon.pipeline.head.model import EXPRESSION_UNITS, load_head
from portrait_addon.pipeline.head.wire import HeadWire
from portrait_addon.pipeline.records.performance import IDENTITY_MODES

SIZE = (300, 400)
FRONTAL = np.diag([1.0, -1.0, -1.0])
REST = np.zeros(len(EXPRESSION_UNITS) - 1)


def lines(wire: HeadWire, rotation: np.ndarray = FRONTAL, weights: np.ndarray = REST) -> np.ndarray:
    return wire.seen(Camera.of_picture(SIZE), Pose(rotation, np.array([0, 0, 900.0])), weights)


def test_lines_are_few_and_cover_the_head() -> None:
    seen = lines(HeadWire.of(np.zeros(IDENTITY_MODES)))
    assert 300 < len(seen) < 2500
    pose = Pose(FRONTAL, np.array([0, 0, 900.0]))
    whole = Camera.of_picture(SIZE).project(pose(load_head().mean))
    np.testing.assert_allclose(seen.reshape(-1, 2).min(axis=0), whole.min(axis=0), atol=15)
    np.testing.assert_allclose(seen.reshape(-1, 2).max(axis=0), whole.max(axis=0), atol=15)


def test_only_lines_that_face_the_camera_are_seen() -> None:
    wire = HeadWire.of(np.zeros(IDENTITY_MODES))
    nose = wire.at_rest[[np.argmax(wire.at_rest[:, 2])]]
    for rotation, seen in ((FRONTAL, True), (FRONTAL @ np.diag([-1.0, 1.0, -1.0]), False)):
        place = Camera.of_picture(SIZE).project(Pose(rotation, np.array([0, 0, 900.0]))(nose))
        ends = lines(wire, rotation)
        assert len(ends) > 300
        assert (np.linalg.norm(ends - place, axis=2).min() < 1e-6) == seen


def test_an_open_jaw_moves_them() -> None:
    opened = REST.copy()
    opened[EXPRESSION_UNITS.index("jawOpen")] = 1
    wire = HeadWire.of(np.zeros(IDENTITY_MODES))
    ends = [lines(wire, weights=weights).reshape(-1, 2) for weights in (REST, opened)]
    assert max(np.linalg.norm(ends[0] - end, axis=1).min() for end in ends[1]) > 3  # pixels


@pytest.mark.parametrize("shift", [5.0, -5.0])
def test_offsets_of_the_points_carry_the_face_and_leave_the_skull(shift: float) -> None:
    plain, moved = (
        HeadWire.of(np.zeros(IDENTITY_MODES)),
        HeadWire.of(np.zeros(IDENTITY_MODES), np.tile([shift, 0, 0], (478, 1))),
    )
    by = (moved.at_rest - plain.at_rest)[:, 0]
    back = plain.at_rest[:, 2] < -110
    assert np.abs(by[back]).max() < 0.01
    assert np.abs(by).max() == pytest.approx(5, abs=0.2)
