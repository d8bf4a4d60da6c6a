"""The passes of a frame, noted while it is painted; what they mean stands in `passes`."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ...srgb import srgb_to_linear
from ..face.mesh import OUTER_LIPS
from ..imaging.arrays import BoolArray, Field, Float32Array, ImageArray, Points, UInt8Array
from ..imaging.box import Box
from ..imaging.colour import white_level
from ..imaging.polygons import polygon_mask
from ..imaging.raster import EDGE_SOFTNESS, remap
from ..records.passes import PASSES


class AovWriter:
    """Notes, while a frame is painted, what its passes need; nothing that was not asked for.

    Parameters
    ----------
    wanted : collection of str
        Names of `PASSES`.
    picture : (h, w, c) array
        The canvas, premultiplied, uint8 or float32; tells size and white.
    """

    def __init__(self, wanted: Collection[str], picture: ImageArray) -> None:
        self._wanted = [item.name for item in PASSES if item.name in wanted]
        self._white = white_level(picture)
        self._size = picture.shape[:2]
        self._noted: dict[str, NDArray[Any]] = {}

    def begin(self, picture: ImageArray, field: Field) -> None:
        """Begin with the layer that fills the whole frame.

        Parameters
        ----------
        picture : (h, w, c) array
            The surround as painted, premultiplied, uint8 or float32.
        field : (h, w, 2) float32 array
            Where it was sampled, in pixels of the portrait.
        """
        beginnings: dict[str, Callable[[], NDArray[Any]]] = {
            "st_map": lambda: field.copy(),
            "person_matte": lambda: field.copy(),
            "shading": lambda: np.ones((*self._size, 3), np.float32),
            "patches": lambda: np.zeros((*self._size, 4), np.float32),
            "mouth": lambda: np.zeros((*self._size, 4), np.float32),
            "face_matte": lambda: np.zeros(self._size, np.float32),
            "step2": lambda: picture.copy(),
        }
        self._noted = {name: begin() for name, begin in beginnings.items() if name in self._wanted}

    def locked(
        self,
        part: Box,
        still: Field,
        over: Float32Array,
        moved: ImageArray,
        seen: ImageArray,
        made: BoolArray,
        composed: ImageArray,
    ) -> None:
        """Record that the person was laid over a clean plate.

        Parameters
        ----------
        part : Box
            Pixels of the frame; the arrays cover them.
        still : (y, x, 2) array
            Positions of the background in the portrait, in pixels.
        over : (y, x) array
            0..1, alpha of the person.
        moved, seen : (y, x, c) arrays
            The portrait sampled where the person is, and where the background is.
        made : (y, x) bool array
            Pixels of the plate that are filled and not the portrait's.
        composed : (y, x, c) array
            The result.
        """
        front = over > 0.5
        if "st_map" in self._noted:
            places = part.cut(self._noted["st_map"])
            places[~front] = still[~front]
        if "patches" in self._noted:
            share = np.where(front, 2 * (1 - over), np.where(made, 1, 2 * over))[..., None].astype(np.float32)
            shown = np.where(front[..., None], moved, seen).astype(np.float32)
            colours = shown + (composed - shown) / np.maximum(share, 1e-3)
            _lay_over(part.cut(self._noted["patches"]), np.clip(colours / self._white, 0, None), share)

    def hidden(self, part: Box, over: Float32Array) -> None:
        """Face and mouth were covered by `over` (y, x), 0..1."""
        for name in ("mouth", "face_matte"):
            if name in self._noted:
                below = part.cut(self._noted[name])
                below *= 1 - (over[..., None] if below.ndim == 3 else over)

    def warped(
        self,
        part: Box,
        field: Field,
        over: Float32Array,
        layer: ImageArray,
        shaded: ImageArray,
        gain: Float32Array | None,
        composed: ImageArray,
    ) -> None:
        """A part of the portrait is about to be laid over what lies there.

        Parameters
        ----------
        part : Box
            Pixels of the frame; the arrays cover them.
        field : (y, x, 2) array
        over : (y, x) array
            0..1, how much of it is seen.
        layer, shaded : (y, x, c) arrays
            The portrait looked up, before and after its light was changed.
        gain : (y, x, 3) array, optional
            The change of its light.
        composed : (y, x, c) array
            What lies there.
        """
        for name, noted in self._noted.items():
            below = part.cut(noted)
            if name in ("st_map", "person_matte"):
                below[over > 0.5] = field[over > 0.5]
            elif name == "step2":
                below[:] = cv2.blendLinear(layer, below, over, 1 - over)
            elif name == "shading":
                below += over[..., None] * ((1 if gain is None else gain) - below)
            elif name == "patches":
                below *= 1 - over[..., None]
                # What two places share is half of either, the more so the more evenly they share it.
                mean = (shaded.astype(np.float32) + composed) / (2 * self._white)
                shared = 2 * np.minimum(over, 1 - over)
                _lay_over(below, mean, shared[..., None].astype(np.float32))

    def covered(self, part: Box, over: Float32Array) -> None:
        """The skin of the face covers a part by `over` (y, x), 0..1."""
        if "face_matte" in self._noted:
            part.cut(self._noted["face_matte"])[:] = over

    def patched(self, part: Box, layer: Float32Array, alpha: Float32Array) -> None:
        """Colours (y, x, c) that are not moved from the portrait were laid over by `alpha` (y, x), 0..1."""
        over = alpha[..., None]
        for name, noted in self._noted.items():
            below = part.cut(noted)
            if name == "step2":
                blended = below + over * (layer - below)
                below[:] = np.rint(blended) if below.dtype == np.uint8 else blended
            elif name == "shading":
                below += over * (1 - below)
            elif name == "patches":
                _lay_over(below, layer / self._white, over)

    def mouthed(self, part: Box, inside: Float32Array, alpha: Float32Array) -> None:
        """The inside of the mouth (y, x, 3), encoded 0..1, was laid over by `alpha` (y, x, 1)."""
        if "mouth" in self._noted:
            _lay_over(part.cut(self._noted["mouth"]), inside, alpha)

    def passes(self, points: Points, person: UInt8Array | None) -> dict[str, NDArray[Any]]:
        """The passes as `Frame` has them.

        Parameters
        ----------
        points : (478, 3) array
            The portrait's points in this frame.
        person : (h, w) array, optional
            Matte of the person in the portrait, 0..255, for the pass of that name.
        """
        passes: dict[str, NDArray[Any]] = {}
        for name in self._wanted:
            noted = self._noted.get(name)
            if name == "person_matte" and person is not None:
                noted = remap(person, self._noted[name], cv2.INTER_LINEAR).astype(np.float32) / 255
            elif name == "mouth_matte":
                noted = _lips(points, self._size).astype(np.float32) / 255
            if noted is None:
                continue
            if name == "st_map":
                passes[name] = to_st(noted)
            elif name == "shading":
                passes[name] = noted[..., ::-1].astype(np.float16)
            elif noted.ndim == 2:
                passes[name] = noted.astype(np.float16)
            else:
                passes[name] = scene_linear(noted.astype(np.float32) / (self._white if name == "step2" else 1))
        return passes


def to_st(field: Field) -> Float32Array:
    """(h, w, 3) ST map of a backward field: right, up, and 1 where it counts.

    Positions are shares of the picture's width and height, from its lower left corner, pixel centres at half pixels.
    Those beyond its border are brought back to the outermost pixels, whose colours go on there.
    """
    height, width = field.shape[:2]
    across = (np.clip(field[..., 0], 0, width - 1) + np.float32(0.5)) / width
    up = 1 - (np.clip(field[..., 1], 0, height - 1) + np.float32(0.5)) / height
    return np.asarray(np.stack([across, up, np.ones_like(up)], axis=2), np.float32)


def scene_linear(encoded: Float32Array) -> NDArray[np.float16]:
    """(h, w, 3) RGB or (h, w, 4) RGBA in linear light, of BGR or BGRA as encoded; colours premultiplied in both."""
    if encoded.shape[2] == 3:
        return srgb_to_linear(encoded[..., ::-1]).astype(np.float16)
    alpha = encoded[..., 3:]
    straight = encoded[..., 2::-1] / np.maximum(alpha, 1e-6)
    return np.asarray(np.concatenate([srgb_to_linear(straight) * alpha, alpha], axis=2), np.float16)


def _lay_over(layer: Float32Array, colours: Float32Array, alpha: Float32Array) -> None:
    """Lay colours (y, x, 3) or premultiplied (y, x, 4) over a premultiplied layer (y, x, 4), in place."""
    layer *= 1 - alpha
    layer[..., : colours.shape[2]] += alpha * colours
    if colours.shape[2] == 3:
        layer[..., 3:] += alpha


def _lips(points: Points, size: tuple[int, ...]) -> UInt8Array:
    """The lips and what they enclose, anti-aliased, 0..255."""
    mask = polygon_mask(Box(0, 0, size[1], size[0]), points[OUTER_LIPS.contour, :2])
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), EDGE_SOFTNESS), np.uint8)
