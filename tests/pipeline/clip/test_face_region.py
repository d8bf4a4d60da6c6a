"""Where ratio images count: skin, without brows, eyes and the frame of glasses."""

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.clip.face_region import face_region, glasses_region, wears_glasses
from portrait_addon.pipeline.face.canonical_face import CANONICAL_EYE_DISTANCE, CanonicalFace
from portrait_addon.pipeline.face.mesh import BROWS, EYES, LEFT_EYE, OUTER_EYE_CORNERS, RIGHT_EYE, outer_eye_distance


@pytest.fixture(scope="module")
def large(face: NDArray[Any]) -> CanonicalFace:
    """The face at the canonical size."""
    return CanonicalFace.of(face * (CANONICAL_EYE_DISTANCE / outer_eye_distance(face)))


def ramps(face: CanonicalFace, places: list[tuple[int, int]], slope: float) -> NDArray[Any]:
    """Logarithm of light that rises over 3 pixels at places (x, y): with what slope, an outer-eye distance."""
    width, height = face.size
    log = np.zeros((height, width), np.float32)
    rows = np.arange(height)
    for x, y in places:
        log[:, x] = slope / face.unit * np.clip(rows - y + 1.5, 0, 3)
    return log


def columns(face: CanonicalFace, bridge: float, below: float, share: float) -> list[tuple[int, int]]:
    """Places of edges on the bridge of the nose and below both eyes, in a share of the columns."""

    def some(first: float, last: float, y: float) -> list[tuple[int, int]]:
        across = np.arange(round(first) - 2, round(last) + 3)
        return [(x, round(y)) for x in across[: round(share * len(across))]]

    middle = face.points[[RIGHT_EYE.corners[1], LEFT_EYE.corners[0]]].mean(axis=0)
    places = some(middle[0] - 0.07 * face.unit, middle[0] + 0.07 * face.unit, middle[1] + bridge * face.unit)
    for eye, _ in EYES:
        first, last = sorted(face.points[list(eye.corners), 0])
        places += some(first, last, face.points[eye.lower, 1].max() + below * face.unit)
    return places


@pytest.mark.parametrize(
    ("bridge", "below", "share", "slope", "worn"),
    [
        (0.0, 0.25, 1.0, 8.0, True),
        (0.0, 0.25, 1.0, 6.0, False),  # as skin
        (-0.115, 0.25, 1.0, 20.0, True),
        (-0.15, 0.25, 1.0, 20.0, False),
        (0.12, 0.25, 1.0, 20.0, True),
        (0.19, 0.25, 1.0, 20.0, False),  # the nose's own shade
        (0.0, 0.085, 1.0, 20.0, True),
        (0.0, 0.04, 1.0, 20.0, False),  # the lid's crease
        (0.0, 0.4, 1.0, 20.0, True),
        (0.0, 0.55, 1.0, 20.0, False),  # a cheek's shadow
        (0.0, 0.25, 0.75, 20.0, True),
        (0.0, 0.25, 0.5, 20.0, False),  # strands of hair
    ],
)
def test_glasses_are_a_hard_edge_across_the_bridge_and_below_both_eyes(
    large: CanonicalFace, bridge: float, below: float, share: float, slope: float, worn: bool
) -> None:
    log_light = ramps(large, columns(large, bridge, below, share), slope)
    assert wears_glasses(large, log_light) == worn


@pytest.mark.parametrize(
    ("height", "slope", "left_out"),
    [
        (0.0, 10.5, True),
        (0.0, 8.0, False),
        (-0.25, 20.0, True),
        (-0.37, 20.0, False),  # brows
        (0.42, 20.0, True),
        (0.6, 20.0, False),  # nostrils
    ],
)
def test_the_frame_is_a_hard_edge_at_the_height_of_the_eyes(
    large: CanonicalFace, height: float, slope: float, left_out: bool
) -> None:
    y = round(float(large.points[list(OUTER_EYE_CORNERS), 1].mean() + height * large.unit))
    found = glasses_region(large, ramps(large, [(x, y) for x in range(large.size[0])], slope))
    assert (found.max() > 0.5) == left_out


def test_skin_beside_the_frame_is_left_out_as_far_as_it_slides(large: CanonicalFace) -> None:
    width, height = large.size
    log_light = np.repeat(np.where(np.arange(width) < width // 2, 0, -1).astype(np.float32)[None], height, axis=0)
    row = round(float(large.points[list(OUTER_EYE_CORNERS), 1].mean()))
    left_out = glasses_region(large, log_light)[row] > 0.5
    assert left_out.sum() / large.unit == pytest.approx(0.08, abs=0.015)  # on both sides, and the edge itself


@pytest.mark.parametrize(
    ("parts", "margin"), [([BROWS[:10], BROWS[10:]], 0.083), ([eye.contour for eye, _ in EYES], 0.094)]
)
def test_brows_and_eyes_are_left_out_with_a_margin_and_a_soft_edge(
    large: CanonicalFace, parts: list[NDArray[Any] | tuple[int, ...]], margin: float
) -> None:
    width, height = large.size
    region = face_region(large, np.full((height, width, 3), 150, np.uint8))
    for part in parts:
        outside = np.ones((height, width), np.uint8)
        cv2.fillConvexPoly(outside, cv2.convexHull(large.contour(part)), (0,))
        away = cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) / large.unit
        assert away[(region > 0.5) & (away > 0)].min() == pytest.approx(margin, abs=0.005)
