from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.clip.mouth_patches import cut_mouth, pixels_between_lips
from portrait_addon.pipeline.face.mesh import MOUTH, outer_eye_distance
from portrait_addon.pipeline.face.openings import CLOSED_AREA, across, gaps, mouth_area
from portrait_addon.pipeline.face.palette import Palette, measure_palette
from portrait_addon.pipeline.face.pose import Pose
from portrait_addon.pipeline.frame.canvas import Canvas
from portrait_addon.pipeline.frame.mouth import paint_mouths
from portrait_addon.pipeline.frame.mouth_opening import OPENING_AREA, Inside, transfer_share, uncovered_area
from portrait_addon.pipeline.imaging.box import Box
from portrait_addon.pipeline.imaging.colour import linear_of_bytes, linear_to_srgb_clipped, luminance
from portrait_addon.pipeline.portrait.mouth_plate import MouthPlate
from portrait_addon.pipeline.records.mouth_patch import MouthPatch
from portrait_addon.pipeline.tracking.landmarker import FaceTracker

COLOURED = Palette(
    np.float32([0.5, 0.6, 0.7]), np.float32([0.1, 0.15, 0.4]), 0.01, 0.8, 0.4, np.float32([0.5, 0.6, 0.7])
)
GREY = Palette(np.float32([0.5] * 3), np.float32([0.2] * 3), 0.02, 0.7, 0.4, np.float32([0.5] * 3))


def paint_mouth(
    canvas: NDArray[Any], moved: NDArray[Any], patch: MouthPatch, driver: Palette, portrait: Palette, share: float
) -> None:
    paint_mouths(Canvas(canvas), moved, [(1.0, patch, driver)], portrait, Inside(share))


def shown(moved: NDArray[Any], rest: NDArray[Any], neutral: NDArray[Any], alike: float) -> float:
    """How much of the driver's mouth shows."""
    pose = Pose(rest, moved)
    is_open = mouth_area(rest) >= CLOSED_AREA
    inside, teeth = np.zeros((1, 1, 3), np.float32), np.zeros((1, 1), np.float32)
    plate = MouthPlate(Box(0, 0, int(is_open), int(is_open)), inside, teeth, 0.0)
    return transfer_share(pose, uncovered_area(pose, plate), neutral, alike)


def with_area(points: NDArray[Any], area: float) -> NDArray[Any]:
    """The face with its mouth opened to an area in squared outer-eye distances."""
    opened = points.copy()
    opened[MOUTH.upper, :2] += gaps(points, MOUTH)[:, None] * across(points, MOUTH)
    if area:
        opened[MOUTH.lower, 1] += 1
        opened[MOUTH.lower, 1] += area / mouth_area(opened) - 1
    return opened


@pytest.fixture(scope="module")
def talking(film: list[NDArray[Any]], tracker: FaceTracker) -> tuple[NDArray[Any], NDArray[Any], MouthPatch]:
    """A frame with an open mouth, its points and its mouth."""
    frame = max(film, key=lambda picture: mouth_area(tracker.detect(picture)[0].points))
    points = tracker.detect(frame)[0].points
    pixels, corner = cut_mouth(frame, points)
    return frame, points, MouthPatch(pixels, np.array(corner), points)


@pytest.fixture
def opened(face: NDArray[Any]) -> NDArray[Any]:
    return with_area(face, 0.08).astype(np.float32)


@pytest.fixture
def canvas(photograph: NDArray[Any]) -> NDArray[Any]:
    return photograph.copy()


def between_lips(points: NDArray[Any], size: tuple[int, int, int], inset: int = 0) -> NDArray[Any]:
    mask = np.zeros(size[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(points[MOUTH.contour, :2]).astype(np.int32)], (1,))
    return cv2.erode(mask, np.ones((3, 3), np.uint8), iterations=inset) > 0 if inset else mask > 0


def test_area_is_in_squared_units(face: NDArray[Any]) -> None:
    opened = with_area(face, 0.05)
    assert mouth_area(opened) == pytest.approx(0.05, rel=0.01)
    assert mouth_area(3 * opened) == pytest.approx(mouth_area(opened))
    assert mouth_area(with_area(face, 0)) == pytest.approx(0, abs=1e-4)


def test_gate_is_0_and_1_at_its_thresholds(face: NDArray[Any]) -> None:
    closed = with_area(face, 0)
    cases = (
        (0, 0, CLOSED_AREA, OPENING_AREA),
        (0.0, 0.04, 0.04, OPENING_AREA),
        (0.05, 0.05, 0.05 + CLOSED_AREA, OPENING_AREA),  # the driver's own rest is as open
        (0.05, 0.0, 0.05 + CLOSED_AREA, OPENING_AREA),  # beyond what the portrait shows
    )
    for rest, neutral, first, width in cases:
        arguments = with_area(face, rest), with_area(face, neutral), 0.0
        assert shown(closed, *arguments) == 0
        assert shown(with_area(face, 0.99 * first), *arguments) == 0
        assert 0 < shown(with_area(face, first + 0.1 * width), *arguments) < 0.1
        assert shown(with_area(face, first + 0.5 * width), *arguments) == pytest.approx(0.5, abs=0.03)
        assert shown(with_area(face, first + 1.02 * width), *arguments) == 1
        assert shown(with_area(face, 0.5), *arguments) == 1


def test_a_driver_who_is_the_portrait_lends_an_open_mouth_from_the_start(face: NDArray[Any]) -> None:
    """A portrait taken from the clip in mid-speech: whatever mouth the clip shows is the portrait's own."""
    talking = with_area(face, 0.05)
    for area in (0.03, 0.05, 0.07):
        assert shown(with_area(face, area), talking, talking, 1.0) == 1
        stranger = shown(with_area(face, area), talking, talking, 0.0)
        assert stranger <= shown(with_area(face, area), talking, talking, 0.5) <= 1
    assert shown(with_area(face, 0), talking, talking, 1.0) == 0


@pytest.mark.parametrize(("area", "shows"), [(0.0165, False), (0.021, True)])
def test_a_mouth_is_all_seen_from_twice_the_area_of_a_closed_one(face: NDArray[Any], area: float, shows: bool) -> None:
    """Opened by speech; below, lips that part by the tracker's error must not flash teeth."""
    closed = with_area(face, 0)
    share = shown(with_area(face, area), closed, closed, 0.0)
    assert share == 1 if shows else 0.5 < share < 0.85


def test_gate_is_continuous(face: NDArray[Any]) -> None:
    closed = with_area(face, 0)
    shares = [shown(with_area(face, area), closed, closed, 0.0) for area in np.linspace(0.005, 0.03, 251)]
    steps = np.diff(shares)
    assert (steps >= 0).all()
    assert steps.max() < 0.02


def test_closed_mouth_is_not_cut(talking: tuple[NDArray[Any], NDArray[Any], MouthPatch], face: NDArray[Any]) -> None:
    frame, _, _ = talking
    pixels, corner = cut_mouth(frame, with_area(face, 0.2 * CLOSED_AREA))
    assert pixels.shape == (0, 0, 3)
    assert corner == (0, 0)
    assert pixels_between_lips(pixels, corner, face).shape == (0, 3)


def test_patch_holds_the_mouth(talking: tuple[NDArray[Any], NDArray[Any], MouthPatch]) -> None:
    frame, points, patch = talking
    left, top = patch.corner
    height, width = patch.pixels.shape[:2]
    np.testing.assert_array_equal(patch.pixels, frame[top : top + height, left : left + width])
    low, high = points[MOUTH.contour, :2].min(axis=0), points[MOUTH.contour, :2].max(axis=0)
    assert (patch.corner < low).all() and (patch.corner + np.array([width, height]) > high + 1).all()


def test_pixels_between_lips_are_the_mouths(talking: tuple[NDArray[Any], NDArray[Any], MouthPatch]) -> None:
    frame, points, patch = talking
    found = pixels_between_lips(patch.pixels, tuple(patch.corner), points)
    np.testing.assert_allclose(found, frame[between_lips(points, frame.shape)].astype(np.float32) / 255)


def test_nothing_is_painted_outside_the_lips(
    canvas: NDArray[Any],
    opened: NDArray[Any],
    talking: tuple[NDArray[Any], NDArray[Any], MouthPatch],
    photograph: NDArray[Any],
) -> None:
    paint_mouth(canvas, opened, talking[2], COLOURED, GREY, 1.0)
    changed = (canvas != photograph).any(axis=2)
    assert changed.sum() > 100
    around = cv2.dilate(between_lips(opened, canvas.shape).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    assert not (changed & ~around).any()


@pytest.mark.parametrize("driver", [COLOURED, GREY])
def test_grey_portrait_stays_exactly_grey(
    canvas: NDArray[Any],
    opened: NDArray[Any],
    talking: tuple[NDArray[Any], NDArray[Any], MouthPatch],
    photograph: NDArray[Any],
    driver: Palette,
) -> None:
    assert np.ptp(talking[2].pixels.astype(int), axis=2).max() > 30  # the driver is not grey
    portrait = measure_palette(photograph.astype(np.float32) / 255, opened)
    paint_mouth(canvas, opened, talking[2], driver, portrait, 0.7)
    assert (canvas != photograph).any()
    assert not np.ptp(canvas.astype(int), axis=2).any()


def test_grey_portrait_in_floats_stays_exactly_grey(
    photograph: NDArray[Any], opened: NDArray[Any], talking: tuple[NDArray[Any], NDArray[Any], MouthPatch]
) -> None:
    canvas = photograph.astype(np.float32) / 255
    paint_mouth(canvas, opened, talking[2], COLOURED, GREY, 1.0)
    assert (canvas != photograph.astype(np.float32) / 255).any()
    assert not np.ptp(canvas, axis=2).any()


def test_same_palette_gives_the_drivers_colours_back(talking: tuple[NDArray[Any], NDArray[Any], MouthPatch]) -> None:
    frame, points, patch = talking
    palette = measure_palette(frame.astype(np.float32) / 255, points)
    canvas = np.full_like(frame, 128)
    middle = between_lips(points, frame.shape, inset=3)
    canvas[~between_lips(points, frame.shape)] = frame[~between_lips(points, frame.shape)]
    canvas[between_lips(points, frame.shape)] = frame[middle].mean(axis=0)
    paint_mouth(canvas, points, patch, palette, palette, 1.0)
    difference = canvas[middle].astype(float) - frame[middle]
    assert middle.sum() > 20
    assert np.abs(difference).mean() < 3
    assert np.abs(difference.mean(axis=0)).max() < 3


def test_whole_frame_painted_onto_itself_stays(talking: tuple[NDArray[Any], NDArray[Any], MouthPatch]) -> None:
    frame, points, patch = talking
    palette = measure_palette(frame.astype(np.float32) / 255, points)
    canvas = frame.copy()
    paint_mouth(canvas, points, patch, palette, palette, 1.0)
    difference = np.abs(canvas.astype(float) - frame)[between_lips(points, frame.shape)]
    assert difference.mean() < 3


def test_teeth_are_not_brighter_than_the_portraits_own_white(
    canvas: NDArray[Any], opened: NDArray[Any], talking: tuple[NDArray[Any], NDArray[Any], MouthPatch]
) -> None:
    bright = replace(talking[2], pixels=np.full_like(talking[2].pixels, 255))
    portrait = replace(GREY, brightest=0.5)
    driver = replace(COLOURED, white=np.float32([1.0] * 3), teeth=np.float32([1.0] * 3), dark=0.0, brightest=1.0)
    canvas[:] = 0
    paint_mouth(canvas, opened, bright, driver, portrait, 1.0)
    assert canvas.max() <= 189  # luminance 0.5, encoded


def test_flesh_is_as_dark_against_the_white_as_the_portraits_lips(
    opened: NDArray[Any], talking: tuple[NDArray[Any], NDArray[Any], MouthPatch]
) -> None:
    """A tongue of the driver's light behind the black lips of an old photograph would look like a grey ball."""

    def light(colour: NDArray[Any], portrait: Palette) -> float:
        pixels = np.full_like(talking[2].pixels, np.round(255 * linear_to_srgb_clipped(np.float32(colour))))
        canvas = np.zeros((256, 256, 3), np.uint8)
        paint_mouth(canvas, opened, replace(talking[2], pixels=pixels), COLOURED, portrait, 1.0)
        return float(linear_of_bytes(canvas[between_lips(opened, canvas.shape, inset=6)])[..., 1].mean())

    dark_lips = replace(GREY, flesh=np.float32([0.06] * 3))
    for colour, changes in ((COLOURED.teeth, False), (COLOURED.flesh, True)):
        before, after = light(colour, GREY), light(colour, dark_lips)
        assert before > 0.05
        assert (after < 0.65 * before) if changes else after == pytest.approx(before, rel=0.02)


def test_black_lips_leave_a_tongue_in_the_mouth(
    opened: NDArray[Any], talking: tuple[NDArray[Any], NDArray[Any], MouthPatch], photograph: NDArray[Any]
) -> None:
    """Red is black in old photographs: from three tenths of the driver's lips on, darker ones change nothing more."""
    canvases = []
    for lips in (0.05, 0.25, 0.4):
        flesh = np.float32(lips * float(luminance(COLOURED.flesh) / luminance(COLOURED.white)) * GREY.white)
        canvas = photograph.copy()
        paint_mouth(canvas, opened, talking[2], COLOURED, replace(GREY, flesh=flesh), 1.0)
        canvases.append(canvas.astype(int))
    black, dark, light = canvases
    assert np.abs(black - dark).max() <= 1
    assert (light - dark).max() > 3


def test_share_blends(
    canvas: NDArray[Any],
    opened: NDArray[Any],
    talking: tuple[NDArray[Any], NDArray[Any], MouthPatch],
    photograph: NDArray[Any],
) -> None:
    whole, half = canvas, canvas.copy()
    paint_mouth(whole, opened, talking[2], COLOURED, GREY, 1.0)
    paint_mouth(half, opened, talking[2], COLOURED, GREY, 0.5)
    np.testing.assert_allclose(half, (whole.astype(float) + photograph) / 2, atol=1.01)


def test_share_0_changes_nothing(
    canvas: NDArray[Any],
    opened: NDArray[Any],
    talking: tuple[NDArray[Any], NDArray[Any], MouthPatch],
    photograph: NDArray[Any],
) -> None:
    paint_mouth(canvas, opened, talking[2], COLOURED, GREY, 0.0)
    np.testing.assert_array_equal(canvas, photograph)


def test_alpha_is_not_touched(
    photograph: NDArray[Any], opened: NDArray[Any], talking: tuple[NDArray[Any], NDArray[Any], MouthPatch]
) -> None:
    canvas = np.dstack([photograph, np.full(photograph.shape[:2], 77, np.uint8)]).astype(np.float32) / 255
    before = canvas.copy()
    paint_mouth(canvas, opened, talking[2], COLOURED, GREY, 1.0)
    np.testing.assert_array_equal(canvas[..., 3], before[..., 3])
    assert (canvas[..., :3] != before[..., :3]).any()


def test_a_mouth_of_which_nothing_is_known_is_dark_flesh_shaded_towards_the_lips(
    canvas: NDArray[Any],
    opened: NDArray[Any],
    talking: tuple[NDArray[Any], NDArray[Any], MouthPatch],
    photograph: NDArray[Any],
) -> None:
    empty = MouthPatch(np.empty((0, 0, 3), np.uint8), np.zeros(2, int), talking[1])
    paint_mouth(canvas, opened, empty, COLOURED, COLOURED, 1.0)
    inside = between_lips(opened, canvas.shape)
    assert (canvas[~inside] == photograph[~inside]).mean() > 0.999
    depth = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    middle, beside = canvas[depth > 0.7 * depth.max()].mean(axis=0), canvas[(depth > 2) & (depth < 4)].mean(axis=0)
    assert (beside < middle).all()
    assert middle[2] > 1.2 * middle[0]  # lips are red here
    assert 10 < middle.mean() < 90


def test_patch_of_one_pixel_fills_the_mouth(
    canvas: NDArray[Any], opened: NDArray[Any], talking: tuple[NDArray[Any], NDArray[Any], MouthPatch]
) -> None:
    left, top = talking[2].corner + 5
    pixel = MouthPatch(talking[0][top : top + 1, left : left + 1], np.array([left, top]), talking[1])
    paint_mouth(canvas, opened, pixel, COLOURED, GREY, 1.0)
    assert canvas[between_lips(opened, canvas.shape, inset=4)].std() < 12


@pytest.mark.parametrize("size", [0.0, 0.02, 0.3], ids=["a point", "a pixel", "few pixels"])
def test_tiny_mouth_raises_nothing(
    canvas: NDArray[Any],
    opened: NDArray[Any],
    talking: tuple[NDArray[Any], NDArray[Any], MouthPatch],
    photograph: NDArray[Any],
    size: float,
) -> None:
    middle = opened[MOUTH.contour].mean(axis=0)
    tiny = opened.copy()
    tiny[MOUTH.contour] = middle + size * (opened[MOUTH.contour] - middle)
    paint_mouth(canvas, tiny, talking[2], COLOURED, GREY, 1.0)
    changed = np.argwhere((canvas != photograph).any(axis=2))[:, ::-1]
    if len(changed):
        assert np.linalg.norm(changed - middle[:2], axis=1).max() < 2 + 0.5 * outer_eye_distance(opened) * size


@pytest.mark.parametrize("edge", ["left", "top", "right", "bottom", "corner", "beyond"])
def test_mouth_at_the_edge_of_the_picture_raises_nothing(
    canvas: NDArray[Any],
    opened: NDArray[Any],
    talking: tuple[NDArray[Any], NDArray[Any], MouthPatch],
    photograph: NDArray[Any],
    edge: str,
) -> None:
    height, width = canvas.shape[:2]
    x, y = {
        "left": (0, 150),
        "top": (120, 0),
        "right": (width - 1, 150),
        "bottom": (120, height - 1),
        "corner": (width - 1, height - 1),
        "beyond": (-300, -300),
    }[edge]
    moved = opened.copy()
    moved[:, :2] += (x, y) - opened[MOUTH.contour, :2].mean(axis=0)
    paint_mouth(canvas, moved, talking[2], COLOURED, GREY, 1.0)
    assert (canvas != photograph).any() == (edge != "beyond")


def test_driver_at_the_edge_of_its_frame_raises_nothing(
    canvas: NDArray[Any], opened: NDArray[Any], talking: tuple[NDArray[Any], NDArray[Any], MouthPatch]
) -> None:
    frame, points, _ = talking
    moved = points.copy()
    moved[:, 0] -= points[MOUTH.contour, 0].mean()
    pixels, corner = cut_mouth(frame, moved)
    assert corner[0] == 0 and pixels.size
    paint_mouth(canvas, opened, MouthPatch(pixels, np.array(corner), moved), COLOURED, GREY, 1.0)
    away = points + np.float32((1000, 0, 0))
    pixels, corner = cut_mouth(frame, away)
    assert not pixels.size
    assert not pixels_between_lips(pixels, corner, away).size


def test_large_driver_does_not_alias(
    opened: NDArray[Any], talking: tuple[NDArray[Any], NDArray[Any], MouthPatch]
) -> None:
    """A fine chequered mouth seven times as large becomes an even one, not a coarse pattern."""
    frame, points, _ = talking
    large = cv2.resize(frame, None, fx=7, fy=7)
    y, x = np.indices(large.shape[:2])
    large[:] = np.where((x // 2 + y // 2) % 2, 235, 20)[..., None]
    pixels, corner = cut_mouth(large, 7 * points)
    canvas = np.full((343, 256, 3), 128, np.uint8)
    paint_mouth(canvas, opened, MouthPatch(pixels, np.array(corner), 7 * points), GREY, GREY, 1.0)
    assert canvas[between_lips(opened, canvas.shape, inset=4)].std() < 12


def test_blended_mouths_cover_as_one_does(
    opened: NDArray[Any], talking: tuple[NDArray[Any], NDArray[Any], MouthPatch], photograph: NDArray[Any]
) -> None:
    whole, blend, half = photograph.copy(), photograph.copy(), photograph.copy()
    mouth = (talking[2], COLOURED)
    paint_mouth(whole, opened, *mouth, GREY, 1.0)
    paint_mouths(Canvas(blend), opened, [(0.3, *mouth), (0.5, *mouth), (0.2, *mouth)], GREY, Inside(1.0))
    paint_mouths(Canvas(half), opened, [(0.5, *mouth), (0.25, *mouth)], GREY, Inside(0.5))
    assert np.abs(blend.astype(int) - whole).max() <= 2
    assert np.abs(half.astype(int) - (photograph.astype(int) + whole) / 2).max() <= 2


def test_a_shut_mouth_is_not_stretched_over_an_open_one(
    opened: NDArray[Any],
    talking: tuple[NDArray[Any], NDArray[Any], MouthPatch],
    photograph: NDArray[Any],
    face: NDArray[Any],
) -> None:
    whole, blend = photograph.copy(), photograph.copy()
    shut = replace(talking[2], points=with_area(face, CLOSED_AREA / 2 + 1e-5))
    paint_mouth(whole, opened, talking[2], COLOURED, GREY, 1.0)
    paint_mouths(Canvas(blend), opened, [(0.5, shut, GREY), (0.5, talking[2], COLOURED)], GREY, Inside(1.0))
    assert np.abs(blend.astype(int) - whole).max() <= 2
    paint_mouths(Canvas(blend), opened, [], GREY, Inside(1.0))
    empty = MouthPatch(np.empty((0, 0, 3), np.uint8), np.zeros(2, int), with_area(face, 0))
    before = blend.copy()
    paint_mouths(Canvas(blend), opened, [(1.0, empty, GREY)], GREY, Inside(1.0))
    assert blend.mean() < before.mean()  # no mouth is shown: the inside is dark


class Alpha(Canvas):
    """Keeps how far the mouth shows."""

    def blend_mouth(self, box: Box, inside: NDArray[Any], alpha: NDArray[Any], sources: Any) -> None:
        self.box, self.alpha = box, alpha[..., 0]


def test_the_edge_of_a_mouth_is_neither_cut_nor_blurred(
    talking: tuple[NDArray[Any], NDArray[Any], MouthPatch], face: NDArray[Any]
) -> None:
    """It fades in, from the lips' edge inwards, within a hundredth of the distance between the eyes."""
    _, _, patch = talking
    moved = (with_area(face, 0.1) * (1000 / outer_eye_distance(face))).astype(np.float32)
    moved[:, :2] += 300 - moved[MOUTH.contour, :2].min(axis=0)
    width, height = (moved[MOUTH.contour, :2].max(axis=0) + 100).astype(int).tolist()
    canvas = Alpha(np.zeros((height, width, 3), np.uint8))
    paint_mouths(canvas, moved, [(1.0, patch, COLOURED)], COLOURED, Inside(1.0))
    across_lips = canvas.alpha[:, canvas.alpha.shape[1] // 2]
    rising = across_lips[: int(np.argmax(across_lips > 0.99)) + 1]
    fades = np.count_nonzero((rising > 0.02) & (rising < 0.95))
    assert 7 <= fades <= 9
