"""Step 2: the position of the portrait's control points in a frame.

The method transfers offsets, not positions [lecture]: ``q_i = q* + S_linear (p_i - p*)``. Here head motion has a
strength h, and expression a strength e. There are two ways to separate head motion from expression:

flat
    Let ``S_i`` be the best similarity from the neutral points to the points of the frame. Then
    ``q_i = q* + S_linear [h (S_i p* - p*) + e (p_i - S_i p*)]``. With h = e = 1 this is the lecture's formula.
in depth
    The head pose is a similarity in three dimensions. Its inverse gives the driver's expression on the unmoved head.
    The expression is rotated into the portrait's own pose and added to the portrait's own shape. The head pose is
    applied to the sum.

Both ways agree if portrait and driver are the same face. The flat way bends a nose that is longer than the driver's
when the driver nods; the way in depth does not. ``Settings.depth`` interpolates between the two.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from ..face.mesh import SKIN_POINTS, SKULL, SKULL_OVAL
from ..imaging.arrays import Float32Array, Float64Array, Points
from ..imaging.similarity import Similarity, best_similarity
from ..pair.correspondence import Correspondence
from ..pair.pair import Pair
from ..pair.surround_mesh import relax_folded_vertices
from ..records.expression import REST, Expression
from ..records.moment import Moment
from ..records.performance import Performance
from ..records.portrait import Portrait
from ..records.settings import Settings
from .brow_limit import brow_limit_at
from .face_parts import change_by_parts, jaw_part, with_added
from .opening_transfer import transfer_openings

MOST_GROWTH = 4.0
"""A head comes nearer or goes away by this factor at most: larger, it fills any picture."""

MOST_SHIFT = 4.0
"""A point beside a head moves by so many of the picture's longer sides at most: further away, it is not seen."""

FREE_SHIFT = 0.5
"""A head moves sideways, up and down as the driver's does by this share of the way from the middle of the face to the
picture's border, and its middle never goes beyond that: further on, cut shoulders are drawn out into streaks, and
nothing is left to look at."""

FREE_TURN, MOST_TURN = np.radians(25.0), np.radians(35.0)
"""A head turns or nods as the driver's does up to the first, and never further than the second, from the pose of the
portrait: beyond, hair and ears are drawn out into streaks, and then the far side of the face breaks."""

MOST_EXPRESSION = 2.0
"""Largest displacement of a point by the expression, in outer-eye distances: a jaw that drops moves by 0.7, and all of
a face is 2 high."""


BROW_REGION = 1
"""Row of `Correspondence.regions`."""


@dataclass(frozen=True, eq=False)
class ControlPoints:
    """The portrait's points in one frame.

    Attributes
    ----------
    face : (478, 3) float32 array
        Face points x, y, z in pixels of the portrait; z orders the triangles from far to near.
    surround : (v, 2) float32 array
        Outline, cranium, peripheral and still points x, y in pixels of the portrait. `Correspondence.triangles` holds
        rows of this array.
    """

    face: Float32Array
    surround: Float32Array


def control_points(
    portrait: Portrait,
    performance: Performance,
    pair: Pair,
    settings: Settings,
    t: float,
    rest_offsets: Points | None = None,
    added: Expression = REST,
) -> ControlPoints:
    """Compute the control points q_i of a frame.

    The transfer of offsets is that of [1]_. Depth, the limits of expressions and the transfer of openings are ours.

    Parameters
    ----------
    portrait : Portrait
        Source of the points q* at rest.
    performance : Performance
        Source of the driver's points p_i and p*.
    pair : Pair
        What the portrait and the performance share.
    settings : Settings
        Strengths of head motion, expression and face regions, and `depth`.
    t : float
        Clip time in frames; the first frame is 1. Times outside the clip give its first or last frame.
    rest_offsets : (478, 3) array, optional
        What brings the portrait's mouth to rest, in pixels; needed where `Settings.giving_way` is above 0.
    added : Expression
        What the driver is made to express beyond what the clip says.

    Returns
    -------
    ControlPoints
        Points of the face and of its surround, without folded triangles in the surround.

    References
    ----------
    .. [1] H. Averbuch-Elor, D. Cohen-Or, J. Kopf, M. F. Cohen, "Bringing Portraits to Life", ACM Transactions on
       Graphics 36(6), article 196, 2017, as taught in lecture 13 of Stanford's CS448V.
    """
    correspondence = pair.correspondence
    driver = DriverFace.of(performance, pair.units, correspondence.regions, settings, t, added)
    motion = _Motion.of(driver, portrait, correspondence, settings.head_motion)
    rest = portrait.points if rest_offsets is None else portrait.points + settings.giving_way * rest_offsets
    strengths = region_strengths(correspondence.regions, settings)
    limit = brow_limit_at(portrait, Moment(performance, t, added=added))
    limited = strengths * (1 + (limit - 1) * correspondence.regions[BROW_REGION])[:, None]
    displacement = limited * (driver.expression @ correspondence.alignment.linear.T)
    shape = rest + no_longer_than(MOST_EXPRESSION * portrait.unit, displacement)
    face, cranium = motion.head(shape), motion.head(correspondence.cranium)
    if settings.depth < 1:
        flat_face, flat_cranium = _flat(rest, correspondence, driver, motion, strengths)
        face = settings.depth * face + (1 - settings.depth) * flat_face
        cranium[:, :2] = settings.depth * cranium[:, :2] + (1 - settings.depth) * flat_cranium
    strength = settings.expression * settings.eyes
    face = transfer_openings(face, rest, driver.points, strength, pair.resting_eyes, pair.shut_eyes, pair.alike)
    peripheral = _peripheral(performance.peripheral_offsets_at(t), correspondence, motion)
    relaxed = relax_folded_vertices(pair.mesh, correspondence.surround(face, cranium, peripheral))
    return ControlPoints(face.astype(np.float32), relaxed)


@dataclass(frozen=True, eq=False)
class DriverFace:
    """The driver's face in one frame, with what the settings change, as far as a portrait can follow.

    Attributes
    ----------
    neutral : (478, 3) float64 array
        Points of the neutral frame, p*, in pixels of the clip.
    at_rest : (478, 3) float64 array
        The neutral face brought to rest: expressions are counted from it.
    points : (478, 3) float64 array
        Points of the frame, p_i, turned back to where a portrait can follow.
    pose : Similarity
        Head motion in three dimensions, from the neutral frame.
    expression : (478, 3) float64 array
        Offsets from `at_rest` on the unmoved head.
    filmed : (478, 3) float64 array
        Points of the frame where the head really is.
    """

    neutral: Float64Array
    at_rest: Float64Array
    points: Float64Array
    pose: Similarity
    expression: Float64Array
    filmed: Float64Array

    @classmethod
    def of(
        cls,
        performance: Performance,
        units: Float64Array,
        regions: Float64Array,
        settings: Settings,
        t: float,
        added: Expression = REST,
    ) -> DriverFace:
        """Tell the expression of a driver from the motion of his head.

        Parameters
        ----------
        performance : Performance
            A single shot.
        units : (51, 478, 3) float64 array
            See `driver_units`.
        regions : (3, 478) float64 array
            See `face_regions`.
        settings : Settings
            Strengths of parts of the face, and `absolute`.
        t : float
            Clip time in frames.
        added : Expression
            What the driver is made to express beyond what the clip says.

        Returns
        -------
        DriverFace
        """
        neutral = performance.neutral_points.astype(np.float64)
        points = with_added(performance.points_at(t).astype(np.float64), neutral, units, added)
        pose = best_similarity(neutral[list(SKULL)], points[list(SKULL)])
        at_rest = performance.rest_points(settings.giving_way)
        expression = pose.inverse(points) - at_rest
        expression[list(SKULL_OVAL)] = 0  # the tracked hairline follows the brows, but the skull does not
        jaw = jaw_part(performance, units, settings, t, added)
        change = change_by_parts(expression, regions, settings, jaw)
        filmed = points + change @ pose.linear.T
        return cls(neutral, at_rest, _turned_back(filmed, pose), pose, expression + change, filmed)


@dataclass(frozen=True, eq=False)
class _Motion:
    """The portrait's head motion in one frame.

    Attributes
    ----------
    strength : float
        `Settings.head_motion`.
    share : (2,) float64 array
        Share of the driver's motion in x and y that keeps the head in sight.
    furthest : float
        The longest way of a point beside the head, in pixels.
    head : Similarity
        Carries points of the portrait in three dimensions.
    """

    strength: float
    share: Float64Array
    furthest: float
    head: Similarity

    @classmethod
    def of(cls, driver: DriverFace, portrait: Portrait, correspondence: Correspondence, strength: float) -> _Motion:
        pivot = driver.neutral[:SKIN_POINTS].mean(axis=0)
        shift = strength * (correspondence.similarity.linear @ (driver.pose(pivot) - pivot)[:2])
        share = share_in_sight(shift, correspondence.alignment(pivot)[:2], portrait.size)
        head = _carried_pose(driver.pose, pivot, correspondence, strength, share * shift)
        return cls(strength, share, MOST_SHIFT * max(portrait.size), head)


def no_longer_than(limit: float, offsets: Float64Array) -> Float64Array:
    """Shorten the offsets that are longer than a limit.

    Parameters
    ----------
    limit : float
        Above 0.
    offsets : (..., d) float64 array
        In the unit of `limit`.

    Returns
    -------
    (..., d) float64 array
        In the same directions; offsets that are no longer than `limit` are unchanged, to the bit.
    """
    length = np.linalg.norm(offsets, axis=-1, keepdims=True)
    return np.asarray(offsets * (limit / np.maximum(length, limit)), np.float64)


def _carried_pose(
    pose: Similarity, pivot: Float64Array, correspondence: Correspondence, strength: float, shift: Float64Array
) -> Similarity:
    """Similarity in three dimensions: the driver's head pose, scaled by a strength, about the portrait's head.

    `shift` (2,) is the motion of the head's middle in the picture plane.
    """
    centre = correspondence.alignment(pivot)
    turn = Rotation.from_matrix(correspondence.alignment.rotation @ pose.rotation @ correspondence.alignment.rotation.T)
    rotation = within_reach(Rotation.from_rotvec(strength * turn.as_rotvec()).as_matrix())
    scale = float(np.clip(pose.scale**strength, 1 / MOST_GROWTH, MOST_GROWTH))
    return Similarity(rotation, scale, centre + np.append(shift, 0) - scale * rotation @ centre)


def share_in_sight(shift: Float64Array, centre: Float64Array, size: tuple[int, int]) -> Float64Array:
    """Find how much of a head's motion a portrait follows: a driver may walk out of the picture.

    Parameters
    ----------
    shift : (2,) float64 array
        The driver's motion x, y, in pixels of the portrait.
    centre : (2,) float64 array
        Middle of the portrait's face.
    size : tuple of two int
        Width and height of the portrait.

    Returns
    -------
    (2,) float64 array
        Shares of the motion in x and y, 0..1; 1 up to `FREE_SHIFT`.
    """
    far = np.abs(shift) / np.maximum(np.where(shift > 0, np.asarray(size) - centre, centre), 1.0)
    room = 1 - FREE_SHIFT
    kept = FREE_SHIFT + room * np.tanh(np.maximum(far - FREE_SHIFT, 0) / room)
    return np.where(far > FREE_SHIFT, kept / np.maximum(far, FREE_SHIFT), 1.0)


def within_reach(rotation: Float64Array) -> Float64Array:
    """Soften a turn or nod that a portrait cannot follow; a tilt in the picture plane stays.

    Parameters
    ----------
    rotation : (3, 3) float64 array
        From the portrait's pose; z points away from the viewer.

    Returns
    -------
    (3, 3) float64 array
        Turned out of the picture plane by less than `MOST_TURN`; the same, to the bit, up to `FREE_TURN`.
    """
    turned = turn_of(rotation)
    if turned <= FREE_TURN:
        return rotation
    room = MOST_TURN - FREE_TURN
    kept = FREE_TURN + room * np.tanh((turned - FREE_TURN) / room)
    axis = np.array([-rotation[1, 2], rotation[0, 2], 0])  # perpendicular to the line of sight, before and after
    axis /= max(np.linalg.norm(axis), 1e-9)  # a head that looks backwards has none, and is not turned
    back = Rotation.from_rotvec((kept - turned) * axis).as_matrix()
    return np.asarray(back @ rotation, np.float64)


def turn_of(rotation: Float64Array) -> float:
    """Angle by which a rotation turns out of the picture plane.

    Parameters
    ----------
    rotation : (3, 3) float64 array

    Returns
    -------
    float
        In radians, 0 to pi.
    """
    return float(np.arccos(np.clip(rotation[2, 2], -1, 1)))


def _turned_back(driver: Float64Array, pose: Similarity) -> Float64Array:
    """Turn a driver's face back to where a portrait can follow: further on, its openings are foreshortened."""
    if turn_of(pose.rotation) <= FREE_TURN:
        return driver
    pivot = driver[:SKIN_POINTS].mean(axis=0)
    back = within_reach(pose.rotation) @ pose.rotation.T
    return np.asarray(pivot + (driver - pivot) @ back.T, np.float64)


def region_strengths(regions: Float64Array, settings: Settings) -> Float64Array:
    """Strength of the expression at each point, from the strengths of the face regions.

    Parameters
    ----------
    regions : (3, 478) float64 array
        See `face_regions`.
    settings : Settings

    Returns
    -------
    (478, 1) float64 array
        0 or more.
    """
    strengths = np.array([settings.eyes, settings.brows, settings.mouth])
    return np.asarray(settings.expression * (1 + (strengths - 1) @ regions))[:, None]


def _flat(
    rest: Points, correspondence: Correspondence, driver: DriverFace, motion: _Motion, strengths: Float64Array
) -> tuple[Float64Array, Float64Array]:
    """Face (478, 3) and cranium (c, 2), moved by the lecture's offsets in the picture plane."""
    neutral, at_rest, points = driver.neutral, driver.at_rest, driver.points
    pose = best_similarity(neutral[:SKIN_POINTS, :2], points[:SKIN_POINTS, :2])
    linear = correspondence.similarity.linear
    moved = motion.strength * (pose(neutral[:, :2]) - neutral[:, :2])
    expression = points[:, :2] - pose(at_rest[:, :2])
    offsets = (moved + strengths * expression) @ linear.T
    offsets -= (1 - motion.share) * (moved @ linear.T)
    depth = (points[:, 2:] - at_rest[:, 2:]) * correspondence.similarity.scale
    driver_cranium = correspondence.similarity.inverse(correspondence.cranium[:, :2])
    along = motion.share * (motion.strength * (pose(driver_cranium) - driver_cranium) @ linear.T)
    face = rest + no_longer_than(motion.furthest, np.column_stack([offsets, depth]))
    return face, correspondence.cranium[:, :2] + no_longer_than(motion.furthest, along)


def _peripheral(offsets: Float32Array, correspondence: Correspondence, motion: _Motion) -> Float64Array:
    """Points (p, 2) beside the head, moved by the offsets (features, 2) of the driver's."""
    carried = motion.strength * (offsets[correspondence.kept] @ correspondence.similarity.linear.T)
    return np.asarray(correspondence.peripheral + no_longer_than(motion.furthest, motion.share * carried), np.float64)
