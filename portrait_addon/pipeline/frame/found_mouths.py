"""Where a film's mouth opens further than it was filmed: the film's own mouth of other frames, found over the clip.

For each frame those of the clip are candidates whose lips have nearly the shape that is wanted, on a head that is
turned nearly alike. Among these, dynamic programming chooses the sequence that costs least: each frame by how badly it
fits, each step by how much the mouth would jump. Where a jump is worth it, both sides of it blend.

Candidates by lips and rotation, and costs of steps by appearance are those of J. Thies et al., *Face2Face*, CVPR 2016;
the dynamic programming is that of A. Schoedl et al., *Video textures*, SIGGRAPH 2000. What the costs are made of is
ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from ..face.mesh import MOUTH, SKULL, outer_eye_distance
from ..face.openings import CLOSED_AREA, mouth_area
from ..imaging.arrays import Float32Array, Float64Array, IntArray, Points
from ..imaging.colour import lightness
from ..imaging.raster import remap
from ..imaging.similarity import Similarity, best_similarity
from ..pair.moving_target import TargetShot
from ..records.found_mouth import NOT_FOUND, FoundMouth
from ..records.mouth_patch import MouthPatch

CANDIDATES = 20
"""Frames that are compared for each frame."""

TURN = 0.2
"""Outer-eye distances of the lips that a turn of the head by a radian is worth."""

NARROWER = 0.04
"""Outer-eye distances that a mouth of half the area is worth: stretched lips show stretched teeth."""

ALIKE = 0.15
"""Outer-eye distances that all of the difference from the driver's mouth is worth: teeth and tongue should be where he
has them."""

JUMP, CHANGE = 0.012, 0.15
"""What a jump costs, and how much more by the difference of both mouths, in outer-eye distances."""

FITS = 0.08
"""Cost up to which a mouth fits: two mouths at once look like neither, so it does or does not."""

CALM = 2.5
"""Standard deviation in time of whether mouths fit, in frames."""

COLUMNS, ROWS = 24, 10
"""Size of the small pictures by which mouths are compared."""


@dataclass(frozen=True, eq=False)
class WantedMouth:
    """What is wanted in one frame: little, as a film has many.

    Attributes
    ----------
    feature : (d,) float64 array
        Shape of the lips and rotation of the head, see `_feature`.
    area : float
        See `mouth_area`.
    look : (c,) float32 array, optional
        Small picture of the driver's mouth, see `_look`.
    """

    feature: Float64Array = field(repr=False)
    area: float
    look: Float32Array | None = field(repr=False, default=None)

    @classmethod
    def of(cls, lips: Points, pose: Similarity, driver: MouthPatch | None = None) -> WantedMouth:
        """Tell what is wanted.

        Parameters
        ----------
        lips : (478, 3) array
            Points of the target's face in the frame, in pixels.
        pose : Similarity
            Head pose of the target in it.
        driver : MouthPatch, optional
            What the driver shows then.

        Returns
        -------
        WantedMouth
        """
        shown = None if driver is None or not driver.pixels.size else _look(driver)
        return cls(_feature(lips, pose), max(mouth_area(lips), CLOSED_AREA), shown)


@dataclass(frozen=True, eq=False)
class MouthBank:
    """All frames of a shot that show an open mouth.

    Attributes
    ----------
    rows : (k,) int array
        Of the frames in the shot.
    features : (k, d) float64 array
        Shape of the lips and rotation of the head, see `_feature`.
    areas : (k,) float64 array
        See `mouth_area`.
    looks : (k, c) float32 array
        Small pictures, see `_look`.
    """

    rows: IntArray = field(repr=False)
    features: Float64Array = field(repr=False)
    areas: Float64Array = field(repr=False)
    looks: Float32Array = field(repr=False)

    @classmethod
    def of(cls, shot: TargetShot) -> MouthBank:
        """Collect the open mouths of a shot.

        Parameters
        ----------
        shot : TargetShot

        Returns
        -------
        MouthBank
        """
        clip, rows, features, areas, looks = shot.performance, [], [], [], []
        skull = list(SKULL)
        neutral = clip.neutral_points[skull].astype(np.float64)
        for row in range(clip.frame_count):
            patch, area = clip.mouth_of(row), mouth_area(clip.points[row])
            if not patch.pixels.size or area < CLOSED_AREA or shot.presence[row] < 1:
                continue
            pose = best_similarity(neutral, clip.points[row, skull].astype(np.float64))
            rows.append(row)
            features.append(_feature(clip.points[row], pose))
            areas.append(area)
            looks.append(_look(patch))
        empty = np.empty((0, 2 * len(MOUTH.contour) + 3))
        return cls(
            np.array(rows, np.intp),
            np.array(features) if rows else empty,
            np.array(areas),
            np.array(looks, np.float32).reshape(len(rows), COLUMNS * ROWS),
        )

    def find(self, wanted: Sequence[WantedMouth]) -> list[FoundMouth]:
        """Choose mouths for frames that follow each other.

        Parameters
        ----------
        wanted : sequence of WantedMouth

        Returns
        -------
        list of FoundMouth
            Their frames are rows of the shot.
        """
        if not len(self.rows) or not wanted:
            return [NOT_FOUND] * len(wanted)
        candidates, costs = self._candidates(wanted)
        chosen = self._cheapest(candidates, costs)
        places = candidates[np.arange(len(wanted)), chosen]
        cost = costs[np.arange(len(wanted)), chosen]
        fits = gaussian_filter1d((cost < FITS).astype(np.float64), CALM, mode="nearest")
        return [FoundMouth(frames, float(fit)) for frames, fit in zip(self._blended(places), fits, strict=True)]

    def _candidates(self, wanted: Sequence[WantedMouth]) -> tuple[IntArray, Float64Array]:
        """(n, c) places in the bank of what may be shown in each frame, and what each costs."""
        tree, count = cKDTree(self.features), min(CANDIDATES, len(self.rows))
        queries = np.array([one.feature for one in wanted])
        distances, found = (part.reshape(len(wanted), count) for part in tree.query(queries, count))
        areas = np.array([one.area for one in wanted])
        narrower = np.maximum(np.log2(areas[:, None] / self.areas[found]), 0)
        costs = distances + NARROWER * narrower
        for row, one in enumerate(wanted):
            if one.look is not None:
                costs[row] += ALIKE * _difference(self.looks[found[row]], one.look)
        return found, costs

    def _cheapest(self, candidates: IntArray, costs: Float64Array) -> IntArray:
        """(n,) column of the candidate that is chosen in each frame: those which together cost least."""
        total, came_from = costs[0], np.zeros(candidates.shape, np.intp)
        for row in range(1, len(candidates)):
            through = total[:, None] + self._steps(candidates[row - 1], candidates[row])
            came_from[row] = through.argmin(axis=0)
            total = through.min(axis=0) + costs[row]
        chosen = np.empty(len(candidates), np.intp)
        chosen[-1] = total.argmin()
        for row in range(len(candidates) - 1, 0, -1):
            chosen[row - 1] = came_from[row, chosen[row]]
        return chosen

    def _steps(self, before: IntArray, after: IntArray) -> Float64Array:
        """(b, a) what it costs to go from one place of the bank to another: nothing, where the clip goes on so."""
        following = np.minimum(before + 1, len(self.rows) - 1)
        goes_on = self.rows[following] == self.rows[before] + 1
        natural = np.where(goes_on, following, before)
        change = _difference(self.looks[natural][:, None], self.looks[after][None])
        jumps = (natural[:, None] != after) & (before[:, None] != after)
        return np.asarray(jumps * JUMP + CHANGE * change, np.float64)

    def _blended(self, places: IntArray) -> list[tuple[tuple[float, int], ...]]:
        """Weights and rows of each frame; the frames on both sides of a jump show a third of the other side."""
        rows = self.rows[places]
        blended: list[tuple[tuple[float, int], ...]] = [((1.0, int(row)),) for row in rows]
        for n in range(1, len(rows)):
            if 0 <= rows[n] - rows[n - 1] <= 1:
                continue
            blended[n - 1] = ((2 / 3, int(rows[n - 1])), (1 / 3, int(rows[n])))
            blended[n] = ((2 / 3, int(rows[n])), (1 / 3, int(rows[n - 1])))
        return blended


def _feature(points: Points, pose: Similarity) -> Float64Array:
    """(d,) shape of the inner lips on the unmoved head and rotation of the head; their distance is a mean of points."""
    lips = pose.inverse(np.asarray(points, np.float64))[:, :2]
    unit = outer_eye_distance(lips)
    shape = (lips[MOUTH.contour] - lips[MOUTH.contour].mean(axis=0)) / unit
    turn = Rotation.from_matrix(pose.rotation).as_rotvec()
    return np.concatenate([shape.ravel() / np.sqrt(len(MOUTH.contour)), TURN * turn])


def _look(patch: MouthPatch) -> Float32Array:
    """(c,) light between the lips, 0..1, at places that go with the lips."""
    points = patch.points[:, :2] - patch.corner
    upper, lower = (points[[MOUTH.corners[0], *rim, MOUTH.corners[1]]] for rim in (MOUTH.upper, MOUTH.lower))
    along = np.linspace(0.1, 0.9, COLUMNS) * (len(upper) - 1)
    place = np.arange(len(upper))
    above, below = (
        np.stack([np.interp(along, place, rim[:, axis]) for axis in (0, 1)], axis=-1) for rim in (upper, lower)
    )
    down = np.linspace(0.1, 0.9, ROWS)[:, None, None]
    positions = np.asarray(above + down * (below - above), np.float32)
    return remap(lightness(patch.pixels) / np.float32(255), positions, cv2.INTER_LINEAR).ravel()


def _difference(first: Float32Array, second: Float32Array) -> NDArray[np.float32]:
    """(...) root mean square difference of small pictures (..., c)."""
    return np.asarray(np.sqrt(np.square(first - second).mean(axis=-1)), np.float32)
