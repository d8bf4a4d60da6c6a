"""Step 2: what a camera nearer or farther, or a little to the side, would have seen of the portrait.

The head that was fitted to the portrait tells how deep each point lies. A camera that moves along the line to the head
keeps the size of the face by its lens, so that only perspective changes; one that turns about the head sees it from the
side. Points are unprojected, seen by the new camera, and carried in the picture as those of an expression are.

Source: O. Fried, E. Shechtman, D. B. Goldman, A. Finkelstein, *Perspective-aware manipulation of portrait photos*,
SIGGRAPH 2016. Theirs is fitted by hand-clicked points; ours by the tracker's. [ours]
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ..face.mesh import SKIN_POINTS, face_triangles
from ..face.visible_outline import visible_outline
from ..head.depth import head_depth
from ..head.fitting import HeadFit
from ..head.landmarks import LandmarkModel
from ..head.model import HeadModel
from ..imaging.arrays import Float32Array, Float64Array, Points
from ..imaging.easing import smoothstep
from ..imaging.raster import remap
from ..imaging.sample_grid import SampleGrid
from ..records.portrait import Portrait
from ..records.settings import Settings
from .rigid_parts import RigidPart

NEAREST_CAMERA = 0.2
"""Least distance of a camera, in metres; nearer ones are put there."""

NEAREST = 0.3
"""Least distance of a point from the camera, as a share of the head's: nearer, it would be drawn out over the picture.
"""

EYE_OFFSET = 31.5
"""Millimetres from between the eyes of a viewer to one of them."""

COARSER = 2
"""Cells of the surround's grid along one of the grid on which depth is seen: it is smooth."""

REACH = 0.4
"""Distance from the face's outline at which its own depth counts by 1/e, in outer-eye distances."""

RIM = 0.05
"""Distance within which points count alike for the depth of the rim that hides others, in outer-eye distances."""

SMOOTH = 0.06
"""Standard deviation of the blur of depth beside the face, in outer-eye distances: the head's silhouette is a step."""


FACING = 0.25
"""Cosine of the angle between a point's normal and the line of sight from which on a point is seen as it is: less, and
the picture shows it less well."""


@dataclass(frozen=True, eq=False)
class Viewpoint:
    """A camera that looks at a head whose depth is known.

    Attributes
    ----------
    focal : float
        Focal length of the camera that took the portrait, in pixels; also its distance, in pixels of the head's size.
    centre : (2,) float64 array
        Where its axis meets the picture, in pixels.
    middle : (2,) float64 array
        Of the head, in pixels.
    rotation : (3, 3) float64 array
        By which the head turns as this camera sees it.
    nearer : float
        Distance of this camera as a multiple of that of the other.
    aside : float
        By which this camera moves to the right without turning, in pixels of the head's size; its lens is shifted so
        that the head keeps its place.
    """

    focal: float
    centre: Float64Array
    middle: Float64Array
    rotation: Float64Array = field(repr=False)
    nearer: float
    aside: float

    @property
    def moves(self) -> bool:
        """Whether this camera is anywhere else than the other."""
        return self.nearer != 1 or self.aside != 0 or not np.array_equal(self.rotation, np.eye(3))

    def project(self, points: Points) -> Float64Array:
        """See points anew.

        Parameters
        ----------
        points : (..., 3) array
            Pixels x, y of the portrait; depth from the middle of the head, in pixels of its size.

        Returns
        -------
        (..., 3) float64 array
            The same for this camera.
        """
        z = np.asarray(points[..., 2], np.float64)
        to_camera = 1 + z / self.focal
        x, y = ((points[..., k] - self.centre[k]) * to_camera - (self.middle - self.centre)[k] for k in range(2))
        to_head = self.nearer * (np.append(self.middle - self.centre, self.focal)) - (self.aside, 0, 0)
        across, down, away = (
            by_x * x + by_y * y + (by_z * z + to)
            for (by_x, by_y, by_z), to in zip(self.rotation.tolist(), to_head.tolist(), strict=True)
        )
        share = self.nearer * self.focal / np.maximum(away, NEAREST * to_head[2])
        shift = self.middle - self.nearer * self.focal * to_head[:2] / to_head[2]
        return np.stack([across * share + shift[0], down * share + shift[1], away - to_head[2]], axis=-1)

    def plane_behind(self, depth: float) -> Float64Array:
        """How a plane behind the head, square to the first camera, is seen.

        Parameters
        ----------
        depth : float
            Of the plane from the middle of the head, in pixels of its size.

        Returns
        -------
        (3, 3) float64 array
            Homography from what this camera sees to the portrait.
        """
        corners = self.centre + self.focal / 4 * np.array([[-1.0, -1], [1, -1], [1, 1], [-1, 1]])
        seen = self.project(np.column_stack([corners, np.full(4, depth)]))[:, :2]
        return np.asarray(cv2.getPerspectiveTransform(seen.astype(np.float32), corners.astype(np.float32)), np.float64)


@dataclass(frozen=True, eq=False)
class HeadDepth:
    """How deep a portrait's points lie, and the camera that took it.

    Attributes
    ----------
    focal : float
        Focal length in pixels; also the distance of the head, in pixels of its size.
    centre : (2,) float64 array
        Where the axis of the camera meets the picture, in pixels.
    middle : (2,) float64 array
        Of the head, between the eyeballs, in pixels.
    distance : float
        From the camera to there, in metres.
    assumed : bool
        Whether the focal length, and with it the distance, is a guess.
    correction : (478,) float64 array
        Depth by the fitted head less that by the tracker, in pixels; from the middle of the head.
    rim : (478,) float64 array
        The same of what the picture shows there: a point that is hidden, or hardly seen, lies on a rim.
    outward : (478, 2) float64 array
        Where a point lies from the better seen ones round it, in pixels.
    grid : SampleGrid
        That of the surround with longer cells.
    surround : (rows, columns) float32 array
        Depth of the head, and of what lies around it, on the grid; from the middle of the head, in pixels of its size.
    bounds : (k,) int array
        Rows of the points that bound the face in the portrait, see `visible_outline`.
    outline : (rows, columns, k) float32 array
        On the same grid, how far each of these counts.
    """

    focal: float
    centre: Float64Array
    middle: Float64Array
    distance: float
    assumed: bool
    correction: Float64Array = field(repr=False)
    rim: Float64Array = field(repr=False)
    outward: Float64Array = field(repr=False)
    grid: SampleGrid
    surround: Float32Array = field(repr=False)
    bounds: NDArray[np.intp] = field(repr=False)
    outline: Float32Array = field(repr=False)

    @classmethod
    def of(
        cls,
        portrait: Portrait,
        models: tuple[HeadModel, LandmarkModel],
        fit: HeadFit,
        grid: SampleGrid,
        parts: tuple[RigidPart, ...] = (),
    ) -> HeadDepth:
        """Measure the depth of a portrait's points.

        Parameters
        ----------
        portrait : Portrait
        models : HeadModel and LandmarkModel
        fit : HeadFit
            Of the portrait.
        grid : SampleGrid
            Of the surround.
        parts : tuple of RigidPart, optional
            What does not bend: each is seen as a plane.

        Returns
        -------
        HeadDepth
        """
        position, focal = fit.pose.position, fit.camera.focal
        scale = focal / position[2]
        posed = fit.pose(models[1].points(fit.identity, fit.weights))
        around = (head_depth(models[0], fit, grid, to_rim=True) - np.float32(position[2])) * np.float32(scale)
        around = np.asarray(cv2.GaussianBlur(around, (0, 0), SMOOTH * portrait.unit / grid.step), np.float32)
        columns, rows = -(-grid.columns // COARSER), -(-grid.rows // COARSER)
        coarse = SampleGrid(grid.left, grid.top, COARSER * grid.step, columns, rows)
        around = remap(around, np.asarray(grid.to_cells(coarse.positions()), np.float32), cv2.INTER_LINEAR)
        points = (posed[:, 2] - position[2]) * scale
        for part in parts:
            points, around = _flattened(part, portrait.points, points, coarse, around)
        rim, outward = _rim(portrait, points, _visible(posed))
        middle = fit.camera.project(position[None])[0]
        bounds = visible_outline(portrait.points)
        return cls(
            focal,
            np.array(fit.camera.centre),
            middle,
            position[2] / 1000,
            fit.camera.assumed,
            points - portrait.points[:, 2],
            rim - portrait.points[:, 2],
            outward,
            coarse,
            around,
            bounds,
            _outline_weights(portrait, bounds, coarse),
        )

    def face_from(self, view: Viewpoint, face: Points) -> Float32Array:
        """See the face from elsewhere.

        What is hardly seen in the portrait is covered by the head as it turns away, but it is not drawn out where it
        would come into sight.

        Parameters
        ----------
        view : Viewpoint
        face : (478, 3) array
            The portrait's points in a frame, as its own camera sees them, in pixels; z as the tracker has it.

        Returns
        -------
        (478, 3) float32 array
            The same points as the other camera sees them.
        """
        solid, shown = (
            view.project(np.column_stack([face[:, :2], face[:, 2] + depth])) for depth in (self.correction, self.rim)
        )
        solid[:, 2] -= self.correction
        way = (solid - shown)[:, :2]
        lengths = np.linalg.norm(way, axis=1) * np.linalg.norm(self.outward, axis=1)
        inwards = (1 - (way * self.outward).sum(axis=1) / np.maximum(lengths, 1e-9)) / 2
        solid[:, :2] = shown[:, :2] + inwards[:, None] * way
        return solid.astype(np.float32)

    def viewpoint(self, settings: Settings) -> Viewpoint:
        """Put the camera where settings want it.

        Parameters
        ----------
        settings : Settings
            Its `camera_distance`, `camera_turn`, `camera_nod`, `camera_tilt` and `stereo_eye`.

        Returns
        -------
        Viewpoint
        """
        wanted = max(settings.camera_distance, NEAREST_CAMERA) if settings.camera_distance else self.distance
        # The camera turns about the head; seen from it, the head turns the other way.
        angles = np.radians([settings.camera_turn, settings.camera_nod, -settings.camera_tilt])
        rotation = Rotation.from_euler("YXZ", angles).as_matrix()
        aside = settings.stereo_eye * self.pixels(EYE_OFFSET / 1000)
        return Viewpoint(self.focal, self.centre, self.middle, rotation, wanted / self.distance, aside)

    def pixels(self, metres: float) -> float:
        """Convert a length.

        Parameters
        ----------
        metres : float

        Returns
        -------
        float
            In pixels of the head's size.
        """
        return metres / self.distance * self.focal


def camera_moves(settings: Settings) -> bool:
    """Whether settings put the camera anywhere else than it was.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    bool
    """
    moves = settings.camera_distance, settings.camera_turn, settings.camera_nod, settings.camera_tilt
    return any(value != 0 for value in (*moves, settings.stereo_eye))


def _visible(posed: Float64Array) -> Float64Array:
    """(478,) how far each point of a face faces the camera, 0..1; the irises always do."""
    triangles = face_triangles()
    a, b, c = (posed[triangles[:, corner]] for corner in range(3))
    across = np.cross(b - a, c - a)
    normals = np.zeros((SKIN_POINTS, 3))
    for corner in range(3):
        np.add.at(normals, triangles[:, corner], across)
    sight = posed[:SKIN_POINTS]
    lengths = np.linalg.norm(normals, axis=1) * np.linalg.norm(sight, axis=1)
    facing = (normals * sight).sum(axis=1) / np.maximum(lengths, 1e-9)
    towards = facing * np.sign(facing.sum())
    skin = smoothstep(np.clip(towards / FACING, 0, 1))
    return np.append(skin, np.ones(len(posed) - SKIN_POINTS))


def _rim(portrait: Portrait, depth: Float64Array, visible: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Depth (478,) of what the picture shows at each point, and the way (478, 2) there from what is better seen."""
    places = portrait.points[:, :2].astype(np.float64)
    weights = visible / (((places[:, None] - places) ** 2).sum(axis=-1) + (RIM * portrait.unit) ** 2) ** 2
    weights[:, SKIN_POINTS:] = 0
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-12 * weights.sum())
    around = (weights[..., None] * np.column_stack([places, depth])).sum(axis=1)
    return visible * depth + (1 - visible) * around[:, 2], places - around[:, :2]


def _flattened(
    part: RigidPart, rest: Points, points: Float64Array, grid: SampleGrid, around: Float32Array
) -> tuple[Float64Array, Float32Array]:
    """Depth of points (478,) and of the surround (rows, columns) with a rigid part as a plane: it does not bend."""
    weight = remap(part.mask, grid.positions(), cv2.INTER_LINEAR, cv2.BORDER_CONSTANT)
    covered = weight > 0.5
    places = np.concatenate([rest[:, :2], grid.positions()[covered]])
    shares = np.sqrt(np.concatenate([part.shares, weight[covered]]))[:, None]
    if np.count_nonzero(shares) < 3:
        return points, around
    deep = np.concatenate([points, around[covered]])[:, None]
    across = np.column_stack([places, np.ones(len(places))])
    plane = np.linalg.lstsq(shares * across, shares * deep, rcond=None)[0][:, 0]
    x, y = grid.axes()
    flat = plane[0] * x + plane[1] * y[:, None] + plane[2]
    flat_points = rest[:, :2] @ plane[:2] + plane[2]
    return points + part.shares * (flat_points - points), np.asarray(around + weight * (flat - around), np.float32)


def _outline_weights(portrait: Portrait, bounds: NDArray[np.intp], grid: SampleGrid) -> Float32Array:
    """(rows, columns, k) share of each point of the face's outline: by nearness, all fading with distance."""
    outline = portrait.points[bounds, :2].astype(np.float32)
    away = np.linalg.norm(grid.positions()[..., None, :] - outline, axis=-1) / np.float32(portrait.unit)
    near = 1 / np.maximum(away, 1e-3) ** 4
    fade = np.exp(-((away.min(axis=-1, keepdims=True) / REACH) ** 2))
    return np.asarray(fade * near / near.sum(axis=-1, keepdims=True), np.float32)
