"""Step 2: from moved control points to the source of every output pixel.

A warp field is backward: for an output pixel it holds the position to look up in the portrait. It lives on a lattice
coarser than the picture and is enlarged linearly; only the lookup runs at full size.

The triangles are drawn at their new places, far to near, each with the affine map back to the portrait (linear
interpolation of the warp [lecture]), so that a head that turns covers its own far cheek.

Outside the face the field is smoothed by its confidence [lecture]: not at all at the face, and with one of ten radii
that grow with distance, 0, 0.005, 0.010, ... of the picture's diagonal. How the radius grows is not given there, and a
picture's diagonal would make a cropped portrait move differently: here both are tied to the face.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from ..arrays import Bytes, Doubles, Mask, Pixels, Points, Values
from ..box import Box

BLUR_RADII = 10
BLUR_STEP = 0.005
"""From one radius to the next, as a share of the reference diagonal; taken as Gaussian standard deviation [lecture,
re-implementations]."""

REFERENCE_DIAGONAL = 6.0
"""Diagonal of an ordinary portrait, in outer-eye distances [median of our portraits]."""

CONFIDENCE_STEP = 0.4
"""Distance from the face over which the blur grows by one radius, in outer-eye distances."""

WIDEST_BLUR = (BLUR_RADII - 1) * BLUR_STEP * REFERENCE_DIAGONAL
"""Standard deviation of the last radius, in outer-eye distances."""

STRETCH_BAND = 2.0
"""Where the border is stretched, its displacement fades within so many times itself; at least 1, or it folds."""

PUSH_BAND = 1.0
"""The same where it is pushed out."""

OVERDRAW = 2
"""Cells by which a mesh is continued beyond its outline, so that an anti-aliased edge finds something to look up."""

THINNEST = 0.5
"""Triangles lower than this many samples are left to their neighbours, which touch the same samples: the map of a lid
that has closed leads far away from the eye."""

EDGE_SOFTNESS = 0.8
"""Standard deviation, in pixels, of the blur that turns the steps of a silhouette into an anti-aliased edge."""

Field = Values

AnyPicture = TypeVar("AnyPicture", bound=NDArray[Any])

_SUBPIXEL_BITS = 6
_IDENTITY = ((1, 0, 0), (0, 1, 0))


@dataclass(frozen=True)
class Lattice:
    """A regular grid of sample points over a part of the picture.

    Attributes
    ----------
    left, top : int
        First pixel that the lattice covers; may lie outside the picture.
    step : int
        Pixels a cell; a sample lies in the middle of its cell, where enlarging with `cv2.resize` puts it.
    columns, rows : int
    """

    left: int
    top: int
    step: int
    columns: int
    rows: int

    @classmethod
    def over(cls, low: Points | Pixels, high: Points | Pixels, step: int) -> Lattice:
        """The lattice that covers the box from `low` to `high` (x, y in pixels)."""
        left, top = (int(v) for v in np.floor(low))
        columns, rows = (int(v) for v in np.ceil((np.asarray(high) + 1 - (left, top)) / step))
        return cls(left, top, step, max(columns, 1), max(rows, 1))

    @classmethod
    def of_pixels(cls, box: Box) -> Lattice:
        """A sample at every pixel of a box."""
        return cls(box.left, box.top, 1, box.right - box.left, box.bottom - box.top)

    @property
    def width(self) -> int:
        """Pixels covered."""
        return self.columns * self.step

    @property
    def height(self) -> int:
        """Pixels covered."""
        return self.rows * self.step

    @property
    def box(self) -> Box:
        """The pixels covered."""
        return Box(self.left, self.top, self.left + self.width, self.top + self.height)

    def positions(self) -> Field:
        """(rows, columns, 2) sample points x, y in pixels of the picture."""
        middle = (self.step - 1) / 2
        x = self.left + middle + self.step * np.arange(self.columns, dtype=np.float32)
        y = self.top + middle + self.step * np.arange(self.rows, dtype=np.float32)
        return np.stack(np.meshgrid(x, y), axis=-1)

    def to_cells(self, points: Points) -> Doubles:
        """Points in units of cells, the first sample at (0, 0)."""
        middle = (self.step - 1) / 2
        return np.asarray((points - (self.left + middle, self.top + middle)) / self.step, np.float64)

    def enlarge(self, samples: Field, part: Box | None = None) -> Field:
        """Values for every pixel covered, or for those of a part, linear between samples."""
        if part is None:
            part = self.box
        if self.step == 1:
            return part.of(samples, self.box)
        # A pixel lies between the sample of its own cell and that of a cell beside it.
        first, last = (part.left - self.left) // self.step - 1, -(-(part.right - self.left) // self.step) + 1
        left, right = max(first, 0), min(last, self.columns)
        first, last = (part.top - self.top) // self.step - 1, -(-(part.bottom - self.top) // self.step) + 1
        top, bottom = max(first, 0), min(last, self.rows)
        cells = samples[top:bottom, left:right]
        size = (right - left) * self.step, (bottom - top) * self.step
        enlarged = np.asarray(cv2.resize(cells, size, interpolation=cv2.INTER_LINEAR), np.float32)
        x, y = part.left - self.left - left * self.step, part.top - self.top - top * self.step
        return enlarged[y : y + part.bottom - part.top, x : x + part.right - part.left]


def rasterise(lattice: Lattice, triangles: NDArray[np.int32], moved: Points, rest: Points) -> tuple[Field, Mask]:
    """Backward field of a triangle mesh; later triangles cover earlier ones.

    Parameters
    ----------
    lattice : Lattice
    triangles : (t, 3) int array
        Rows of `moved` and `rest`, in the order in which they are drawn.
    moved, rest : (n, 2) arrays
        The mesh in the output and in the portrait, in pixels.

    Returns
    -------
    field : (rows, columns, 2) float32 array
        Absolute source positions; the sample's own position where no triangle lies.
    covered : (rows, columns) bool array
        Where a triangle lies, or its continuation by `OVERDRAW` cells.
    """
    owner = owners(lattice, triangles, moved)
    covered = owner >= 0
    return pull_back(lattice, owner, affine_maps(moved[triangles], rest[triangles])), covered


def owners(lattice: Lattice, triangles: NDArray[np.int32], points: Points) -> NDArray[np.int16]:
    """(rows, columns) number of the triangle seen at each sample; -1 where there is none.

    Later triangles cover earlier ones. Beyond its outline the mesh goes on for `OVERDRAW` samples.
    """
    owner = np.full((lattice.rows, lattice.columns), -1, np.int16)
    cells = lattice.to_cells(points)
    inside = _may_be_seen(cells[triangles], lattice)
    corners = np.round(cells * (1 << _SUBPIXEL_BITS)).astype(np.int32)[triangles]
    for number in np.flatnonzero(inside).tolist():
        cv2.fillConvexPoly(owner, corners[number], (number,), cv2.LINE_8, _SUBPIXEL_BITS)
    for _ in range(OVERDRAW):
        owner = np.where(owner < 0, cv2.dilate(owner, np.ones((3, 3), np.uint8)), owner)
    return owner


def pull_back(lattice: Lattice, owner: NDArray[np.int16], maps: Doubles) -> Field:
    """Backward field in which every sample goes through the map (t, 2, 3) of the triangle that owns it."""
    x, y = np.split(lattice.positions(), 2, axis=2)
    table = np.concatenate([maps, [_IDENTITY]]).astype(np.float32)
    own = table.take(owner, axis=0, mode="wrap")  # -1, where there is none, is the last
    # Products and sums one by one: a library's own would round by how the memory happens to lie.
    field = own[..., 0] * x
    field += own[..., 1] * y
    field += own[..., 2]
    return np.asarray(field)


def affine_maps(source: Points, destination: Points) -> Doubles:
    """(t, 2, 3) affine maps that take each source triangle (t, 3, 2) to its destination.

    A source without area maps everything to the destination's middle.
    """
    a, b = source.astype(np.float64), destination.astype(np.float64)
    (ux, uy), (vx, vy) = (a[:, 1] - a[:, 0]).T, (a[:, 2] - a[:, 0]).T
    area = ux * vy - uy * vx
    flat = np.abs(area) < 1e-6
    inverse = np.stack([vy, -vx, -uy, ux], axis=1) / np.where(flat, np.inf, area)[:, None]
    images = np.stack([b[:, 1] - b[:, 0], b[:, 2] - b[:, 0]], axis=2)
    linear = images @ inverse.reshape(-1, 2, 2)
    anchor = b.mean(axis=1) - np.einsum("tij,tj->ti", linear, a.mean(axis=1))
    return np.concatenate([linear, anchor[..., None]], axis=2)


def smooth_by_confidence(lattice: Lattice, field: Field, distance: Values, unit: float, strength: float = 1.0) -> Field:
    """Blur a field the more, the further it is from the face.

    Parameters
    ----------
    lattice : Lattice
    field : (rows, columns, 2) array
        Absolute source positions.
    distance : (rows, columns) array
        Distance from the face in pixels, 0 inside.
    unit : float
        Outer-eye distance in pixels.
    strength : float
        0..1; scales the radii.

    Returns
    -------
    (rows, columns, 2) float32 array
    """
    if strength == 0:
        return field
    positions = lattice.positions()
    level = np.minimum(distance / (CONFIDENCE_STEP * unit), BLUR_RADII - 1)
    sigma = strength * BLUR_STEP * REFERENCE_DIAGONAL * unit / lattice.step
    blurred = field - positions
    smooth = blurred * _tent(level, 0)
    for radius in range(1, BLUR_RADII):
        # A Gaussian after a Gaussian is one whose variances add.
        more = sigma * np.sqrt(2 * radius - 1)
        blurred = np.asarray(cv2.GaussianBlur(blurred, (0, 0), more, borderType=cv2.BORDER_REPLICATE), np.float32)
        smooth += blurred * _tent(level, radius)
    return np.asarray(smooth + positions, np.float32)


def distance_outside(lattice: Lattice, *outlines: Points) -> Values:
    """(rows, columns) distance in pixels from the union of closed outlines (n, 2); 0 inside."""
    free = np.ones((lattice.rows, lattice.columns), np.uint8)
    for outline in outlines:
        corners = np.round(lattice.to_cells(outline) * (1 << _SUBPIXEL_BITS)).astype(np.int32)
        cv2.fillPoly(free, [corners], (0,), shift=_SUBPIXEL_BITS)
    # OpenCV's transform rounds otherwise from call to call, and frames would not repeat to the bit.
    return np.asarray(distance_transform_edt(free) * lattice.step, np.float32)


def coverage(lattice: Lattice, triangles: NDArray[np.int32], moved: Points) -> Bytes:
    """(height, width) anti-aliased silhouette of a mesh at full size, 0..255."""
    silhouette = np.zeros((lattice.height, lattice.width), np.uint8)
    corners = np.round((moved - (lattice.left, lattice.top)) * (1 << _SUBPIXEL_BITS)).astype(np.int32)[triangles]
    for triangle in corners:
        cv2.fillConvexPoly(silhouette, triangle, (255,), cv2.LINE_8, _SUBPIXEL_BITS)
    return np.asarray(cv2.GaussianBlur(silhouette, (0, 0), EDGE_SOFTNESS), np.uint8)


def hold_border(lattice: Lattice, field: Field, size: tuple[int, int]) -> Field:
    """Keep the picture's border where it is: painted frames and the edges of scans must not crawl.

    Near an edge the displacement towards or away from it fades. Where the picture would be stretched the fade takes as
    many pixels as it needs to stay one to one; where it is pushed out, a narrow band that gives way. A large margin is
    not touched by either.

    Parameters
    ----------
    lattice : Lattice
    field : (rows, columns, 2) array
        Absolute source positions.
    size : (width, height)
        Of the picture in pixels.
    """
    positions = lattice.positions()
    held = np.empty_like(field)
    for axis, length in enumerate(size):
        place = positions[..., axis]
        shift = field[..., axis] - place
        for sign, margin in ((1, place), (-1, length - 1 - place)):
            outward = sign * shift < 0
            reach = np.where(outward, STRETCH_BAND, PUSH_BAND) * np.abs(shift) + 1e-3
            shift = shift * (1 - np.exp(-np.maximum(margin, 0) / reach))
        held[..., axis] = place + shift
    return held


def remap(picture: AnyPicture, field: Field, interpolation: int, border: int = cv2.BORDER_REPLICATE) -> AnyPicture:
    """The picture looked up through a backward field of absolute positions."""
    # OpenCV's own types ask for a second map, which a field of two channels does not have.
    seen: AnyPicture = cv2.remap(picture, field, None, interpolation, borderMode=border)  # type: ignore[call-overload]
    return seen


def jacobian(field: Field, step: float) -> Values:
    """(rows - 1, columns - 1) determinant of the field's derivative; not positive where the picture folds over."""
    across = (field[:-1, 1:] - field[:-1, :-1]) / step
    down = (field[1:, :-1] - field[:-1, :-1]) / step
    return np.asarray(across[..., 0] * down[..., 1] - across[..., 1] * down[..., 0], np.float32)


def _may_be_seen(corners: Doubles, lattice: Lattice) -> Mask:
    """Which triangles (t, 3, 2), in cells, reach the lattice and are more than a line."""
    low, high = corners.min(axis=1), corners.max(axis=1)
    reach = (high > -1).all(axis=1) & (low[:, 0] < lattice.columns) & (low[:, 1] < lattice.rows)
    edges = corners - np.roll(corners, 1, axis=1)
    area = np.abs(edges[:, 0, 0] * edges[:, 1, 1] - edges[:, 0, 1] * edges[:, 1, 0])
    longest = np.linalg.norm(edges, axis=2).max(axis=1)
    return np.asarray(reach & (area > THINNEST * longest), bool)


def _tent(level: Values, radius: int) -> Values:
    """Share of one of the discrete radii at a real level, linear between two."""
    return np.asarray(np.maximum(1 - np.abs(level - radius), 0)[..., None])
