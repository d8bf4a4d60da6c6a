"""Make the pictures of ``method``, ``timing``, ``film`` and ``results`` in ``docs/``, from the test assets alone.

``$(make -s python) tools/method_pictures.py`` makes all, ``... method_pictures.py mouth ratio`` only those named. The
README's own picture, ``demo``, is the sheet that ``make demo`` has left, and is passed over where that was not run.
``... method_pictures.py --values`` makes no picture: it sets the defaults in the tables of ``docs/method.md`` to the
code's.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
ASSETS = ROOT / "tests" / "assets"
PICTURES = ROOT / "docs" / "pictures"
METHOD = ROOT / "docs" / "method.md"
SHEET = ROOT / "build" / "demo" / "sheet.png"

sys.path.insert(0, str(ROOT))

from portrait_addon.jobs.baking import analyse  # noqa: E402
from portrait_addon.jobs.job import run  # noqa: E402
from portrait_addon.jobs.tracking import TrackJob  # noqa: E402
from portrait_addon.media.clips import open_clip  # noqa: E402
from portrait_addon.media.pictures import SourceImage, read_picture  # noqa: E402
from portrait_addon.pipeline.clip.expression_curves import ExpressionCurves, curves_of, performance_of  # noqa: E402
from portrait_addon.pipeline.clip.neutral import activity  # noqa: E402
from portrait_addon.pipeline.clip.outliers import (  # noqa: E402
    SIGNIFICANT,
    WINDOW,
    best_differences,
    outliers,
    reference_frame,
)
from portrait_addon.pipeline.clip.ratio_images import RatioImageExtractor  # noqa: E402
from portrait_addon.pipeline.face.mesh import FACE_OVAL, MOUTH, OUTER_EYE_CORNERS, ibug_68, outer_eye_distance  # noqa: E402
from portrait_addon.pipeline.face.openings import mouth_area  # noqa: E402
from portrait_addon.pipeline.frame.compositor import Compositor  # noqa: E402
from portrait_addon.pipeline.frame.control_points import control_points  # noqa: E402
from portrait_addon.pipeline.frame.surround import surround_field  # noqa: E402
from portrait_addon.pipeline.frame.target_compositor import TargetCompositor  # noqa: E402
from portrait_addon.pipeline.head.model import EXPRESSION_UNITS  # noqa: E402
from portrait_addon.pipeline.imaging.arrays import Float32Array, ImageArray, Points, UInt8Array  # noqa: E402
from portrait_addon.pipeline.imaging.colour import encoded_luminance  # noqa: E402
from portrait_addon.pipeline.imaging.raster import jacobian  # noqa: E402
from portrait_addon.pipeline.pair.correspondence import Correspondence  # noqa: E402
from portrait_addon.pipeline.pair.pair import Pair  # noqa: E402
from portrait_addon.pipeline.portrait.prepared import PreparedPortrait  # noqa: E402
from portrait_addon.pipeline.portrait.surround_grid import surround_grid  # noqa: E402
from portrait_addon.pipeline.portrait.tooth_picture import WIDTH  # noqa: E402
from portrait_addon.pipeline.records.face import BLENDSHAPES  # noqa: E402
from portrait_addon.pipeline.records.masks import COLOURED  # noqa: E402
from portrait_addon.pipeline.records.moment import Mix, Moment  # noqa: E402
from portrait_addon.pipeline.records.performance import Performance  # noqa: E402
from portrait_addon.pipeline.records.portrait import Portrait  # noqa: E402
from portrait_addon.pipeline.records.settings import Settings, TargetSettings  # noqa: E402
from portrait_addon.pipeline.timeline.playback import Playback  # noqa: E402
from portrait_addon.pipeline.timeline.reactions import IDLE, Timeline, frame_count, plan_stretches, weights_at  # noqa: E402

Colour = tuple[int, int, int]

FORD, MONA_LISA = "ford_1888", "mona_lisa"
SMILE, EXPRESSIONS, TALK = "demo_smile_mit", "demo_expressions_mit", "demo_talk_ccby"
SMILES, BLINKS = "mouthSmileLeft", "eyeBlinkLeft"
AT_REST, SMILING = f"{SMILE}:1", f"{SMILE}:40"
"""Frames of a clip that serve as portraits in colour."""

QUALITY = 84
"""Of the JPEG files."""

NUMBERS: tuple[dict[str, float], ...] = (
    {"mouthSmile": 0.8, "mouthUpperUp": 0.6, "mouthLowerDown": 0.5, "jawOpen": 0.25, "cheekSquint": 0.6},
    {"jawOpen": 0.55, "mouthUpperUp": 0.4, "mouthLowerDown": 0.5, "browInnerUp": 0.6, "browOuterUp": 0.5},
    {
        "jawOpen": 0.12,
        "mouthUpperUp": 0.4,
        "mouthLowerDown": 0.5,
        "mouthStretch": 0.4,
        "browDown": 0.9,
        "noseSneer": 0.5,
    },
)
"""A laugh, a shout and an angry word."""

GAP = 8
EYES_APART = 79.0  # millimetres between the outer corners of the head's eyes
"""White pixels between the pictures of a row."""

BLUE, GREEN, RED, YELLOW, GREY = (230, 140, 40), (60, 180, 60), (50, 50, 220), (0, 200, 240), (150, 150, 150)
MOMENTS = 6
"""Of a clip on the sheets of results."""


def composed(portrait: Portrait, mix: Mix, settings: Settings) -> ImageArray:
    """Compose one frame."""
    return Compositor(PreparedPortrait(portrait)).frame(mix, settings).picture


@dataclass(frozen=True, eq=False)
class Example:
    """A portrait and a clip, and what they have in common."""

    portrait: Portrait
    performance: Performance
    clip: str

    @property
    def shared(self) -> Correspondence:
        """What the two have in common."""
        return Pair.of(self.portrait, self.performance).correspondence

    def frame(self, number: int) -> UInt8Array:
        """A frame of the clip, by its number from 1."""
        return frames_of(self.clip)[number - 1]

    def composed(self, number: int, **settings: float) -> UInt8Array:
        """The portrait in a frame, with settings other than the defaults by name."""
        return np.asarray(composed(self.portrait, (Moment(self.performance, number),), Settings(**settings)), np.uint8)

    def peak(self, blendshape: str) -> int:
        """Number of the frame in which the driver makes an expression most."""
        return int(np.argmax(self.performance.blendshapes[:, BLENDSHAPES.index(blendshape)])) + 1

    @property
    def widest(self) -> int:
        """Number of the frame with the widest open mouth."""
        return int(np.argmax([mouth_area(points) for points in self.performance.points])) + 1

    @property
    def reference(self) -> int:
        """Number of the frame that deforms the face most."""
        return reference_frame(self.performance.points, self.performance.neutral_points) + 1


@cache
def pair(portrait: str, clip: str) -> Example:
    """Analyse and track, each once."""
    return Example(_portrait(portrait), _performance(clip), clip)


@cache
def _portrait(name: str) -> Portrait:
    """A picture by its name, or a frame of a clip by the clip's name, a colon and the frame's number from 1."""
    clip, _, number = name.partition(":")
    if not number:
        return analyse(read_picture(ASSETS / f"{name}.jpg"))
    return analyse(SourceImage(frames_of(clip)[int(number) - 1], name))


@cache
def _performance(name: str) -> Performance:
    return run(TrackJob(ASSETS / f"{name}.mp4"))


@cache
def frames_of(name: str) -> list[UInt8Array]:
    """All frames of a clip; the clips are short."""
    return [picture for _, picture in open_clip(ASSETS / f"{name}.mp4")]


@cache
def recorder(clip: str) -> RatioImageExtractor:
    """What measures the ratio images of a clip."""
    performance = _performance(clip)
    return RatioImageExtractor(frames_of(clip)[performance.neutral - 1], performance.neutral_points)


# Pictures side by side


def beside(*pictures: NDArray[Any], height: int = 420) -> UInt8Array:
    """Pictures in a row, brought to one height."""
    scaled = [to_height(picture, height) for picture in pictures]
    gap = np.full((height, GAP, 3), 255, np.uint8)
    row = [part for picture in scaled for part in (gap, picture)][1:]
    return np.hstack(row)


def to_height(picture: NDArray[Any], height: int) -> UInt8Array:
    """A picture of another size, as BGR."""
    colour = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR) if picture.ndim == 2 else picture
    shrink = height < colour.shape[0]
    width = max(1, round(colour.shape[1] * height / colour.shape[0]))
    how = cv2.INTER_AREA if shrink else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(colour, (width, height), interpolation=how), np.uint8)


def around(
    picture: UInt8Array, points: Points, reach: float, proportions: float = 0.8, drop: float = 0.3
) -> UInt8Array:
    """A picture's part round a face.

    Parameters
    ----------
    picture : (h, w, 3) array
    points : (478, 3) array
        Of the face.
    reach : float
        Half the height of the part, in outer-eye distances.
    proportions : float
        Width by height.
    drop : float
        How far the middle lies below the eyes, in outer-eye distances.
    """
    unit = outer_eye_distance(points)
    middle = points[list(OUTER_EYE_CORNERS), :2].mean(axis=0) + np.array([0, drop * unit])
    half = np.array([proportions * reach * unit, reach * unit])
    left, top = np.maximum(np.round(middle - half), 0).astype(int)
    right, bottom = np.round(middle + half).astype(int)
    return picture[top:bottom, left:right]


def dots(picture: UInt8Array, points: Points, colour: Colour, radius: float) -> None:
    """Draw points into a picture, anti-aliased."""
    for x, y in points[:, :2]:
        cv2.circle(picture, (round(x * 16), round(y * 16)), round(radius * 16), colour, -1, cv2.LINE_AA, 4)


def lines(picture: UInt8Array, points: Points, triangles: NDArray[np.int32], colour: Colour) -> None:
    """Draw triangles into a picture."""
    corners = np.round(points[triangles, :2] * 16).astype(np.int32)
    cv2.polylines(picture, list(corners), True, colour, 1, cv2.LINE_AA, 4)


def heat(values: Float32Array, low: float, high: float) -> UInt8Array:
    """Numbers as colours: blue below the middle of the range, red above, white between."""
    place = np.clip((np.asarray(values, np.float32) - low) / (high - low), 0, 1)[..., None]
    blue, white, red = (np.array(colour, np.float32) for colour in ((180, 90, 30), (250, 250, 250), (40, 40, 200)))
    below, above = 1 - np.minimum(2 * place, 1), np.maximum(2 * place - 1, 0)
    return np.asarray(np.rint(white + below * (blue - white) + above * (red - white)), np.uint8)


# The method, in its order


def points() -> UInt8Array:
    """Step 1: the tracked points and the 68 among them, in the neutral frame and on the portrait."""
    two = pair(FORD, SMILE)
    views = []
    for picture, face in (
        (two.frame(two.performance.neutral), two.performance.neutral_points),
        (two.portrait.picture, two.portrait.points),
    ):
        drawn, size = np.array(picture, np.uint8), outer_eye_distance(face) / 100
        dots(drawn, face, BLUE, 0.9 * size)
        dots(drawn, ibug_68(face), YELLOW, 2.2 * size)
        views.append(around(drawn, face, 1.7, 0.9, 0.35))
    return beside(*views, height=480)


def neutral() -> UInt8Array:
    """Step 1: how far every frame is from rest, and the frame that was chosen."""
    performance = _performance(EXPRESSIONS)
    distance = activity(performance.points, performance.blendshapes, performance.head_matrices)
    height, width = 240, 800
    chart = np.full((height, width, 3), 255, np.uint8)
    x = np.linspace(10, width - 10, len(distance))
    y = height - 15 - (height - 30) * distance / distance.max()
    cv2.polylines(chart, [np.round(np.column_stack([x, y]) * 16).astype(np.int32)], False, BLUE, 2, cv2.LINE_AA, 4)
    row = performance.neutral - 1
    cv2.line(chart, (round(x[row]), 0), (round(x[row]), height), GREEN, 2, cv2.LINE_AA)
    shown = frames_of(EXPRESSIONS)
    return beside(chart, shown[row], shown[int(np.argmax(distance))], height=height)


def peripheral() -> UInt8Array:
    """Step 1: points outside the face, their ways through the clip, and the triangles that they make."""
    two = pair(FORD, EXPRESSIONS)
    performance, shared = two.performance, two.shared
    driver = two.frame(performance.neutral).copy()
    ways = performance.peripheral + performance.peripheral_offsets
    for way in np.swapaxes(ways, 0, 1):
        cv2.polylines(driver, [np.round(way * 16).astype(np.int32)], False, YELLOW, 1, cv2.LINE_AA, 4)
    dots(driver, performance.peripheral, RED, 1.6)
    target = np.array(two.portrait.picture, np.uint8)
    corners = shared.surround(two.portrait.points, shared.cranium, shared.peripheral)
    lines(target, corners, shared.triangles, GREY)
    size = two.portrait.unit / 60
    dots(target, shared.peripheral, RED, size)
    dots(target, shared.cranium, GREEN, size)
    return beside(around(driver, performance.neutral_points, 2.2, 0.85, 0.2), target, height=520)


def field() -> UInt8Array:
    """Step 2: a grid that is animated as the portrait is, without smoothing and with it; what folds over is red."""
    two = pair(FORD, EXPRESSIONS)
    number = two.widest
    grid = np.array(two.portrait.picture, np.uint8)
    spacing = round(two.portrait.unit / 10)
    for shift in range(2):
        grid[shift::spacing], grid[:, shift::spacing] = YELLOW, YELLOW
    ruled = replace(two.portrait, picture=grid)
    match, cells = Pair.of(ruled, two.performance), surround_grid(ruled)
    moved = control_points(ruled, two.performance, match, Settings(), number)
    face: UInt8Array = np.zeros(grid.shape[:2], np.uint8)
    cv2.fillPoly(face, [np.round(moved.face[list(FACE_OVAL), :2]).astype(np.int32)], (1,))
    views = []
    for smoothing in (0.0, 1.0):
        settings = Settings(smoothing=smoothing, mouth_transfer=0, wrinkles=0)
        seen = np.array(composed(ruled, (Moment(two.performance, number),), settings), np.uint8)
        samples = surround_field(ruled, cells, match.correspondence, moved, smoothing)
        field = cells.upsample(samples, ruled.box)
        folded = np.pad(jacobian(field, 1) <= 0, ((0, 1), (0, 1)))
        seen[folded & (face == 0)] = RED  # what the face covers is not seen
        views.append(seen)
    return beside(*views, height=560)


def coarse() -> UInt8Array:
    """Step 2: the driver, and the portrait warped and not yet anything else."""
    two = pair(FORD, SMILE)
    return _expression(two, two.peak(SMILES), {"mouth_transfer": 0, "wrinkles": 0})


def depth() -> UInt8Array:
    """Step 2: a nod, and three times the nod by flat offsets and turned in depth."""
    two = pair(FORD, SMILE)
    forward = two.performance.head_matrices[:, 1, 2]
    number = int(np.argmax(np.abs(forward - forward[two.performance.neutral - 1]))) + 1
    return _expression(two, number, *({"head_motion": 3, "depth": share} for share in (0, 1)))


def resting() -> UInt8Array:
    """Step 2: a portrait that smiles, with its driver at rest at three strengths, and with a driver who speaks."""
    two = pair(SMILING, TALK)
    at_rest = two.performance.neutral
    shares = [two.composed(at_rest, absolute=share) for share in (0.5, 1.0)]
    views = [two.portrait.picture, *shares, two.composed(two.widest)]
    return beside(*(around(np.asarray(view, np.uint8), two.portrait.points, 1.4) for view in views), height=280)


def curves() -> UInt8Array:
    """The driver, and the portrait that follows the clip and only its numbers."""
    two, rows = pair(FORD, EXPRESSIONS), []
    numbers = replace(two, performance=performance_of(curves_of(two.performance)))
    for frame in (two.widest, two.peak(SMILES), two.peak(BLINKS)):
        views = [around(two.frame(frame), two.performance.points[frame - 1], 1.4)]
        views += [around(driven.composed(frame), two.portrait.points, 1.4) for driven in (two, numbers)]
        rows.append(beside(*views, height=280))
    return _stacked(rows)


def camera() -> UInt8Array:
    """A photograph and a painting as they are, from near, from far, and from both sides."""
    places: list[dict[str, float]] = [
        {}, {"camera_distance": 0.4}, {"camera_distance": 5}, {"camera_turn": -15}, {"camera_turn": 15},
    ]  # fmt: skip
    rows = []
    for portrait in map(_portrait, (FORD, MONA_LISA)):
        views = [np.asarray(composed(portrait, (), Settings(**place)), np.uint8) for place in places]
        rows.append(beside(*(around(view, portrait.points, 2.6) for view in views), height=300))
    return _stacked(rows)


def mouth() -> UInt8Array:
    """Step 3: the driver's mouth, the portrait's lips without and with it."""
    rows = []
    for clip in (SMILE, EXPRESSIONS):
        two = pair(FORD, clip)
        number = two.widest
        views = [around(two.frame(number), two.performance.points[number - 1], 0.55, 1.4, 0.85)]
        for share in (0.0, 1.0):
            shown = two.composed(number, mouth_transfer=share, mouth_modelled=0, wrinkles=0)
            views.append(around(shown, two.portrait.points, 0.55, 1.4, 0.85))
        rows.append(beside(*views, height=240))
    return _stacked(rows)


def modelled_mouth() -> UInt8Array:
    """A shout, a laugh and speech: the driver's frame, his mouth in three portraits, and the modelled one in them."""
    rows = []
    for clip, numbers in ((EXPRESSIONS, (68, 134)), (SMILE, (38,)), (TALK, (35,))):
        for number in numbers:
            two = pair(FORD, clip)
            views = [around(two.frame(number), two.performance.points[number - 1], 0.6, 1.3, 0.9)]
            for name in (FORD, AT_REST, MONA_LISA):
                other = pair(name, clip)
                for share in (0.0, 1.0):
                    shown = other.composed(number, mouth_modelled=share)
                    views.append(around(shown, other.portrait.points, 0.6, 1.3, 0.9))
            rows.append(beside(*views, height=170))
    return _stacked(rows)


def modelled_numbers() -> UInt8Array:
    """Portraits that only numbers drive: without modelled teeth and learned creases, and with them."""
    rows, driver = [], _numbers_driver()
    for name in (FORD, AT_REST, MONA_LISA):
        portrait = _portrait(name)
        views = []
        for row in range(len(NUMBERS)):
            for share in (0.0, 1.0):
                settings = Settings(mouth_modelled=share, crease_bank=share)
                picture = np.asarray(composed(portrait, (Moment(driver, row + 1.0),), settings), np.uint8)
                views.append(around(picture, portrait.points, 1.15))
        rows.append(beside(*views, height=200))
    return _stacked(rows)


def _numbers_driver() -> Performance:
    """A driver of which there are numbers alone, see `NUMBERS`."""
    curves = ExpressionCurves.at_rest(np.arange(len(NUMBERS)) / 25)
    for row, weights in enumerate(NUMBERS):
        for name, value in weights.items():
            for unit in (name, f"{name}Left", f"{name}Right"):
                if unit in EXPRESSION_UNITS:
                    curves.weights[row, EXPRESSION_UNITS.index(unit)] = value
    return performance_of(curves)


def real_teeth() -> UInt8Array:
    """Teeth that are cut out of a clip, and two portraits with modelled teeth and with these."""
    teeth = _teeth_of(SMILING)
    opaque = teeth[..., 3:].astype(np.float32) / 255
    views = [np.asarray(teeth[..., :3] * opaque + 200 * (1 - opaque), np.uint8)]
    driver = _numbers_driver()
    for name in (FORD, MONA_LISA):
        plain = _portrait(name)
        worn = SourceImage(plain.picture, name).with_masks({"teeth": SourceImage(teeth, "teeth")}, COLOURED).masks
        for portrait in (plain, replace(plain, masks=worn)):
            picture = composed(portrait, (Moment(driver, 1.0),), Settings())
            views.append(around(np.asarray(picture, np.uint8), plain.points, 0.6, 1.3, 0.9))
    return beside(*views, height=240)


def _teeth_of(name: str) -> UInt8Array:
    """(h, w, 4) what a portrait shows between its lips, as a picture of teeth."""
    portrait, enlarged = _portrait(name), 8
    width = round(enlarged * portrait.unit * WIDTH / EYES_APART)
    (left, right), middle = portrait.points[[33, 263], :2], portrait.points[[13, 14], :2].mean(axis=0)
    roll = float(np.degrees(np.arctan2(*(right - left)[::-1])))
    turn = np.asarray(cv2.getRotationMatrix2D((float(middle[0]), float(middle[1])), roll, enlarged), np.float64)
    turn[:, 2] += np.array([width, width // 2]) / 2 - middle
    between = np.zeros(portrait.picture.shape[:2], np.uint8)
    cv2.fillPoly(between, [np.rint(portrait.points[MOUTH.contour, :2]).astype(np.int32)], (255,))
    shown = np.dstack([portrait.picture[..., :3], cv2.erode(between, np.ones((3, 3), np.uint8))])
    return np.asarray(cv2.warpAffine(shown, turn, (width, width // 2), flags=cv2.INTER_CUBIC), np.uint8)


def region() -> UInt8Array:
    """Step 4: canonical face space and the region in which ratios count."""
    views: list[NDArray[Any]] = []
    for clip in (SMILE, EXPRESSIONS):
        seen = recorder(clip)
        tinted = seen.neutral_picture * (0.25 + 0.75 * seen.region[..., None])
        views += [seen.neutral_picture, tinted.astype(np.uint8)]
    return beside(*views, height=380)


def ratio() -> UInt8Array:
    """Step 4: a frame in canonical space, its raw ratio, what is left of it, and the gain that is applied."""
    rows = []
    for clip in (SMILE, EXPRESSIONS):
        two, seen = pair(FORD, clip), recorder(clip)
        number = two.reference if clip == SMILE else two.peak("browInnerUp")
        canonical = seen.seen(two.frame(number), two.performance.points[number - 1])
        raw = seen.log_ratio(canonical).astype(np.float32)
        clean = two.performance.log_ratio_at(number)
        rows.append(beside(canonical, heat(raw, -0.5, 0.5), heat(clean, -0.5, 0.5), height=340))
    return _stacked(rows)


def moved() -> UInt8Array:
    """Step 4: significant pixels of the reference frame, how far each is from the neutral frame, what is dropped."""
    rows = []
    for clip in (SMILE, EXPRESSIONS):
        two, seen = pair(FORD, clip), recorder(clip)
        canonical = seen.seen(two.frame(two.reference), two.performance.points[two.reference - 1])
        values = np.exp(seen.log_ratio(canonical).astype(np.float32))
        grey = encoded_luminance(canonical)
        marked = canonical.copy()
        marked[values > SIGNIFICANT], marked[values < 1 / SIGNIFICANT] = YELLOW, BLUE
        everywhere = np.ones(grey.shape, np.bool_)
        difference = best_differences(grey, seen.neutral_grey, max(1, round(WINDOW * seen.face.unit)), everywhere)
        dropped = canonical.copy()
        dropped[outliers(values, grey, seen.neutral_grey, seen.face.unit)] = RED
        rows.append(beside(canonical, marked, heat(-difference, -10, 0), dropped, height=340))
    return _stacked(rows)


def wrinkles() -> UInt8Array:
    """Step 4: the portrait without, with and with twice the wrinkles."""
    two = pair(FORD, SMILE)
    return _expression(two, two.peak(SMILES), *({"wrinkles": strength} for strength in (0, 1, 2)))


def strengths() -> UInt8Array:
    """Settings: expression at 0, 0.5, 1 and 1.5."""
    two = pair(FORD, SMILE)
    return _expression(two, two.peak(SMILES), *({"expression": strength} for strength in (0, 0.5, 1, 1.5)))


def final() -> UInt8Array:
    """The driver, the portrait, and the frame after steps 2, 3 and 4."""
    two = pair(FORD, SMILE)
    steps = {"mouth_transfer": 0.0, "wrinkles": 0.0}, {"wrinkles": 0.0}, dict[str, float]()
    face = two.portrait.points
    still = around(np.array(two.portrait.picture, np.uint8), face, 1.6, 0.8, 0.35)
    return beside(still, _expression(two, two.peak(SMILES), *steps), height=420)


def _expression(two: Example, number: int, *settings: Mapping[str, float]) -> UInt8Array:
    """The driver's face in a frame, and the portrait's with some settings."""
    shown = [around(two.frame(number), two.performance.points[number - 1], 1.6, 0.8, 0.35)]
    shown += [around(two.composed(number, **some), two.portrait.points, 1.6, 0.8, 0.35) for some in settings]
    return beside(*shown, height=420)


def _stacked(rows: Sequence[UInt8Array]) -> UInt8Array:
    """Rows one above the other, each as wide as the widest."""
    width = max(row.shape[1] for row in rows)
    gap = np.full((GAP, width, 3), 255, np.uint8)
    filled = [np.pad(row, ((0, 0), (0, width - row.shape[1]), (0, 0)), constant_values=255) for row in rows]
    return np.vstack([part for row in filled for part in (gap, row)][1:])


# Time

STORY_FRAMES, STORY_RATE = 184, 25
STORY_MOMENTS = (12, 30, 42, 68, 90, 105, 120, 174)
"""Of those in the picture of an idle portrait that reacts."""


@cache
def story() -> Timeline:
    """An idle portrait that is surprised, talks and smiles, on a timeline with three calls."""
    idle, smile, talk = _performance(EXPRESSIONS), _performance(SMILE), _performance(TALK)
    reactions = {"surprise": Playback(idle, 55, 86), "talk": Playback(talk, 1, 45), "smile": Playback(smile, 14, 72)}
    lengths = {name: frame_count(clip.seconds, STORY_RATE) for name, clip in reactions.items()}
    return Timeline(
        clip=Playback(idle, 204, 234, "LOOP", 8),
        start=1,
        rate=STORY_RATE,
        reactions=reactions,
        stretches=plan_stretches([(26, "surprise"), (58, "talk"), (100, "smile")], lengths, 8),
    )


def reactions() -> UInt8Array:
    """A portrait that idles and reacts, and below how much each clip counts over the frames."""
    portrait = _portrait(MONA_LISA)
    shown = [
        around(np.asarray(composed(portrait, story().mix(frame), Settings()), np.uint8), portrait.points, 1.7)
        for frame in STORY_MOMENTS
    ]
    faces = beside(*shown, height=230)
    return np.vstack([faces, _weights_over_frames(faces.shape[1])])


def _weights_over_frames(width: int, height: int = 110) -> UInt8Array:
    """A curve for each clip, a line for each picture."""
    chart = np.full((height, width, 3), 255, np.uint8)
    low, high = height - 24, 12

    def across(frame: float) -> int:
        return round(frame / STORY_FRAMES * (width - 1))

    for frame in STORY_MOMENTS:
        cv2.line(chart, (across(frame), high), (across(frame), low), GREY, 1)
    frames = np.arange(1, STORY_FRAMES, 0.5)
    colours = {IDLE: GREY, "surprise": RED, "talk": GREEN, "smile": BLUE}
    for name, colour in colours.items():
        weights = [
            sum(weight for stretch, weight in weights_at(story().stretches, frame) if stretch.name == name)
            for frame in frames
        ]
        curve = [
            (across(frame), round(low + (high - low) * weight)) for frame, weight in zip(frames, weights, strict=True)
        ]
        cv2.polylines(chart, [np.array(curve, np.int32)], False, colour, 2, cv2.LINE_AA)
    for stretch in story().stretches:
        if stretch.name != IDLE:
            place = across(stretch.begin), height - 6
            cv2.putText(
                chart, stretch.name, place, cv2.FONT_HERSHEY_SIMPLEX, 0.45, colours[stretch.name], 1, cv2.LINE_AA
            )
    return chart


# Results


def results(portrait: str, clip: str) -> UInt8Array:
    """Driving clip above, portrait below, at moments spread over the clip."""
    two = pair(portrait, clip)
    count = two.performance.frame_count
    numbers = [int(number) for number in np.linspace(1, count, MOMENTS + 2).round()[1:-1]]
    above, below = [], []
    for number in numbers:
        above.append(around(two.frame(number), two.performance.neutral_points, 1.7, 0.75, 0.3))
        below.append(around(two.composed(number), two.portrait.points, 1.7, 0.75, 0.3))
    return _stacked([beside(*above, height=280), beside(*below, height=280)])


def hard() -> UInt8Array:
    """Closed lids, a wide open mouth and a smile: the drivers above, the portraits below, each at rest first."""
    talking, expressive = pair(FORD, TALK), pair(FORD, EXPRESSIONS)
    moments = (TALK, talking.peak(BLINKS)), (EXPRESSIONS, expressive.widest), (EXPRESSIONS, expressive.peak(SMILES))

    def face(picture: NDArray[Any], points: Points) -> UInt8Array:
        return around(np.asarray(picture, np.uint8), points, 1.25, 0.85, 0.4)

    above = [face(frames_of(clip)[number - 1], _performance(clip).points[number - 1]) for clip, number in moments]
    rows = [[np.full_like(above[0], 255), *above]]
    for name in (FORD, MONA_LISA, AT_REST, SMILING):
        portrait = _portrait(name)
        pictures = (portrait.picture, *(pair(name, clip).composed(number) for clip, number in moments))
        rows.append([face(picture, portrait.points) for picture in pictures])
    return _stacked([beside(*row, height=300) for row in rows])


FILMED = ((5, 257), (30, 221), (45, 257), (60, 74), (70, 147))
"""Frames of a film, and of who drives it in each."""


def film() -> UInt8Array:
    """A film as the target: the driver, the film, and the film with the driver's expression."""
    target, driver = _performance(SMILE), _performance(EXPRESSIONS)
    compositor = TargetCompositor(target, [frames_of(SMILE)[target.neutral - 1]])
    columns = []
    for number, driving in FILMED:
        filmed = frames_of(SMILE)[number - 1]
        frame = compositor.frame(filmed, number, [Moment(driver, float(driving))], TargetSettings())
        made = np.asarray(frame.picture, np.uint8)
        views = [
            around(picture, points, 1.25)
            for picture, points in (
                (frames_of(EXPRESSIONS)[driving - 1], driver.points[driving - 1]),
                (filmed, target.points[number - 1]),
                (made, target.points[number - 1]),
            )
        ]
        columns.append(views)
    return _stacked([beside(*row, height=230) for row in zip(*columns, strict=True)])


def demo() -> UInt8Array | None:
    """The sheet of ``make demo``, six of its eight moments; None if it was not run."""
    sheet = cv2.imread(str(SHEET))
    if sheet is None:
        return None
    columns = np.split(sheet, 8, axis=1)
    return np.asarray(
        cv2.resize(np.hstack(columns[:4] + columns[6:]), (1200, 533), interpolation=cv2.INTER_AREA), np.uint8
    )


# Numbers


def with_values(text: str) -> str:
    """The text of ``docs/method.md`` with the code's own defaults in its tables.

    >>> with_values("| `Settings.depth` | 7 | flat or not |")
    '| `Settings.depth` | 1 | flat or not |'
    """
    return re.sub(
        r"^\| `([\w/]+)\.(\w+)` \| [^|]*",
        lambda row: f"| `{row[1]}.{row[2]}` | {_default(*row.groups()):g} ",
        text,
        flags=re.M,
    )


def _default(owner: str, name: str) -> float:
    """A parameter's value in the code; the owner is `Settings` or a module, with its folder where two have one name."""
    if owner == "Settings":
        return float(getattr(Settings(), name))
    (path,) = (ROOT / "portrait_addon" / "pipeline").rglob(f"{owner}.py")
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return float(getattr(import_module(module), name))


def makers() -> dict[str, Callable[[], UInt8Array | None]]:
    """What makes each picture, by the picture's name."""
    steps = (
        points, neutral, peripheral, field, coarse, depth, resting, curves, camera, mouth, modelled_mouth,
        modelled_numbers, real_teeth, region, ratio, moved,
        wrinkles, strengths, final,
        reactions, hard, film, demo,
    )  # fmt: skip
    sheets = {
        f"results_{portrait}_{clip}": lambda portrait=portrait, clip=clip: results(portrait, clip)
        for portrait in (FORD, MONA_LISA)
        for clip in (SMILE, EXPRESSIONS, TALK)
    }
    return {maker.__name__: maker for maker in steps} | sheets


def main() -> None:
    """Make the pictures that are asked for."""
    known = makers()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one or more of {', '.join(known)}; all if left out")
    parser.add_argument("--output", type=Path, default=PICTURES, help="folder for the pictures")
    parser.add_argument("--values", action="store_true", help="set the defaults in docs/method.md, and make no picture")
    options = parser.parse_args()
    if options.values:
        METHOD.write_text(with_values(METHOD.read_text(encoding="utf-8")), encoding="utf-8")
        return
    unknown = [name for name in options.names if name not in known]
    if unknown:
        parser.error(f"there is no picture {unknown[0]}")
    options.output.mkdir(parents=True, exist_ok=True)
    for name in options.names or known:
        picture = known[name]()
        if picture is None:
            print(f"{name}: run `make demo` first")
            continue
        path = options.output / f"{name}.jpg"
        cv2.imwrite(str(path), picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY, cv2.IMWRITE_JPEG_OPTIMIZE, 1])
        print(f"{path}: {picture.shape[1]} x {picture.shape[0]}, {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
