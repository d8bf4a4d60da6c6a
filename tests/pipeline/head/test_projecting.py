"""A fitted head as a mesh that shows its portrait."""

import numpy as np

from portrait_addon.pipeline.head.camera import Camera, Pose
from portrait_addon.pipeline.head.fitting import HeadFit
from portrait_addon.pipeline.head.model import EXPRESSION_UNITS, load_head
from portrait_addon.pipeline.head.projecting import PortraitHead
from portrait_addon.pipeline.records.performance import IDENTITY_MODES


def test_pixels_are_those_of_the_head_with_the_portraits_expression() -> None:
    weights = np.zeros(len(EXPRESSION_UNITS) - 1)
    weights[EXPRESSION_UNITS.index("jawOpen")] = 0.5
    pose = Pose(np.diag([1.0, -1.0, -1.0]), np.array([0, 0, 900.0]))
    fit = HeadFit(Camera.of_picture((300, 400)), pose, np.full(IDENTITY_MODES, 0.2), weights)
    head = load_head()
    rest = np.zeros_like(weights)
    made = PortraitHead.of(head, fit, rest)
    shown = head.vertices(fit.identity, np.append(weights, 0))
    np.testing.assert_allclose(made.pixels, fit.camera.project(pose(shown)), atol=1e-3)
    np.testing.assert_allclose(made.at_rest + 0.5 * made.units[EXPRESSION_UNITS.index("jawOpen")], shown, atol=1e-3)
    assert np.array_equal(made.weights, [*weights, 0])


def test_at_rest_is_what_it_is_counted_from() -> None:
    rest = np.zeros(len(EXPRESSION_UNITS) - 1)
    rest[EXPRESSION_UNITS.index("browInnerUp")] = 0.4
    smile = rest.copy()
    smile[EXPRESSION_UNITS.index("mouthSmileLeft")] = 0.7
    pose = Pose(np.diag([1.0, -1.0, -1.0]), np.array([0, 0, 900.0]))
    made = PortraitHead.of(
        load_head(), HeadFit(Camera.of_picture((300, 400)), pose, np.zeros(IDENTITY_MODES), smile), rest
    )
    np.testing.assert_allclose(
        made.at_rest, load_head().vertices(np.zeros(IDENTITY_MODES), np.append(rest, 0)), atol=1e-4
    )
    assert dict(zip(EXPRESSION_UNITS, made.weights, strict=True))["mouthSmileLeft"] == 0.7
    assert np.count_nonzero(made.weights) == 1
