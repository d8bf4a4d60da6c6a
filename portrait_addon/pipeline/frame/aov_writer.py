"""Passes (arbitrary output variables, AOVs) of a frame, recorded while the frame is painted.

The module `records.passes` defines the passes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Protocol

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
from ..records.passes import TARGET_PASSES

POSITIONS = ("st_map", "person_matte", "depth")
"""Passes that are looked up where each pixel lies in the portrait."""

HALF = 127
"""Alpha, 0..255, above which a pixel lies where its upper layer lies."""


class AnyDepth(Protocol):
    """The depth of a frame, see `FrameDepth.of`."""

    def of(self, positions: Field) -> Float32Array:
        """Compute the depth of a frame.

        Parameters
        ----------
        positions : (h, w, 2) float32 array
            Where its pixels lie in the portrait, in pixels.

        Returns
        -------
        (h, w) float32 array
            Metres from the camera's plane.
        """


class AovWriter:
    """Records the wanted passes of a frame while the frame is painted.

    The painters call one method for each layer, from back to front. The method `passes` returns the result.

    Parameters
    ----------
    wanted : collection of str
        Names of the wanted passes, see `TARGET_PASSES`; unknown names are ignored.
    picture : (h, w, c) uint8 or float32 array
        The canvas, premultiplied BGR or BGRA. Only its size and type are used.
    """

    def __init__(self, wanted: Collection[str], picture: ImageArray) -> None:
        self._wanted = [item.name for item in TARGET_PASSES if item.name in wanted]
        self._white = white_level(picture)
        self._size = picture.shape[:2]
        self._buffers: dict[str, NDArray[Any]] = {}
        self._shares: dict[int, Float32Array] = {}

    def begin(self, picture: ImageArray, field: Field) -> None:
        """Start all passes with the layer that fills the whole frame.

        Parameters
        ----------
        picture : (h, w, c) uint8 or float32 array
            The painted surround, premultiplied.
        field : (h, w, 2) float32 array
            Positions in the portrait at which the surround was sampled, in pixels.
        """
        initial: dict[str, Callable[[], NDArray[Any]]] = {
            **dict.fromkeys(POSITIONS, field.copy),
            "shading": lambda: np.ones((*self._size, 3), np.float32),
            "patches": lambda: np.zeros((*self._size, 4), np.float32),
            "mouth": lambda: np.zeros((*self._size, 4), np.float32),
            "creases": lambda: np.ones((*self._size, 3), np.float32),
            "modelled_mouth": lambda: np.zeros((*self._size, 4), np.float32),
            "mouth_source": lambda: np.zeros((*self._size, 3), np.float32),
            "teeth_matte": lambda: np.zeros(self._size, np.float32),
            "face_matte": lambda: np.zeros(self._size, np.float32),
            "step2": lambda: picture.copy(),
        }
        self._buffers = {name: buffer() for name, buffer in initial.items() if name in self._wanted}

    def locked(
        self,
        part: Box,
        background: Field,
        alpha: Float32Array,
        person_sampled: ImageArray,
        background_sampled: ImageArray,
        filled: BoolArray,
        composed: ImageArray,
    ) -> None:
        """Record a part of the surround in which the person was composited over the clean plate.

        Parameters
        ----------
        part : Box
            Pixels of the frame that the arrays cover.
        background : (y, x, 2) float32 array
            Positions in the portrait at which the background was sampled, in pixels.
        alpha : (y, x) float32 array
            Alpha of the person, 0..1.
        person_sampled, background_sampled : (y, x, c) uint8 or float32 arrays
            The portrait sampled through the field of the person, and through the field of the background.
        filled : (y, x) bool array
            Pixels at which the clean plate is filled and differs from the portrait.
        composed : (y, x, c) uint8 or float32 array
            The canvas after compositing.
        """
        front = alpha > 0.5
        if "st_map" in self._buffers:
            positions = part.cut(self._buffers["st_map"])
            positions[~front] = background[~front]
        if "patches" in self._buffers:
            cover = np.where(front, 2 * (1 - alpha), np.where(filled, 1, 2 * alpha))[..., None].astype(np.float32)
            sampled = np.where(front[..., None], person_sampled, background_sampled).astype(np.float32)
            colours = sampled + (composed - sampled) / np.maximum(cover, 1e-3)
            _lay_over(part.cut(self._buffers["patches"]), np.clip(colours / self._white, 0, None), cover)

    def hidden(self, part: Box, alpha: Float32Array) -> None:
        """Record that a layer covers the face and the mouth.

        Parameters
        ----------
        part : Box
            Pixels of the frame that the array covers.
        alpha : (y, x) float32 array
            Alpha of the covering layer, 0..1.
        """
        for name in ("mouth", "mouth_source", "modelled_mouth", "teeth_matte", "face_matte"):
            if name in self._buffers:
                below = part.cut(self._buffers[name])
                below *= 1 - (alpha[..., None] if below.ndim == 3 else alpha)

    def layered(
        self,
        person: int | None,
        part: Box,
        field: Field,
        alpha: UInt8Array,
        layer: ImageArray,
        made: BoolArray,
        composed: ImageArray,
    ) -> None:
        """Record one person of several, or what is behind all of them, after it was composited over the canvas.

        What the ST map does not give is a patch with the colours of the canvas. It hides all that was recorded below.

        Parameters
        ----------
        person : int, optional
            Place of the person among all; None for what is behind them.
        part : Box
            Pixels of the frame that the arrays cover.
        field : (y, x, 2) float32 array
            Positions in the portrait at which the layer was sampled, in pixels.
        alpha : (y, x) uint8 array
            Alpha of the layer, 0..255.
        layer : (y, x, c) uint8 or float32 array
            The sampled layer, premultiplied.
        made : (y, x) bool array
            Pixels of the canvas that are not the portrait where the ST map leads, nor what they were before.
        composed : (y, x, c) uint8 or float32 array
            The canvas after compositing.
        """
        share, front = alpha.astype(np.float32) / 255, alpha > HALF
        self.hidden(part, share)
        for name, buffer in self._buffers.items():
            below = part.cut(buffer)
            if name in POSITIONS:
                below[front] = field[front]
            elif name == "step2":
                below[:] = cv2.blendLinear(layer, below, share, 1 - share)
            elif name in ("shading", "creases"):
                below += share[..., None] * (1 - below)
            elif name == "mouth":
                below[front | made] = 0
            elif name == "patches":
                below[front] = 0
                below[made, 3] = 1
                below[made, : composed.shape[2]] = composed[made] / self._white
        self._record_share(person, part, share)

    def _record_share(self, person: int | None, part: Box, share: Float32Array) -> None:
        """Record how far the pixels belong to a person, and no more to those who are behind."""
        for shares in self._shares.values():
            part.cut(shares)[:] *= 1 - share
        if person is not None:
            shares = self._shares.setdefault(person, np.zeros(self._size, np.float32))
            part.cut(shares)[:] += share

    def share(self, person: int) -> Float32Array:
        """Tell how far each pixel belongs to one person of several.

        Parameters
        ----------
        person : int
            Place of the person among all.

        Returns
        -------
        (h, w) float32 array
            0..1.
        """
        return self._shares.get(person, np.zeros(self._size, np.float32))

    def warped(
        self,
        part: Box,
        field: Field,
        alpha: Float32Array,
        layer: ImageArray,
        shaded: ImageArray,
        gain: Float32Array | None,
        composed: ImageArray,
    ) -> None:
        """Record a layer that is sampled from the portrait, before it is composited over the canvas.

        Parameters
        ----------
        part : Box
            Pixels of the frame that the arrays cover.
        field : (y, x, 2) float32 array
            Positions in the portrait at which the layer was sampled, in pixels.
        alpha : (y, x) float32 array
            Alpha of the layer, 0..1.
        layer, shaded : (y, x, c) uint8 or float32 arrays
            The sampled portrait before and after shading, premultiplied.
        gain : (y, x, 3) float32 array, optional
            Factors of the shading on linear blue, green and red; None if there is no shading.
        composed : (y, x, c) uint8 or float32 array
            The canvas before compositing.
        """
        for name, buffer in self._buffers.items():
            below = part.cut(buffer)
            if name in POSITIONS:
                below[alpha > 0.5] = field[alpha > 0.5]
            elif name == "step2":
                below[:] = cv2.blendLinear(layer, below, alpha, 1 - alpha)
            elif name == "shading":
                below += alpha[..., None] * ((1 if gain is None else gain) - below)
            elif name == "patches":
                below *= 1 - alpha[..., None]
                # The ST map names one of the two sources of a mixed pixel. The patch supplies the other: the mean of
                # both sources, with an alpha of 1 where they mix evenly.
                mean = (shaded.astype(np.float32) + composed) / (2 * self._white)
                mixed = 2 * np.minimum(alpha, 1 - alpha)
                _lay_over(below, mean, mixed[..., None].astype(np.float32))

    def covered(self, part: Box, alpha: Float32Array) -> None:
        """Record the matte of the face's skin.

        Parameters
        ----------
        part : Box
            Pixels of the frame that the array covers.
        alpha : (y, x) float32 array
            Alpha of the skin, 0..1.
        """
        if "face_matte" in self._buffers:
            below = part.cut(self._buffers["face_matte"])
            below += alpha * (1 - below)

    def creased(self, part: Box, gain: Float32Array, alpha: Float32Array) -> None:
        """Record the creases that were learned from others.

        Parameters
        ----------
        part : Box
            Pixels of the frame that the arrays cover.
        gain : (y, x, 3) float32 array
            Factors on linear blue, green and red.
        alpha : (y, x) float32 array
            Alpha of the skin, 0..1.
        """
        if "creases" in self._buffers:
            below = part.cut(self._buffers["creases"])
            below += alpha[..., None] * (gain - below)

    def patched(self, part: Box, layer: Float32Array, alpha: Float32Array) -> None:
        """Record colours that are blended into the canvas and are not sampled from the portrait.

        Parameters
        ----------
        part : Box
            Pixels of the frame that the arrays cover.
        layer : (y, x, c) float32 array
            Colours in the canvas's units.
        alpha : (y, x) float32 array
            Alpha of the colours, 0..1.
        """
        weight = alpha[..., None]
        for name, buffer in self._buffers.items():
            below = part.cut(buffer)
            if name == "step2":
                blended = below + weight * (layer - below)
                below[:] = np.rint(blended) if below.dtype == np.uint8 else blended
            elif name == "shading":
                below += weight * (1 - below)
            elif name == "patches":
                _lay_over(below, layer / self._white, weight)

    def mouthed(
        self, part: Box, inside: Float32Array, alpha: Float32Array, sources: tuple[float, float, float]
    ) -> None:
        """Record the inside of the mouth.

        Parameters
        ----------
        part : Box
            Pixels of the frame that the arrays cover.
        inside : (y, x, 3) float32 array
            Encoded BGR colours, 0..1.
        alpha : (y, x, 1) float32 array
            Alpha of the colours, 0..1.
        sources : tuple of three float
            Share of the driver's mouth, of the picture's own, and of a modelled one in it.
        """
        if "mouth" in self._buffers:
            _lay_over(part.cut(self._buffers["mouth"]), inside, alpha)
        if "mouth_source" in self._buffers:
            below = part.cut(self._buffers["mouth_source"])
            below += alpha * (np.array(sources, np.float32) - below)

    def modelled(self, part: Box, inside: Float32Array, alpha: Float32Array, teeth: Float32Array) -> None:
        """Record the inside of a modelled mouth.

        Parameters
        ----------
        part : Box
            Pixels of the frame that the arrays cover.
        inside : (y, x, 3) float32 array
            Encoded BGR colours, 0..1.
        alpha : (y, x, 1) float32 array
            Alpha of the colours, 0..1.
        teeth : (y, x) float32 array
            Matte of the teeth in it, 0..1.
        """
        if "modelled_mouth" in self._buffers:
            _lay_over(part.cut(self._buffers["modelled_mouth"]), inside, alpha)
        if "teeth_matte" in self._buffers:
            below = part.cut(self._buffers["teeth_matte"])
            below += alpha[..., 0] * (teeth - below)

    def _lip_matte(self, faces: Sequence[Points]) -> Float32Array:
        """(h, w) matte of all lips, as far as no nearer person hides them."""
        matte = np.zeros(self._size, np.float32)
        for person, points in enumerate(faces):
            lips = _lips(points, self._size).astype(np.float32) / 255
            matte += lips * self.share(person) if self._shares else lips
        return matte

    def passes(
        self, faces: Sequence[Points], person: UInt8Array | None, depth: AnyDepth | None = None
    ) -> dict[str, NDArray[Any]]:
        """Convert the recorded layers into the passes of a `Frame`.

        Parameters
        ----------
        faces : sequence of (478, 3) arrays
            The points of each face in this frame, in pixels.
        person : (h, w) uint8 array, optional
            Matte of the person in the portrait, 0..255; required for the pass ``person_matte``.
        depth : AnyDepth, optional
            Required for the pass ``depth``.

        Returns
        -------
        dict of str to array
            The wanted passes by name, in the order of `TARGET_PASSES`. Mattes and depth are (h, w), all other passes
            (h, w, 3) RGB or (h, w, 4) RGBA, premultiplied and in linear light. All are float16, except for ST map and
            depth, which are float32.
        """
        passes: dict[str, NDArray[Any]] = {}
        for name in self._wanted:
            buffer = self._buffers.get(name)
            if name == "person_matte" and person is not None:
                buffer = remap(person, self._buffers[name], cv2.INTER_LINEAR).astype(np.float32) / 255
            elif name == "mouth_matte":
                buffer = self._lip_matte(faces)
            elif name == "depth":
                buffer = None if depth is None else depth.of(self._buffers[name])
            if buffer is None:
                continue
            if name == "st_map":
                passes[name] = to_st(buffer)
            elif name in ("shading", "creases"):
                passes[name] = buffer[..., ::-1].astype(np.float16)
            elif name == "depth":
                passes[name] = buffer
            elif name == "mouth_source" or buffer.ndim == 2:
                passes[name] = buffer.astype(np.float16)
            else:
                passes[name] = scene_linear(buffer.astype(np.float32) / (self._white if name == "step2" else 1))
        return passes


def to_st(field: Field) -> Float32Array:
    """Convert a backward field into an ST map.

    Positions outside the picture are clipped to the centres of the outermost pixels, because the picture is continued
    with their colours.

    Parameters
    ----------
    field : (h, w, 2) float32 array
        Absolute source positions x, y in pixels.

    Returns
    -------
    (h, w, 3) float32 array
        Channel 0 is the position to the right and channel 1 the position upwards, as fractions of the picture's width
        and height, from the outer corner of its lower left pixel. Channel 2 is 1.
    """
    height, width = field.shape[:2]
    across = (np.clip(field[..., 0], 0, width - 1) + np.float32(0.5)) / width
    up = 1 - (np.clip(field[..., 1], 0, height - 1) + np.float32(0.5)) / height
    return np.asarray(np.stack([across, up, np.ones_like(up)], axis=2), np.float32)


def scene_linear(encoded: Float32Array) -> NDArray[np.float16]:
    """Convert encoded sRGB colours into linear light.

    Parameters
    ----------
    encoded : (h, w, 3) or (h, w, 4) float32 array
        Encoded BGR or premultiplied BGRA; 1 is white.

    Returns
    -------
    (h, w, 3) or (h, w, 4) float16 array
        Linear RGB or premultiplied RGBA; 1 is white.
    """
    if encoded.shape[2] == 3:
        return srgb_to_linear(encoded[..., ::-1]).astype(np.float16)
    alpha = encoded[..., 3:]
    straight = encoded[..., 2::-1] / np.maximum(alpha, 1e-6)
    return np.asarray(np.concatenate([srgb_to_linear(straight) * alpha, alpha], axis=2), np.float16)


def _lay_over(layer: Float32Array, colours: Float32Array, alpha: Float32Array) -> None:
    """Composite colours (y, x, 3) or premultiplied (y, x, 4) over a premultiplied layer (y, x, 4), in place."""
    layer *= 1 - alpha
    layer[..., : colours.shape[2]] += alpha * colours
    if colours.shape[2] == 3:
        layer[..., 3:] += alpha


def _lips(points: Points, size: tuple[int, ...]) -> UInt8Array:
    """(h, w) anti-aliased matte of the lips and the mouth between them, 0..255."""
    mask = polygon_mask(Box(0, 0, size[1], size[0]), points[OUTER_LIPS.contour, :2])
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), EDGE_SOFTNESS), np.uint8)
