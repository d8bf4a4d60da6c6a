"""Step 1: register the face of each frame with the neutral frame, by its texture.

A tracker guesses its points from what most faces do. Inner brows that rise, a frown, or a cheek that is lifted arrive
with half of their motion or none. The skin itself shows where it went: seen in canonical face space, where the tracked
points have been laid on those of the neutral frame, what still moves is what the tracker missed. Lids and lips are left
out; they uncover what the neutral frame does not show.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from ..face.canonical_face import CanonicalFace
from ..face.mesh import EACH_BROW, EYES, OUTER_LIPS, SKIN_POINTS
from ..imaging.arrays import Field, Float32Array, Float64Array, Points, UInt8Array
from ..imaging.compositing import on_channels
from ..imaging.easing import smoothstep
from ..imaging.optical_flow import damped_flow, taken_back
from ..imaging.raster import remap
from ..imaging.similarity import best_similarity
from .face_region import brows_region, without_openings
from .smoothing import smooth_in_time

REDUCTION = 2
"""Canonical pixels a pixel, on a side, of the pictures that are compared. At full size nothing is found better."""

FINEST, COARSEST = 0.012, 0.15
"""Standard deviations, in outer-eye distances, of the blurs between which texture is compared: finer is noise, coarser
is light that wanders over the face."""

DARKEST = 0.05
"""Added to brightness, 0..1, before its logarithm is taken, so that noise in the dark is no texture."""

WINDOWS = (0.12, 0.07, 0.05, 0.05)
"""Standard deviation of the window of each iteration, in outer-eye distances. Mesh points are .05 to .1 apart."""

PLAIN_SKIN = 4.0
"""Squared slope of the logarithm of brightness, an outer-eye distance, of skin too plain to be followed; brows have
25 and more. With less, new wrinkles are taken for motion."""

CHANGED = 0.25
"""Difference of the logarithms of brightness at which a pixel has half of its say: something else lies there now."""

JUDGED = 0.08
"""Standard deviation of the window in which registration must pay, in outer-eye distances."""

LEAST_SIDE = 4
"""Least side of a brow's picture that is looked for, in pixels."""

LEAST_ENERGY = 1e-4
"""Mean square of the differences, of logarithms, that is noise and needs no explanation."""

SEARCHED = 0.25
"""Distance within which a brow is looked for as a whole, in outer-eye distances: more than its own height, up to which
an optical flow finds it by itself."""

BROW_RIM = 0.04
"""Rim of skin round a brow that is looked for with it, in outer-eye distances."""

NEARER = 0.5
"""What a place loses of its likeness to a brow an outer-eye distance away: of two such places the nearer one is it."""

BETTER = 0.1
"""Likeness that a brow must gain by a move to be half believed."""

ALIKE, SURE = 0.5, 0.65
"""Likeness, the share of a brow's contrast that a place explains, between which the brow is believed to be there. A
hand before it has as much as .5."""

BROW_SPREAD = 0.08
"""Standard deviation of the fall-off of a brow's move over the skin round it, in outer-eye distances; at least the move
itself, so that nothing folds."""

FARTHEST = 0.3
"""Largest displacement that is believed, in outer-eye distances."""

BORNE = 0.05
"""Length to which offsets are limited softly before they move a portrait, in outer-eye distances. Ratio images are
measured where the skin is, however far it went."""

BROW_REACH = 0.06
"""Distance from a brow that is registered with it, in outer-eye distances."""

OPENING_MARGIN = 0.05
"""Margin round eyes and lips that is left out, in outer-eye distances."""

SKIN = 0.5
"""Weight of the ratio images from which on a pixel is skin."""

POINTS = 32
"""Points that are calmed in time at once: a long clip is never held twice."""

EDGE = 0.02
"""Standard deviation of the soft edge of the registered region, in outer-eye distances."""


class _Brow(NamedTuple):
    """A brow in the neutral frame, in reduced pixels."""

    picture: Float32Array
    energy: float
    """Sum of the squares of its picture."""
    searched: tuple[slice, slice]
    """Where it is looked for: where it lies in the neutral frame, and `reach` more on each side."""
    reach: int
    penalty: Float32Array
    """What each place that is looked at loses by being far."""
    distance: Float32Array
    """(h, w), of each pixel from it, in outer-eye distances."""


class FaceRegistration:
    """Finds where the skin of a frame lies beside the tracked points.

    Parameters
    ----------
    face : CanonicalFace
        Of the neutral frame.
    neutral : (h, w) uint8 array
        Luminance of the neutral face in canonical space.
    skin : (h, w) float32 array
        0..1, where ratio images count.
    glasses : (h, w) float32 array
        0..1, where glasses slide over the skin.
    """

    def __init__(self, face: CanonicalFace, neutral: UInt8Array, skin: Float32Array, glasses: Float32Array) -> None:
        self._face, self._unit = face, face.unit / REDUCTION
        self._size = tuple(max(1, round(side / REDUCTION)) for side in face.size)
        openings = [*(eye for eye, _ in EYES), OUTER_LIPS]
        grown = np.maximum((skin > SKIN).astype(np.uint8), brows_region(face, BROW_REACH))
        region = without_openings(grown, face, openings, OPENING_MARGIN).astype(np.float32)
        self._weight = self._reduced(cv2.GaussianBlur(region, (0, 0), EDGE * face.unit) * (1 - glasses))
        self._neutral = self._texture(neutral)
        zoom = np.array(self._size) / face.size
        self._places = ((face.points[:SKIN_POINTS] + 0.5) * zoom - 0.5).astype(np.float32)[:, None]
        self._brows = [brow for half in EACH_BROW if (brow := self._brow(self._places[list(half), 0]))]
        self._held = np.minimum(2 * remap(self._weight, self._places, cv2.INTER_LINEAR), 1)

    def offsets(self, canonical: UInt8Array, points: Points) -> Float32Array:
        """Measure how far the skin lies from the tracked points.

        Parameters
        ----------
        canonical : (h, w) uint8 array
            Luminance of the frame in canonical space, as the tracked points register it.
        points : (478, 3) array
            The tracked points, in pixels of the clip.

        Returns
        -------
        (478, 2) float32 array
            What is to be added to the points, in pixels of the clip; 0 at eyes, lips and irises.
        """
        moved, unit = self._texture(canonical), self._unit
        flow = damped_flow(
            self._neutral,
            moved,
            self._weight,
            self._moved_brows(moved),
            [window * unit for window in WINDOWS],
            prior=PLAIN_SKIN / unit**2,
            outlier=CHANGED,
        )
        flow *= on_channels(self._trust(moved, flow), 2)
        found = remap(flow, self._places, cv2.INTER_LINEAR)[:, 0] * self._held / unit  # in outer-eye distances
        found *= np.minimum(1, FARTHEST / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-6))
        head = best_similarity(self._face.points[:SKIN_POINTS], points[:SKIN_POINTS, :2])
        offsets = np.zeros((len(points), 2), np.float32)
        offsets[:SKIN_POINTS] = found * self._face.unit @ head.linear.T
        return offsets

    def _brow(self, places: Float32Array) -> _Brow | None:
        """The brow with points at some places (n, 2); None where the picture leaves no room to look for it."""
        reach, rim = round(SEARCHED * self._unit), BROW_RIM * self._unit
        height, width = self._neutral.shape
        left, top = np.maximum(np.floor(places.min(axis=0) - rim).astype(int), reach).tolist()
        right, bottom = np.ceil(places.max(axis=0) + rim).astype(int).tolist()
        right, bottom = min(right + 1, width - reach), min(bottom + 1, height - reach)
        if right - left < LEAST_SIDE or bottom - top < LEAST_SIDE:
            return None
        beside = np.ones_like(self._neutral, np.uint8)
        cv2.fillConvexPoly(beside, cv2.convexHull(np.round(places).astype(np.int32)), (0,))
        picture = self._neutral[top:bottom, left:right]
        down, across = np.indices((2 * reach + 1, 2 * reach + 1), np.float32) - reach
        return _Brow(
            picture,
            max(float((picture**2).sum()), LEAST_ENERGY),
            (slice(top - reach, bottom + reach), slice(left - reach, right + reach)),
            reach,
            NEARER * np.hypot(across, down) / self._unit,
            np.asarray(cv2.distanceTransform(beside, cv2.DIST_L2, 5) / self._unit, np.float32),
        )

    def _moved_brows(self, moved: Float32Array) -> Field:
        """Displacement (h, w, 2) of brows that moved too far for an optical flow, and of the skin round them."""
        expected = np.zeros((2, *moved.shape), np.float32)
        for brow in self._brows:
            misfit = cv2.matchTemplate(moved[brow.searched], brow.picture, cv2.TM_SQDIFF)
            alike = 1 - misfit / brow.energy
            judged = alike - brow.penalty
            row, column = np.unravel_index(int(np.argmax(judged)), judged.shape)
            shift = np.array([column - brow.reach, row - brow.reach], np.float32)
            gained = float(judged[row, column] - judged[brow.reach, brow.reach])
            there = (float(alike[row, column]) - ALIKE) / (SURE - ALIKE)
            believed = smoothstep(gained / BETTER - 0.5) * smoothstep(there)
            if believed > 0:
                spread = max(BROW_SPREAD, float(np.linalg.norm(shift)) / self._unit)
                falloff = np.exp(-0.5 * (brow.distance / spread) ** 2)
                expected += believed * falloff * shift[:, None, None]
        return np.asarray(cv2.merge([*expected]), np.float32)

    def _trust(self, moved: Float32Array, flow: Field) -> Float32Array:
        """How far a flow (h, w, 2) is believed, 0..1: wholly where it explains half of the difference or more."""
        before, after = (
            cv2.GaussianBlur(self._weight * (self._neutral - now) ** 2, (0, 0), JUDGED * self._unit)
            for now in (moved, taken_back(moved, flow))
        )
        return np.asarray(np.clip(2 * (1 - after / (before + LEAST_ENERGY)), 0, 1), np.float32)

    def _texture(self, grey: UInt8Array) -> Float32Array:
        """Logarithm of brightness (h, w), reduced, without its finest and its coarsest detail."""
        log = np.log(self._reduced(grey.astype(np.float32) / 255) + DARKEST)
        fine, coarse = (cv2.GaussianBlur(log, (0, 0), blur * self._unit) for blur in (FINEST, COARSEST))
        return np.asarray(fine - coarse, np.float32)

    def _reduced(self, values: Float32Array) -> Float32Array:
        return np.asarray(cv2.resize(values, self._size, interpolation=cv2.INTER_AREA), np.float32)


def borne_offsets(offsets: Float32Array, unit: float) -> Float32Array:
    """Limit offsets softly to what another face bears, whose skin between brow and lid may be short.

    Parameters
    ----------
    offsets : (478, 2) float32 array
        From `FaceRegistration.offsets`.
    unit : float
        Outer-eye distance in the frame, in pixels of the clip.

    Returns
    -------
    (478, 2) float32 array
        Small ones as they are, none longer than `BORNE`.
    """
    length = np.maximum(np.linalg.norm(offsets, axis=1, keepdims=True) / (BORNE * unit), 1e-6)
    return np.asarray(offsets * (np.tanh(length) / length), np.float32)


def settle_offsets(offsets: Float32Array, rest: int, times: Float64Array) -> None:
    """Calm the offsets of a shot in time, in place.

    Parameters
    ----------
    offsets : (n, 478, 2) float32 array
        From `borne_offsets`, of every frame.
    rest : int
        Row of the neutral frame. Its points stay where they are: everything is measured from them.
    times : (n,) float64 array
        Seconds, increasing.
    """
    for first in range(0, offsets.shape[1], POINTS):
        some = slice(first, first + POINTS)
        offsets[:, some] = smooth_in_time(offsets[:, some], times)
    offsets[rest] = 0
