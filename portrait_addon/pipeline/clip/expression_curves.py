"""A clip as numbers, and numbers as a clip: weights of expression units, and how the head moves.

Numbers name what is expressed, and nothing of who does it. They come from a fitted head, from an artist's sliders, or
from a file that another program wrote. A mean head that follows them is a driver like any other: its points move, and
what numbers do not tell (creases, the inside of the mouth) stays empty. [ours]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.spatial.transform import Rotation

from ..face.canonical_face import CanonicalFace
from ..face.lid_space import HEIGHT, WIDTH
from ..face.mesh import (
    BROWS,
    EYES,
    LIDS,
    MOUTH,
    OUTER_LIPS,
    SKIN_POINTS,
    SKULL,
    SKULL_OVAL,
    outer_eye_distance,
)
from ..face.openings import openness
from ..face.palette import Palette
from ..head.blinking import BLINKS
from ..head.bounded import solve_bounded
from ..head.camera import FLIP
from ..head.clip_fitting import ClipFit
from ..head.landmarks import TRACKED_UNITS, LandmarkModel, load_landmarks, on_still_head
from ..head.model import EXPRESSION_UNITS
from ..imaging.arrays import Float64Array, Points
from ..imaging.similarity import Similarity, best_similarity
from ..records.expression import Expression
from ..records.face import BLENDSHAPES
from ..records.performance import IDENTITY_MODES, Performance
from .shut_eyes import resting_eyes, shut_eyes

SIZE = 512
"""Width and height of the picture that the mean head is seen in, in pixels."""

UNIT = 100.0
"""Outer-eye distance of the mean head in it, in pixels."""

CALM = 0.02
"""Weight of units that hardly move the points, against those that do, where weights below 0 become those of others."""

STAYING = 0.1
"""How much the weights of the fitted head count against the points: with less they would be restless."""

BRIDGE = [168, 6, 197, 195]
"""Points of the bridge of the nose."""

SPEAKING, RAISED, DEPTH = 20.0, 60.0, 0.3
"""How much points of the lips count against others, how high brows are, and depth against place: people look at lips
and brows, few units raise brows, and none moves them aside as some people do; the tracker guesses depth."""

FAR = 50.0
"""Focal length of the camera that sees the mean head, in sizes of its picture: from afar, nothing is foreshortened."""

BLINKING, WIDENING = ("eyeBlinkRight", "eyeBlinkLeft"), ("eyeWideRight", "eyeWideLeft")
"""Units that close and widen the sitter's right and left eye."""

TEETH, SKIN = (0.55, 0.6, 0.65), 0.4
"""Colours of a driver who is none."""


@dataclass(frozen=True, eq=False)
class ExpressionCurves:
    """What a face expresses in n frames, and how its head moves. At rest all is 0, and the scale 1.

    Attributes
    ----------
    times : (n,) float64 array
        In seconds, increasing.
    weights : (n, 52) float64 array
        Of `EXPRESSION_UNITS`, 0..1.
    angles : (n, 3) float64 array
        Yaw, pitch and roll of the head in radians, turned in this order about its own axes: positive yaw turns to the
        sitter's left, positive pitch nods down, positive roll tilts to the sitter's right shoulder.
    shifts : (n, 2) float64 array
        Of the middle of the face, to the viewer's right and up, in outer-eye distances at rest.
    scales : (n,) float64 array
        Size of the head; 1 as at rest.
    """

    times: Float64Array
    weights: Float64Array = field(repr=False)
    angles: Float64Array = field(repr=False)
    shifts: Float64Array = field(repr=False)
    scales: Float64Array = field(repr=False)

    @classmethod
    def at_rest(cls, times: Float64Array) -> ExpressionCurves:
        """Express nothing.

        Parameters
        ----------
        times : (n,) float64 array
            In seconds, increasing.

        Returns
        -------
        ExpressionCurves
        """
        frames = len(times)
        weights = np.zeros((frames, len(EXPRESSION_UNITS)))
        return cls(times, weights, np.zeros((frames, 3)), np.zeros((frames, 2)), np.ones(frames))

    @classmethod
    def of(cls, times: Float64Array, rows: Sequence[Expression]) -> ExpressionCurves:
        """Line up what is expressed in each frame.

        Parameters
        ----------
        times : (n,) float64 array
            In seconds, increasing.
        rows : sequence of n Expression
            At least one.

        Returns
        -------
        ExpressionCurves
        """
        weights, angles, shifts, scales = (np.array(column, np.float64) for column in zip(*rows, strict=True))
        return cls(times, weights, angles, shifts, scales)

    def row(self, index: int) -> Expression:
        """What is expressed in a frame.

        Parameters
        ----------
        index : int
            Of the frame, from 0.

        Returns
        -------
        Expression
        """
        yaw, pitch, roll = self.angles[index].tolist()
        right, up = self.shifts[index].tolist()
        weights = tuple(self.weights[index].tolist())
        return Expression(weights, (yaw, pitch, roll), (right, up), float(self.scales[index]))


def curves_of(performance: Performance) -> ExpressionCurves:
    """Read the numbers of a performance.

    Parameters
    ----------
    performance : Performance
        With a fitted head.

    Returns
    -------
    ExpressionCurves
        A row a frame. Each shot is counted from its own rest.
    """
    parts = [_curves_of_shot(shot) for shot in performance.shots]
    weights, angles, shifts, scales = (np.concatenate(rows) for rows in zip(*parts, strict=True))
    return ExpressionCurves(performance.times, weights, angles, shifts, scales)


def _curves_of_shot(shot: Performance) -> tuple[Float64Array, ...]:
    """Weights, angles, shifts and scales of a shot."""
    model, fit = load_landmarks(), ClipFit.of_shot(shot)
    units = model.units_of(fit.person.at_rest(model))
    rest = shot.neutral_points.astype(np.float64)
    pivot, skull, unit = rest[:SKIN_POINTS].mean(axis=0), list(SKULL), outer_eye_distance(rest)
    poses = [best_similarity(rest[skull], points[skull].astype(np.float64)) for points in shot.points]
    unmoved = np.array([pose.inverse(points) for pose, points in zip(poses, shot.points, strict=True)])
    told = _told_by_points(unmoved - shot.rest_points(1.0), rest, _above_zero(units, fit.weights))
    weights = np.pad(told, ((0, 0), (0, 1)))  # nothing is known of the tongue
    for side, opened in enumerate(_opened(shot)):
        weights[:, EXPRESSION_UNITS.index(BLINKING[side])] = 0  # an eye that widens does not blink
        for name in (WIDENING[side], BLINKING[side]):
            weights[:, EXPRESSION_UNITS.index(name)] = _lids(weights, side, name, opened)
    turns = Rotation.from_matrix([FLIP @ pose.rotation @ FLIP for pose in poses])
    shifts = np.array([(pose(pivot) - pivot)[:2] for pose in poses]) / unit * [1, -1]
    return weights, turns.as_euler("YXZ"), shifts, np.array([pose.scale for pose in poses])


def _above_zero(units: Float64Array, weights: Float64Array) -> Float64Array:
    """(n, 51) weights 0..1 that move the points as weights below 0 do: one unit's opposite is another unit."""
    flat = units.reshape(len(units), -1)
    products = flat @ flat.T
    calm = CALM * np.diag(products).mean()
    normal = products + calm * np.eye(len(units))
    low, high = np.zeros(len(units)), np.ones(len(units))
    rows = [solve_bounded(normal, products @ row + calm * np.maximum(row, 0), low, high) for row in weights]
    return np.array(rows)


def _told_by_points(expressions: Float64Array, rest: Float64Array, weights: Float64Array) -> Float64Array:
    """(n, 51) weights with which the mean head shows a driver's expressions (n, 478, 3): he may look less like it."""
    head, skull = _MeanHead.of(load_landmarks()), list(SKULL)
    laid = best_similarity(rest[skull], head.base[skull])
    counts = np.ones((len(rest), 3))
    counts[[*OUTER_LIPS.contour, *MOUTH.contour]] = SPEAKING
    counts[list(BROWS), 1] = RAISED
    counts[:, 2] *= DEPTH
    counts[list(SKULL_OVAL)] = 0  # the tracked hairline follows the brows, but the skull does not
    units, seen = (
        (_brows_above_nose(rows) * np.sqrt(counts)).reshape(len(rows), -1)
        for rows in (head.units, expressions @ laid.linear.T)
    )
    products = units @ units.T
    calm = STAYING * np.diag(products).mean()
    normal, low, high = products + calm * np.eye(len(units)), np.zeros(len(units)), np.ones(len(units))
    return np.array([solve_bounded(normal, row, low, high) for row in seen @ units.T + calm * weights])


def _brows_above_nose(offsets: Float64Array) -> Float64Array:
    """Offsets (n, 478, 3) with the height of brows counted from the nose, as people see it."""
    counted = offsets.copy()
    counted[:, list(BROWS), 1] -= offsets[:, BRIDGE, 1].mean(axis=1, keepdims=True)
    return counted


def _opened(shot: Performance) -> list[Float64Array]:
    """(n,) how open the mean head's right and left eye are to be: closed by as large a share, widened by as much."""
    resting, head = resting_eyes(shot), _MeanHead.of(load_landmarks())
    wanted = []
    for (eye, _), at_rest, shut in zip(EYES, resting, shut_eyes(shot, resting), strict=True):
        now, own = openness(shot.points, eye), float(openness(head.base, eye))
        closed = own * np.maximum(now / at_rest - shut, 0) / (1 - shut)
        wanted.append(np.where(now > at_rest, own + now - at_rest, closed))
    return wanted


def _lids(weights: Float64Array, side: int, name: str, opened: Float64Array) -> Float64Array:
    """(n,) weights of a unit with which the mean head's eye is as open as wanted."""
    head, row, eye = _MeanHead.of(load_landmarks()), EXPRESSION_UNITS.index(name), EYES[side][0]
    found = np.zeros(len(weights))
    for frame, (own, wanted) in enumerate(zip(weights, opened, strict=True)):
        without, fully = (
            float(openness(head.points(np.where(np.arange(len(own)) == row, weight, own)), eye)) for weight in (0, 1)
        )
        found[frame] = np.clip((wanted - without) / (fully - without), 0, 1)
    return found


@dataclass(frozen=True, eq=False)
class _MeanHead:
    """The mean head on its picture."""

    base: Float64Array
    units: Float64Array
    offsets: Float64Array
    middle: Float64Array
    scale: float

    @classmethod
    def of(cls, model: LandmarkModel) -> _MeanHead:
        """Put it to rest, in pixels."""
        offsets = np.tensordot(model.rest, model.units_of(model.mean), 1)
        at_rest = model.mean + offsets
        units, scale = on_still_head(at_rest, model.units_of(at_rest)), UNIT / outer_eye_distance(at_rest)
        centre, middle = np.array([SIZE / 2, SIZE / 2, 0]), at_rest[:SKIN_POINTS].mean(axis=0)
        return cls(centre + scale * (at_rest - middle) @ FLIP, scale * units @ FLIP, offsets, middle, scale)

    def points(self, weights: Points) -> Float64Array:
        """(478, 3) points of an unmoved head, of weights (52,)."""
        return np.asarray(self.base + np.tensordot(weights[: len(TRACKED_UNITS)], self.units, 1))

    def position(self, pose: Similarity) -> Float64Array:
        """(3,) millimetres from the far camera to the origin of a head that a pose moves on the picture."""
        x, y, _ = pose(self.base[:SKIN_POINTS].mean(axis=0)) - (SIZE - 1) / 2
        pixels = pose.scale * self.scale  # a millimetre
        middle = np.array([x / pixels, y / pixels, FAR * SIZE / pixels])
        return np.asarray(middle - pose.rotation @ FLIP @ self.middle)


def performance_of(curves: ExpressionCurves) -> Performance:
    """Let a mean head follow numbers.

    Parameters
    ----------
    curves : ExpressionCurves

    Returns
    -------
    Performance
        A row a frame. None of its frames needs to rest: it is counted from the head at rest.
    """
    head, frames = _MeanHead.of(load_landmarks()), len(curves.times)
    pivot = head.base[:SKIN_POINTS].mean(axis=0)
    turns = FLIP @ Rotation.from_euler("YXZ", curves.angles).as_matrix() @ FLIP
    points, positions = np.empty((frames, *head.base.shape), np.float32), np.empty((frames, 3))
    for row, (weights, turn, shift, scale) in enumerate(
        zip(curves.weights, turns, curves.shifts, curves.scales, strict=True)
    ):
        moved = pivot + UNIT * np.array([shift[0], -shift[1], 0])
        pose = Similarity(turn, float(scale), moved - scale * turn @ pivot)
        points[row] = pose(head.points(weights))
        positions[row] = head.position(pose)
    matrices = np.tile(np.eye(4, dtype=np.float32), (frames, 1, 1))
    matrices[:, :3, :3] = FLIP @ turns @ FLIP
    width, height = CanonicalFace.of(head.base).size
    blinking = curves.weights[:, [EXPRESSION_UNITS.index(name) for name in BLINKS]].max(axis=1) > 0
    # What the tracker calls neutral says nothing: its place is the tongue's, which the tracker does not see.
    scores = np.column_stack([curves.weights[:, -1], curves.weights[:, : len(BLENDSHAPES) - 1]])
    white = np.array(TEETH, np.float32)
    return Performance(
        times=curves.times,
        size=np.array([SIZE, SIZE], np.int64),
        neutral=0,
        found=np.ones(frames, np.bool_),
        covered=np.zeros(frames, np.bool_),
        unlit=np.zeros(frames, np.bool_),
        points=points,
        blendshapes=scores.astype(np.float32),
        head_matrices=matrices,
        peripheral=np.empty((0, 2), np.float32),
        peripheral_offsets=np.empty((frames, 0, 2), np.float32),
        camera_offsets=np.zeros((frames, 2), np.float32),
        palette=Palette(white, white, 0.0, 1.0, SKIN, white).to_array(),
        log_ratios=np.broadcast_to(np.zeros((1, height, width), np.float16), (frames, height, width)),
        mouth_pixels=np.empty(0, np.uint8),
        mouth_starts=np.zeros(frames + 1, np.int64),
        mouth_boxes=np.zeros((frames, 4), np.int32),
        lid_rows=np.where(blinking, 0, -1).astype(np.int32),
        lid_ratios=np.zeros((1, len(LIDS), HEIGHT, WIDTH), np.float16),
        later_shots=np.empty((0, 3), np.int64),
        later_palettes=np.empty((0, 12), np.float32),
        strangers=np.empty(0, np.bool_),
        identities=np.zeros((1, IDENTITY_MODES), np.float32),
        identity_offsets=head.offsets[None].astype(np.float32),
        focal=FAR * SIZE,
        expressions=curves.weights[:, : len(TRACKED_UNITS)].astype(np.float32),
        head_rotations=(turns @ FLIP).astype(np.float32),
        head_positions=positions.astype(np.float32),
        rest_offsets=(head.base - points[0])[None].astype(np.float32),
        rest_shares=np.zeros(1, np.float32),
    )
