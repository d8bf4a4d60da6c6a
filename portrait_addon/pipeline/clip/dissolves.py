"""Step 1: find where a shot runs into the next by a cross-fade.

Within a cross-fade every frame is a mix of a frame before and a frame after it, ever more of the latter, and these two
show different things. A picture that moves is no such mix. It is looked for in thumbnails, where heads hardly move.
[ours, after A. Hampapur, R. Jain and T. Weymouth, *Production model based digital video segmentation*, 1995]
"""

from __future__ import annotations

from collections.abc import Collection

import cv2
import numpy as np
from numpy.typing import NDArray

from ..imaging.arrays import UInt8Array
from ..imaging.colour import encoded_luminance
from .cuts import CONTRAST, FADED

THUMBNAIL = (24, 40)
"""Height and width of thumbnails in pixels."""

REACHES = (6, 12, 20)
"""Frames to both sides of a frame that it may be a mix of."""

UNLIKE = 0.8
"""Correlation of the frames before and after below which they show different things [within our shots: 0.8 and more
where the rest fits]."""

CHANGE = 12.0
"""Least difference of the frames before and after, root mean square of 8-bit luminance."""

MISFIT = 0.2
"""Largest share of that difference that is no mix [within our shots: 0.28 and more; 95 of 100 cross-fades of 5 to 30
frames between two of our clips lie below]."""

DARKER = 4.0
"""Levels by which a mix may be darker than what it is a mix of."""

EVEN, STEP = 0.2, 0.08
"""How far a mix is from half and half at most, and by how much it changes at least, within half of the reach."""


def thumbnail(frame: UInt8Array) -> UInt8Array:
    """Shrink a frame for `dissolves`.

    Parameters
    ----------
    frame : (h, w, 3) or (h, w) uint8 array
        BGR or luminance.

    Returns
    -------
    (24, 40) uint8 array
        Luminance.
    """
    return np.asarray(cv2.resize(encoded_luminance(frame), THUMBNAIL[::-1], interpolation=cv2.INTER_AREA), np.uint8)


def dissolves(thumbnails: NDArray[np.uint8], firsts: Collection[int]) -> list[int]:
    """Find the frames in the middle of cross-fades.

    Parameters
    ----------
    thumbnails : (n, 24, 40) uint8 array
        See `thumbnail`.
    firsts : collection of int
        Rows of frames at which shots begin by a cut; no cross-fade is looked for across one.

    Returns
    -------
    list of int
        Rows that begin a shot, increasing.
    """
    cut = np.zeros(len(thumbnails) + 1, np.int64)
    cut[[first for first in firsts if first]] = 1
    cuts = np.cumsum(cut)
    contrasts = [float(frame.astype(np.float32).std()) for frame in thumbnails]
    mixed = [
        row
        for row in range(min(REACHES), len(thumbnails) - min(REACHES))
        if any(
            row - reach >= 0
            and row + reach < len(thumbnails)
            and cuts[row - reach] == cuts[row + reach]
            and _may_be_mixed(contrasts[row - reach], contrasts[row + reach])
            and _is_mixed(thumbnails, row, reach)
            for reach in REACHES
        )
    ]
    groups = np.split(mixed, np.flatnonzero(np.diff(mixed) > max(REACHES)) + 1) if mixed else []
    return [round((group[0] + group[-1] + 1) / 2) for group in groups]


def _may_be_mixed(before: float, after: float) -> bool:
    """Whether frames of such contrasts show enough for what is between them to be told a mix."""
    weaker, stronger = sorted((before, after))
    return weaker >= max(CONTRAST, FADED * stronger)


def _is_mixed(thumbnails: NDArray[np.uint8], row: int, reach: int) -> bool:
    """Whether a frame, and those half of the reach beside it, are ever more of what comes after."""
    before, after = (thumbnails[row + side * reach].astype(np.float32).ravel() for side in (-1, 1))
    change = after - before
    strength = float(change @ change)
    if strength < CHANGE**2 * len(change):
        return False
    one, other = (frame.astype(np.float64) - frame.mean(dtype=np.float64) for frame in (before, after))
    if one @ other > UNLIKE * np.sqrt((one @ one) * (other @ other)):
        return False
    shares = []
    for side in (-1, 0, 1):
        frame = thumbnails[row + side * (reach // 2)].astype(np.float32).ravel()
        if frame.mean() < min(before.mean(), after.mean()) - DARKER:  # it fades to black and from it
            return False
        since = frame - before
        share = float(since @ change) / strength
        if np.linalg.norm(since - share * change) > MISFIT * np.sqrt(strength):
            return False
        shares.append(share)
    early, middle, late = shares
    return abs(middle - 0.5) < EVEN and early + STEP < middle < late - STEP
