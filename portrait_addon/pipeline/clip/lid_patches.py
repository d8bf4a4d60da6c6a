"""The shade of the driver's closing lids, measured frame by frame.

A closing lid shows what a portrait with open eyes does not: skin that was folded away, the line of the lashes, a softer
crease. The driver shows all three. As with wrinkles his pixels are not taken, but a ratio: the luminance of the lids
against that of bare skin in their place, which is stretched over from the skin around. [ours]
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ..face.bare_skin import bare_skin
from ..face.lid_space import HEIGHT, REGION_MARGIN, SCALE, WIDTH, lid_outline, lid_space
from ..face.mesh import LIDS, Lids
from ..face.pose import Pose
from ..imaging.arrays import Points, UInt8Array
from ..imaging.box import Box
from ..imaging.colour import linear_of_bytes, luminance
from ..imaging.polygons import polygon_mask
from ..imaging.similarity import Similarity

CLOSING = 0.15
"""Closed share of a lid from which on its shade is kept."""

RATIOS = (0.1, 1.3)
"""Least and largest ratio that is kept: eyelashes are dark, but the glint of an eye is no lid."""

DARK_FLOOR = 0.01
"""Added to both luminances, so that black beside black is no ratio."""

_PATCH = Box(0, 0, WIDTH, HEIGHT)


class LidRatioExtractor:
    """Measures the shade of closing lids.

    Parameters
    ----------
    neutral : (478, 3) array
        Points of the neutral driving frame, in pixels.
    """

    def __init__(self, neutral: Points) -> None:
        self._neutral = neutral

    def closes(self, points: Points) -> bool:
        """Find out whether a lid closes in a frame.

        Parameters
        ----------
        points : (478, 3) array
            Points of the frame, in pixels.

        Returns
        -------
        bool
        """
        pose = Pose(self._neutral, points)
        return any(pose.closed_share(lids.eye) > CLOSING for lids in LIDS)

    def log_ratios(self, frame: UInt8Array, points: Points) -> NDArray[np.float16]:
        """Measure both lids of a frame.

        Parameters
        ----------
        frame : (h, w, 3) uint8 array
            BGR.
        points : (478, 3) array
            In its pixels.

        Returns
        -------
        (2, HEIGHT, WIDTH) float16 array
            Natural logarithms for the sitter's right and left eye, see `lid_space`; empty if none closes.
        """
        if not self.closes(points):
            return np.empty((0, HEIGHT, WIDTH), np.float16)
        return np.stack([_log_ratio(frame, points, lids) for lids in LIDS])


def _log_ratio(frame: UInt8Array, points: Points, lids: Lids) -> NDArray[np.float16]:
    to_patch = lid_space(points, lids)
    light = luminance(linear_of_bytes(_sampled(frame, to_patch)))
    outline = lid_outline(to_patch(points[:, :2]), lids, REGION_MARGIN * SCALE)
    mask = polygon_mask(_PATCH, outline)
    bare = bare_skin(light[..., None], light, outline, mask, SCALE)[..., 0]
    ratio = (light + DARK_FLOOR) / (bare + DARK_FLOOR)
    return np.asarray(np.log(np.clip(ratio, *RATIOS)), np.float16)


def _sampled(frame: UInt8Array, to_patch: Similarity) -> UInt8Array:
    """The patch (HEIGHT, WIDTH, 3) of a frame; a larger driver is blurred first, so that nothing aliases."""
    matrix = np.column_stack([to_patch.linear, to_patch.translation])
    if to_patch.scale < 1:
        low = to_patch.inverse(np.array([[0, 0], [WIDTH, 0], [0, HEIGHT], [WIDTH, HEIGHT]]))
        box = Box.around(low, 2 / to_patch.scale).within(frame)
        if box.empty:
            return np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        frame = np.asarray(cv2.GaussianBlur(box.cut(frame), (0, 0), 0.4 / to_patch.scale), np.uint8)
        matrix = matrix @ np.array([[1, 0, box.left], [0, 1, box.top], [0, 0, 1]], np.float64)
    flags = cv2.INTER_LINEAR
    return np.asarray(
        cv2.warpAffine(frame, matrix, (WIDTH, HEIGHT), flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )
