"""The people of one picture, each in a layer of their own, over one clean plate.

Every pixel of the picture belongs to one person. Heads and bodies round the faces say whose it is; where two are alike
near, the edges of the picture say it, by a watershed [1]_. People hide each other in an order, by their size and by how
low their faces are: in a picture of a group, who is lower sits or stands in front.

What a nearer person hides of another is filled with the colours of that one, a little way in: as the clean plate is
filled behind all of them. So a head that moves uncovers its neighbour, and tears nothing out of them. At rest the
layers are the portrait exactly: what is filled always lies under an opaque pixel of the portrait. [ours]

References
----------
.. [1] F. Meyer, "Color image segmentation", ICIP 1992.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

import cv2
import numpy as np

from ..face.mesh import FACE_OVAL, outer_eye_distance
from ..imaging.arrays import Field, Float32Array, ImageArray, Points, UInt8Array
from ..imaging.box import Box
from ..imaging.colour import to_8bit
from ..imaging.compositing import strips
from ..imaging.easing import smoothstep
from ..imaging.scaling import Size, scale_within, size_within, upsample_region
from .clean_plate import CleanPlateFill
from .layers import MARGIN, sample_layer, with_alpha
from .prepared import PreparedPortrait

MEASURED_SIDE = 512
"""Longer side of the copy on which it is decided whose a pixel is, in pixels; borders are smooth at full size."""

TOP, CHIN = 10, 152
"""Points at the upper and the lower end of a face."""

HEAD = (0.6, 0.7)
"""Half the width and height of a head with its hair, in heights of the face."""

HEAD_ABOVE = 0.15
"""By how much the middle of the head is above that of the face, in its heights."""

SHOULDER = 1.5
"""Half the width of a body, in heights of the face."""

BODY = 1.05
"""A body is so far away where it is nearest, in half sizes of a head: heads come first."""

ALIKE = 1.5
"""Two people are alike near where their distances differ by less than this factor; there the picture decides."""

SURE = 1.12
"""The outline of a face, so many times as large, is surely the person's: temples and ears lie just beyond it."""

SIZE_COUNTS = 2.0
"""A face that is larger by a pixel is as near as one that is lower by so many."""

TAKEN = 0.02
"""Margin of who is behind that moves with a nearer person, in outer-eye distances."""

FADE = 0.06
"""Width over which a person fades into one who is further away, in outer-eye distances."""

REACH = 0.5
"""How far a person is continued behind a nearer one, in outer-eye distances: no head moves much further."""


@dataclass(frozen=True, eq=False)
class PersonLayer:
    """One person of several.

    Attributes
    ----------
    box : Box
        The part of the picture that the layer covers; beyond it there is nothing of the person.
    colours : (y, x, c) array
        The portrait's, premultiplied; what a nearer person hides is filled.
    alpha : (y, x) uint8 array
        0..255.
    rgba : (y, x, 4) array, optional
        Both, so that one lookup samples them; see `LayeredPortrait`.
    """

    box: Box
    colours: ImageArray = field(repr=False)
    alpha: UInt8Array = field(repr=False)
    rgba: ImageArray | None = field(repr=False)

    def sample(self, positions: Field) -> tuple[ImageArray, UInt8Array]:
        """Sample the person.

        Parameters
        ----------
        positions : (y, x, 2) float32 array
            Positions x, y in pixels of the portrait.

        Returns
        -------
        colours : (y, x, c) array
        alpha : (y, x) uint8 array
        """
        inside = positions - np.array([self.box.left, self.box.top], np.float32)
        return sample_layer(self.colours, self.alpha, self.rgba, inside)

    def whole_alpha(self, size: Size) -> UInt8Array:
        """Alpha of the whole picture.

        Parameters
        ----------
        size : tuple of two int
            Width and height of the picture.

        Returns
        -------
        (h, w) uint8 array
        """
        whole = np.zeros(size[::-1], np.uint8)
        self.box.cut(whole)[:] = self.alpha
        return whole


@dataclass(frozen=True, eq=False)
class People:
    """The people of one picture, apart from each other and from what is behind them.

    Attributes
    ----------
    layers : tuple of PersonLayer
        One for each person, in the order in which they were given.
    far_to_near : tuple of int
        Places in `layers` in the order in which they are painted.
    plate : (h, w, c) array
        What is behind all of them, premultiplied.
    around : (y, x, n) float32 array
        By how much the background belongs to each person, 0..1, on a small copy of the picture: 1 near one, and
        between two of them a slow change.
    """

    layers: tuple[PersonLayer, ...]
    far_to_near: tuple[int, ...]
    plate: ImageArray = field(repr=False)
    around: Float32Array = field(repr=False)

    @classmethod
    def of(cls, animated: Sequence[PreparedPortrait], still: Sequence[Points] = ()) -> People:
        """Take a picture apart.

        Parameters
        ----------
        animated : sequence of PreparedPortrait
            Portraits of the same picture, each with another face; at least one.
        still : sequence of (478, 3) arrays
            Points of the faces that never move.

        Returns
        -------
        People
            Those that are animated first.
        """
        first = animated[0]
        faces = [*(prepared.portrait.points for prepared in animated), *still]
        order, units = nearest_first(faces), [outer_eye_distance(points) for points in faces]
        picture, box = first.texture.picture, first.portrait.box
        size = size_within(first.portrait.size, MEASURED_SIDE)
        small = to_8bit(cast(ImageArray, cv2.resize(first.portrait.picture, size, interpolation=cv2.INTER_AREA)))
        scale = scale_within(first.portrait.size, MEASURED_SIDE)
        territory = _with_margin(territories([scale * faces[k] for k in order], small), scale * min(units))
        away = [_signed_distance(territory == rank) / np.float32(scale) for rank in range(len(order))]
        owner = _owners(away, box)

        matte, plate = _behind_all(animated, owner, order)
        small_matte = cv2.resize(matte, size, interpolation=cv2.INTER_AREA)
        layers: dict[int, PersonLayer] = {}
        for rank, person in enumerate(order):
            own = (territory == rank) & (small_matte > 127)
            beyond = np.maximum(_signed_distance(own), 0) / np.float32(scale)
            alpha = np.minimum(matte, _cover(owner, rank, away[rank], beyond, units[person], box))
            colours = _filled(picture, (owner < rank) & (matte == 255), own, alpha, units[person])
            layers[person] = _cut(colours, alpha)
        people = tuple(layers[person] for person in range(len(faces)))
        return cls(people, tuple(reversed(order)), plate, _around(away, order, units))


def _behind_all(
    animated: Sequence[PreparedPortrait], owner: UInt8Array, order: Sequence[int]
) -> tuple[UInt8Array, ImageArray]:
    """The matte of all people and the plate behind them: round each who is animated, those of the portrait alone."""
    layers = animated[0].take_layers()
    matte, plate = layers.matte.copy(), layers.clean_plate.copy()
    for rank, person in enumerate(order):
        if 0 < person < len(animated):
            theirs, layers = owner == rank, animated[person].take_layers()
            matte[theirs], plate[theirs] = layers.matte[theirs], layers.clean_plate[theirs]
    return matte, plate


def nearest_first(faces: Sequence[Points]) -> list[int]:
    """Sort people by who hides whom.

    Parameters
    ----------
    faces : sequence of (478, 3) arrays
        Points of their faces, in pixels.

    Returns
    -------
    list of int
        Places in `faces`; who hides all others comes first.

    Examples
    --------
    >>> face = np.zeros((478, 3)); face[263, 0] = 40
    >>> nearest_first([face, face + (60, 9, 0), 2 * face + (200, 0, 0)])
    [2, 1, 0]
    """

    def nearness(face: int) -> float:
        points = faces[face]
        return float(points[list(FACE_OVAL), 1].max()) + SIZE_COUNTS * outer_eye_distance(points)

    return sorted(range(len(faces)), key=nearness, reverse=True)


def territories(faces: Sequence[Points], picture: UInt8Array) -> UInt8Array:
    """Divide a picture among its people.

    Parameters
    ----------
    faces : sequence of (478, 3) arrays
        Points of their faces in pixels of the picture, the nearest person first.
    picture : (h, w, 3 or 4) uint8 array

    Returns
    -------
    (h, w) uint8 array
        The place in `faces` of each pixel's owner.
    """
    height, width = picture.shape[:2]
    if len(faces) == 1:
        return np.zeros((height, width), np.uint8)
    distances = np.stack([_distance(points, (width, height)) for points in faces])
    owner = distances.argmin(axis=0).astype(np.uint8)
    nearest, second = np.partition(distances, 1, axis=0)[:2]
    seeds = np.where(second < ALIKE * nearest, 0, owner.astype(np.int32) + 1)
    for rank, points in reversed(list(enumerate(faces))):
        oval = points[list(FACE_OVAL), :2]
        middle = oval.mean(axis=0)
        sure = np.round(middle + SURE * (oval - middle)).astype(np.int32)
        cv2.fillPoly(owner, [sure], (rank,))
        cv2.fillPoly(seeds, [sure], (rank + 1,))
    found = cv2.watershed(np.ascontiguousarray(picture[..., :3]), seeds)
    return np.asarray(cv2.medianBlur(np.where(found > 0, found - 1, owner).astype(np.uint8), 5), np.uint8)


def _with_margin(territory: UInt8Array, unit: float) -> UInt8Array:
    """Let nearer people take along a narrow margin of who is behind, so that nothing of them is left there."""
    side = 2 * round(TAKEN * unit) + 1
    return np.asarray(cv2.erode(territory, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))), np.uint8)


def _distance(points: Points, size: Size) -> Float32Array:
    """(h, w) distance from a person's head, or from the body below it, in half sizes of the head."""
    x, y = np.meshgrid(np.arange(size[0], dtype=np.float32), np.arange(size[1], dtype=np.float32))
    top, chin = points[TOP, :2].astype(np.float32), points[CHIN, :2].astype(np.float32)
    height = max(float(np.hypot(*(chin - top))), 1.0)
    down = (chin - top) / height
    middle = (top + chin) / 2 - HEAD_ABOVE * height * down
    across = down[1] * (x - middle[0]) - down[0] * (y - middle[1])
    along = down[0] * (x - middle[0]) + down[1] * (y - middle[1])
    head = np.hypot(across / (HEAD[0] * height), along / (HEAD[1] * height))
    body = BODY + np.abs(x - chin[0]) / (SHOULDER * height)
    return np.asarray(np.where(y > chin[1], np.minimum(head, body), head), np.float32)


def _signed_distance(inside: UInt8Array) -> Float32Array:
    """(y, x) distance in pixels from a region: positive outside of it, negative within."""
    if not inside.any():
        return np.full(inside.shape, np.float32(sum(inside.shape)))
    within, outside = (
        cv2.distanceTransform(region.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        for region in (inside, ~inside)
    )
    return np.asarray(outside - within, np.float32)


def _owners(away: Sequence[Float32Array], box: Box) -> UInt8Array:
    """(h, w) whose each pixel is, by signed distances on a small copy."""
    owner = np.empty((box.bottom, box.right), np.uint8)
    for part in strips(box):
        part.cut(owner)[:] = np.argmin([upsample_region(distance, part, box) for distance in away], axis=0)
    return owner


def _cover(owner: UInt8Array, rank: int, away: Float32Array, beyond: Float32Array, unit: float, box: Box) -> UInt8Array:
    """(h, w) alpha of a person, 0..255: fading over who is further away, and reaching far under who is nearer."""
    cover = np.empty_like(owner)
    for part in strips(box):
        over = 1 - upsample_region(away, part, box) / np.float32(FADE * unit)
        under = 1 - upsample_region(beyond, part, box) / np.float32(REACH * unit)
        own = part.cut(owner)
        share = np.where(own < rank, smoothstep(under), smoothstep(over))
        part.cut(cover)[:] = np.where(own == rank, 255, np.rint(255 * share))
    return cover


def _filled(picture: ImageArray, hidden: UInt8Array, own: UInt8Array, alpha: UInt8Array, unit: float) -> ImageArray:
    """A picture in which what nearer people hide is filled with a person's own colours, where alpha shows it."""
    height, width = picture.shape[:2]
    whole, wanted = Box(0, 0, width, height), hidden & (alpha > 0)
    if not wanted.any() or not own.any():
        return picture
    scale = own.shape[1] / width
    inwards = np.maximum(-_signed_distance(own), 0) / np.float32(scale * unit)
    fill, filled = CleanPlateFill.behind(picture, inwards, unit, MARGIN), picture.copy()
    for part in strips(whole.where(wanted)):
        layer, at = fill.part(part, whole), part.cut(wanted)
        part.cut(filled)[at] = (np.rint(layer) if picture.dtype == np.uint8 else layer)[at]
    return filled


def _cut(colours: ImageArray, alpha: UInt8Array) -> PersonLayer:
    """The part of a layer that shows anything, with a rim of nothing."""
    height, width = alpha.shape
    found = Box(0, 0, width, height).where(alpha)
    box = Box(found.left - 1, found.top - 1, found.right + 1, found.bottom + 1).within(alpha)
    own, over = box.cut(colours).copy(), box.cut(alpha).copy()
    return PersonLayer(box, own, over, with_alpha(own, over))


def _around(away: Sequence[Float32Array], order: Sequence[int], units: Sequence[float]) -> Float32Array:
    """(y, x, n) by how much the background belongs to each person, in the order of the faces."""
    near = np.empty((*away[0].shape, len(order)), np.float32)
    for rank, person in enumerate(order):
        near[..., person] = np.clip(0.5 - away[rank] / np.float32(2 * units[person]), 0, 1)
    near /= np.maximum(near.sum(axis=2, keepdims=True), np.float32(1e-6))
    return near
