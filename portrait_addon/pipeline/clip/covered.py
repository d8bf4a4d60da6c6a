"""Things in front of the mouth: a hand, a microphone, a cup; and light by which it cannot be seen.

The mesh brings every frame to the neutral face. What a face can do there is shade its skin, which is seen in the ratio
image; what is much darker or lighter than skin in shade, or of another colour, is something else. Where there is much
of it on the lower face, the tracker has guessed the mouth, and mouth and ratio images say nothing. [ours]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import cv2
import numpy as np

from ..face.canonical_face import CanonicalFace
from ..face.mesh import JAW, MOUTH, NOSE_BASE, SKULL
from ..face.regions import face_regions
from ..imaging.arrays import BoolArray, Float32Array, Float64Array, Points, UInt8Array
from ..imaging.bridge import Bridge
from ..imaging.colour import linear_of_bytes, luminance
from ..imaging.disk_array import DiskArrayBuilder
from ..imaging.raster import AnyPicture
from ..imaging.robust import median
from ..imaging.similarity import best_similarity
from ..records.face import BLENDSHAPES

BLUR = 0.02
"""Standard deviation of the blur of both pictures, in outer-eye distances: the mesh misses by less."""

PATTERN = (0.03, 0.15)
"""Standard deviations, in outer-eye distances, of the blurs between which the pattern of lips and chin lies."""

DARK_FLOOR = 0.01
"""Added to linear light, so that the colour of black is grey."""

NOT_SHADE = 0.7
"""Logarithm of a ratio of light that no shade of skin has."""

NOT_SKIN = 0.3
"""Largest difference of the logarithms of a channel over luminance that skin has in another light or mood."""

RIM = 0.05
"""Strip along the jaw that does not count, in outer-eye distances: a head that turns shows the wall there."""

FOREIGN = 0.18
"""Share of something else on the lower face from which on it is covered [our clips: up to 0.09; a microphone 0.26]."""

RECOGNISED = 0.45
"""Correlation of the lower face with the neutral one, in light or in colour, below which it is covered by something of
its colour [our clips: 0.56 and more; a hand 0.42]."""

COVERED_TOO = 0.75
"""Share of the evidence that suffices beside covered frames: a hand comes and goes."""

BESIDE = 2
"""Frames beside covered ones that are taken for covered too: what moves is blurred."""

SURE, SHORTEST = 3.0, 5
"""Evidence, as a multiple of what suffices, by which a single frame is covered; with less, so many must be in a row."""

MOSTLY = 0.5
"""Share of a shot's frames from which on, if they are unlike the neutral frame, this may be the odd one."""

MORE_FOREIGN = 0.1
"""By so much more of the lower face that is no skin, most frames are covered and the neutral frame is not [our clips: a
microphone 0.18; the neutral frame behind a hand 0.03]."""

EXPOSURE = 1.0
"""Logarithm of the light of a whole face against the neutral frame, more or less than which its mouth is not seen."""

UNLIT = float("inf")
"""Evidence of a face in such light: nothing need be before it."""


class Evidence(NamedTuple):
    """What tells whether the mouth of a frame is covered.

    Attributes
    ----------
    unlike : float
        How unlike the lower face is that of the neutral frame, 0 and more; from 1 on one of the two is covered. `UNLIT`
        if the whole face is too dark or too bright.
    foreign : float
        Share of the lower face that has neither the light nor the colour of the frame's own skin, 0..1.
    """

    unlike: float
    foreign: float


_OF_MOUTH = np.array([name.startswith(("mouth", "jaw", "cheekPuff")) for name in BLENDSHAPES])


@dataclass(frozen=True, eq=False)
class LowerFace:
    """The neutral lower face, with which those of other frames are compared, at half the size of canonical space.

    Attributes
    ----------
    where : (h, w) bool array
        The lower face, without the inside of the mouth.
    whole : (h, w) bool array
        The skin of the whole face, whose typical change is one of light.
    logs : (4, h, w) float32 array
        Natural logarithms of luminance, and of blue, green and red over luminance.
    patterns : (2, n) float32 array
        See `_patterns`.
    unit : float
        Outer-eye distance in these pixels.
    """

    where: BoolArray = field(repr=False)
    whole: BoolArray = field(repr=False)
    logs: Float32Array = field(repr=False)
    patterns: Float32Array = field(repr=False)
    unit: float

    @classmethod
    def of(cls, face: CanonicalFace, picture: UInt8Array, skin: Float32Array) -> LowerFace:
        """Take the lower face of the neutral frame.

        Parameters
        ----------
        face : CanonicalFace
        picture : (h, w, 3) uint8 array
            The neutral face in canonical space, BGR.
        skin : (h, w) float32 array
            0..1, the region of the face's skin.

        Returns
        -------
        LowerFace
        """
        lower = np.zeros(picture.shape[:2], np.uint8)
        cv2.fillConvexPoly(lower, cv2.convexHull(face.contour(JAW)), (1,))
        lower[: max(int(face.points[NOSE_BASE, 1]), 0)] = 0
        rim = np.ones((3, 3), np.uint8)
        lower = np.asarray(cv2.erode(lower, rim, iterations=max(1, round(RIM * face.unit))), np.uint8)
        cv2.fillPoly(lower, [face.contour(MOUTH.contour)], (0,))
        where, whole, unit = _halved(lower) > 0, _halved(skin) > 0.5, face.unit / 2
        logs = _light_and_tint(_halved(picture), unit)
        patterns = _patterns(logs, where, unit) if where.any() else np.zeros((2, 0), np.float32)
        return cls(where, whole, logs, patterns, unit)

    def evidence(self, canonical: UInt8Array) -> Evidence:
        """Measure whether the lower face is covered.

        Parameters
        ----------
        canonical : (h, w, 3) uint8 array
            Another frame's face in canonical space, BGR.

        Returns
        -------
        Evidence
        """
        if not self.where.any() or not self.whole.any():
            return Evidence(0.0, 0.0)
        logs = _light_and_tint(_halved(canonical), self.unit)
        changes = logs - self.logs
        if abs(median(changes[0][self.whole])) > EXPOSURE:
            return Evidence(UNLIT, 0.0)
        patterns = _patterns(logs, self.where, self.unit)
        alike = max(float(now @ before) for now, before in zip(patterns, self.patterns, strict=True))
        changed = min((1 - alike) / (1 - RECOGNISED), SURE - 0.01)  # a face that is followed badly in one frame, too
        return Evidence(max(self._no_skin(changes) / FOREIGN, changed), self._no_skin(logs))

    def _no_skin(self, logs: Float32Array) -> float:
        """Share of the lower face whose light or tint (4, h, w) is not near the whole face's median."""
        foreign = np.zeros(np.count_nonzero(self.where), np.bool_)
        for values, limit in zip(logs, (NOT_SHADE, NOT_SKIN, NOT_SKIN, NOT_SKIN), strict=True):
            foreign |= np.abs(values[self.where] - np.float32(median(values[self.whole]))) > limit
        return float(foreign.mean())


def _halved(picture: AnyPicture) -> AnyPicture:
    """Every second pixel: what is compared is blurred."""
    return picture[::2, ::2]  # type: ignore[return-value]


def _light_and_tint(picture: UInt8Array, unit: float) -> Float32Array:
    """(4, h, w) natural logarithms of luminance, and of blue, green and red over luminance."""
    linear = cv2.GaussianBlur(linear_of_bytes(picture), (0, 0), max(BLUR * unit, 0.5)) + np.float32(DARK_FLOOR)
    light = luminance(linear)
    tints = [channel / light for channel in cv2.split(linear)]
    return np.asarray(np.log(np.stack([light, *tints])), np.float32)


def _patterns(logs: Float32Array, where: BoolArray, unit: float) -> Float32Array:
    """(2, n) what is bright and what is green on the lower face, of mean 0 and length 1: their products correlate."""
    both = cv2.merge([logs[0], logs[2]])
    fine, coarse = (cv2.GaussianBlur(both, (0, 0), max(width * unit, 0.5)) for width in PATTERN)
    patterns = (fine - coarse)[where].T
    patterns = patterns - patterns.mean(axis=1, keepdims=True)
    return np.asarray(patterns / np.maximum(np.linalg.norm(patterns, axis=1, keepdims=True), 1e-9), np.float32)


def covered_frames(evidence: Sequence[Evidence], found: BoolArray, neutral: int) -> BoolArray:
    """Find the frames of a shot in which the mouth is covered.

    Parameters
    ----------
    evidence : sequence of n Evidence
        From `LowerFace.evidence`.
    found : (n,) bool array
        Frames that show the face.
    neutral : int
        Row of the neutral frame, which is not covered: the others are compared with it.

    Returns
    -------
    (n,) bool array
        False in frames without a face. False everywhere if it would be true in most frames, unless these show more of
        what is no skin than the neutral frame does.
    """
    unlike, foreign = _columns(evidence)
    strength = np.where(found, unlike, 0.0)
    covered = strength >= 1
    for first, last in _runs(covered):
        covered[first:last] = last - first >= SHORTEST or strength[first:last].max() >= SURE
    for first, last in _runs(strength >= COVERED_TOO):
        covered[first:last] |= covered[first:last].any()
    beside = np.ones(2 * BESIDE + 1, np.uint8)
    grown = cv2.dilate(covered.astype(np.uint8)[None], beside[None])[0].astype(bool) & found
    grown[neutral] = False
    few = grown.sum() < MOSTLY * found.sum()
    return grown if few or _more_foreign(foreign, covered, neutral) else np.zeros_like(found)


def unlike_a_covered_neutral(evidence: Sequence[Evidence], found: BoolArray, neutral: int) -> BoolArray:
    """Find the frames of a shot that show the mouth, if its neutral frame does not.

    Parameters
    ----------
    evidence : sequence of n Evidence
        From `LowerFace.evidence`.
    found : (n,) bool array
        Frames that show the face.
    neutral : int
        Row of the neutral frame.

    Returns
    -------
    (n,) bool array
        Frames of which another should be the neutral one: those that are unlike it, if they are the most, and show no
        more of what is no skin. Else all false.
    """
    unlike, foreign = _columns(evidence)
    others = found & (unlike >= 1) & (unlike < UNLIT)
    many = others.sum() > MOSTLY * found.sum()
    return others if many and not _more_foreign(foreign, others, neutral) else np.zeros_like(found)


def _columns(evidence: Sequence[Evidence]) -> tuple[Float64Array, Float64Array]:
    """Of all frames, what is unlike the neutral frame, and what is no skin."""
    columns = np.array(evidence, np.float64).reshape(-1, 2)
    return columns[:, 0], columns[:, 1]


def _more_foreign(foreign: Float64Array, rows: BoolArray, neutral: int) -> bool:
    return bool(rows.any() and median(foreign[rows]) - foreign[neutral] > MORE_FOREIGN)


def unlit_frames(evidence: Sequence[Evidence], covered: BoolArray) -> BoolArray:
    """Find the covered frames in which light hides the mouth, not a thing.

    Parameters
    ----------
    evidence : sequence of n Evidence
        From `LowerFace.evidence`.
    covered : (n,) bool array
        From `covered_frames`.

    Returns
    -------
    (n,) bool array
        True in those runs of covered frames of which at least as many are `UNLIT` as show something else.
    """
    (strength, _), unlit = _columns(evidence), np.zeros_like(covered)
    for first, last in _runs(covered):
        dark = np.isinf(strength[first:last])
        unlit[first:last] = dark.any() and dark.sum() >= (strength[first:last][~dark] >= 1).sum()
    return unlit


def _runs(rows: BoolArray) -> Iterator[tuple[int, int]]:
    """First row, and the row after the last, of each run of true rows."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], rows, [False]]).astype(np.int8)))
    return iter([(int(first), int(last)) for first, last in edges.reshape(-1, 2)])


def uncover_mouths(points: Float32Array, neutral: Points, covered: BoolArray, seen: BoolArray) -> Float32Array:
    """Take the mouth's points of covered frames from the frames around, on the head as it was tracked.

    Parameters
    ----------
    points : (n, 478, 3) float32 array
        Points of a shot, in pixels.
    neutral : (478, 3) array
        Points of its neutral frame.
    covered, seen : (n,) bool arrays
        Frames in which the mouth is covered, and in which it is seen.

    Returns
    -------
    (n, 478, 3) float32 array
        Mapped to a temporary file; `points` itself if no frame is covered.
    """
    if not covered.any() or not seen.any():
        return points
    skull, weights = list(SKULL), face_regions(neutral)[2][:, None]
    bridge, uncovered = Bridge.over(seen), DiskArrayBuilder(np.float32)
    for row, now in enumerate(points):
        if covered[row]:
            head = best_similarity(neutral[skull], now[skull])
            shape = np.zeros(now.shape)
            for near, share in bridge.rows(row):
                shape += share * best_similarity(neutral[skull], points[near][skull]).inverse(points[near])
            uncovered.append(now + weights * (head(shape) - now))
        else:
            uncovered.append(now)
    return uncovered.array(*points.shape[1:])


def uncover_scores(blendshapes: Float32Array, covered: BoolArray, seen: BoolArray) -> Float32Array:
    """Take the mouth's expression scores of covered frames from the frames around.

    Parameters
    ----------
    blendshapes : (n, 52) float32 array
        Of a shot.
    covered, seen : (n,) bool arrays
        See `uncover_mouths`.

    Returns
    -------
    (n, 52) float32 array
        A copy.
    """
    uncovered = np.array(blendshapes, np.float32)
    if covered.any() and seen.any():
        bridge = Bridge.over(seen)
        for row in np.flatnonzero(covered).tolist():
            between = sum(share * blendshapes[near] for near, share in bridge.rows(row))
            uncovered[row] = np.where(_OF_MOUTH, between, blendshapes[row])
    return uncovered
