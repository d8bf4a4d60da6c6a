"""A far cheek that comes into sight is skin, not what was behind it."""

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from portrait_addon.pipeline.face.pose import Pose
from portrait_addon.pipeline.face.visible_outline import visible_outline
from portrait_addon.pipeline.frame import far_rim, skin
from portrait_addon.pipeline.frame.canvas import Canvas
from portrait_addon.pipeline.frame.face_warp import skin_of
from portrait_addon.pipeline.frame.state import FrameState
from portrait_addon.pipeline.portrait.prepared import PreparedPortrait
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings

from .. import golden

GREEN = (0, 255, 0)


def before_green(sitter: Portrait) -> PreparedPortrait:
    """The face alone, a little smaller than its points say, before a green wall."""
    points = sitter.points[visible_outline(sitter.points), :2]
    middle = points.mean(axis=0)
    rim = np.round(middle + 0.98 * (points - middle)).astype(np.int32)
    picture = np.full_like(sitter.picture, GREEN)
    inside = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillPoly(inside, [rim], (255,))
    picture[inside > 0] = sitter.picture[inside > 0]
    return PreparedPortrait(replace(sitter, picture=picture))


def green_in(prepared: PreparedPortrait, degrees: float, painted: bool) -> tuple[NDArray[Any], float]:
    """A face turned about the vertical, and how much of its far side is green."""
    points = prepared.portrait.points.astype(np.float64)
    middle = points.mean(axis=0)
    turn = Rotation.from_euler("y", degrees, degrees=True)
    moved = (middle + turn.apply(points - middle)).astype(np.float32)
    state = FrameState.of(prepared, [], [], Settings())
    turned = skin_of(prepared.portrait.points, moved, [], prepared.portrait.box, prepared.headroom)
    state = replace(state, skin=turned, pose=Pose(prepared.portrait.points, moved))
    canvas = Canvas(np.zeros_like(prepared.texture.picture))
    skin.paint(canvas, state)
    if painted:
        far_rim.paint(canvas, state)
    far_side = canvas.picture[:, : round(float(moved[:, 0].mean()))].astype(float)
    blue, green, red = np.moveaxis(far_side, 2, 0)
    return canvas.picture, float(np.maximum(green - np.maximum(blue, red), 0).sum())


def test_nothing_of_what_was_behind_is_stretched_over_the_cheek() -> None:
    prepared = before_green(golden.mona_lisa())
    degrees = max((30.0, -30.0), key=lambda by: green_in(prepared, by, False)[1])
    (_, before), (_, after) = (green_in(prepared, degrees, painted) for painted in (False, True))
    assert after < 0.5 * before


def test_a_face_that_does_not_turn_is_as_it_was() -> None:
    prepared = before_green(golden.mona_lisa())
    for degrees in (0.0, 3.0, -3.0):
        np.testing.assert_array_equal(*(green_in(prepared, degrees, painted)[0] for painted in (False, True)))


def test_a_face_from_the_front_hides_no_cheek() -> None:
    assert PreparedPortrait(golden.ford()).far_rim.hidden == ()
