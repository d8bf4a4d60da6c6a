"""What an artist paints: a matte of the person, parts that move as one, parts that stay."""

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.face.mesh import NOSE_TIP
from portrait_addon.pipeline.frame.compositor import Frame
from portrait_addon.pipeline.imaging.similarity import best_similarity
from portrait_addon.pipeline.portrait.prepared import PreparedPortrait
from portrait_addon.pipeline.portrait.resizing import resize_portrait
from portrait_addon.pipeline.portrait.rigid_parts import rigid_parts
from portrait_addon.pipeline.records.passes import PASSES
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings
from tests.composing import compose

SPEAKING = 5
MOVED = Settings(head_motion=2.0, expression=2.0)


def painted(portrait: Portrait, x: float, y: float, radius: float, name: str) -> tuple[Portrait, NDArray[Any]]:
    mask = np.zeros(portrait.picture.shape[:2], np.uint8)
    cv2.circle(mask, (round(float(x)), round(float(y))), round(float(radius)), (255,), -1)
    return replace(portrait, masks={name: mask}), mask > 0


def frame(portrait: Portrait, performance: Performance, passes: tuple[()] | list[str] = ()) -> Frame:
    return compose(portrait, performance, MOVED, SPEAKING, passes)


def test_a_painted_matte_overrules(portrait: Portrait, performance: Performance) -> None:
    x, y, _ = portrait.points[NOSE_TIP]
    masked, circle = painted(portrait, x, y, 1.6 * portrait.unit, "person")
    np.testing.assert_array_equal(PreparedPortrait(masked).person > 127, circle)
    far = cv2.dilate(circle.astype(np.uint8), np.ones((61, 61), np.uint8)) == 0
    held = frame(masked, performance).picture
    np.testing.assert_array_equal(held[far], portrait.picture[far])
    assert (frame(portrait, performance).picture[far] != portrait.picture[far]).any()


def test_what_is_painted_still_stays_to_the_value(portrait: Portrait, performance: Performance) -> None:
    x, y, _ = portrait.points[61]  # a corner of the mouth
    masked, circle = painted(portrait, x, y, 0.3 * portrait.unit, "still")
    moved = frame(masked, performance, [item.name for item in PASSES])
    np.testing.assert_array_equal(moved.picture[circle], portrait.picture[circle])
    assert (frame(portrait, performance).picture[circle] != portrait.picture[circle]).any()
    y, x = np.nonzero(circle)
    width, height = portrait.size
    np.testing.assert_allclose(moved.passes["st_map"][circle][:, 0], (x + 0.5) / width, atol=1e-6)
    np.testing.assert_allclose(moved.passes["st_map"][circle][:, 1], 1 - (y + 0.5) / height, atol=1e-6)
    assert not moved.passes["mouth"][circle].any()
    assert (moved.passes["shading"][circle] == 1).all()


@pytest.mark.parametrize("where", ["cheek", "hair"])
def test_a_rigid_part_does_not_bend(portrait: Portrait, performance: Performance, where: str) -> None:
    """Places looked up within it are a similarity of the frame; without the mask they are none."""
    x, y = portrait.points[205 if where == "cheek" else 10, :2]
    masked, _ = painted(
        portrait, x, y - (0 if where == "cheek" else 0.35 * portrait.unit), 0.25 * portrait.unit, "rigid"
    )

    def bend(sitter: Portrait) -> float:
        width, height = sitter.size
        st_map = frame(sitter, performance, ["st_map"]).passes["st_map"]
        places = np.stack([st_map[..., 0] * width - 0.5, (1 - st_map[..., 1]) * height - 0.5], axis=-1)
        seen = cv2.remap(masked.masks["rigid"], places.astype(np.float32), None, cv2.INTER_NEAREST) > 0
        seen = cv2.erode(seen.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
        rows, columns = np.nonzero(seen)
        grid = np.column_stack([columns, rows]).astype(float)
        return np.linalg.norm(best_similarity(grid, places[seen])(grid) - places[seen], axis=1).max()

    assert bend(masked) < 0.01 * portrait.unit
    assert bend(masked) < 0.5 * bend(portrait)


@pytest.mark.parametrize(("side", "counts"), [(0.025, False), (0.038, True)])
def test_a_slip_of_the_brush_is_no_part(portrait: Portrait, side: float, counts: bool) -> None:
    large = replace(portrait, points=4 * portrait.points, picture=np.repeat(np.repeat(portrait.picture, 4, 0), 4, 1))
    pixels = round(side * large.unit)
    mask = np.zeros(large.picture.shape[:2], np.uint8)
    mask[100 : 100 + pixels, 100 : 100 + pixels] = 255
    assert len(rigid_parts(replace(large, masks={"rigid": mask}))) == counts


def test_masks_follow_a_smaller_copy(portrait: Portrait) -> None:
    masked, circle = painted(portrait, 100, 120, 40, "still")
    small = resize_portrait(masked, 172)
    assert small.masks["still"].shape == small.picture.shape[:2]
    assert abs((small.masks["still"] > 127).mean() - circle.mean()) < 0.01
