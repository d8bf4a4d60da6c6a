"""Step 1: find where a clip was cut.

Within a shot, what is seen in one frame is seen in the next: corners in the picture are found again, even when a head
or a camera moves fast. Across a cut they are not, or all of them at another scale. A frame that shows nothing, such as
a blank one, and frames that flash and are gone, begin no shot. [ours]
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import TypeVar

import cv2
import numpy as np

from ..imaging.arrays import Float32Array, UInt8Array
from ..imaging.colour import encoded_luminance
from ..imaging.robust import median
from ..imaging.scaling import downscale, scale_within, scaled_size

WORKING_SIDE = 160
"""Longer side of the pictures in which corners are followed, in pixels."""

UNCHANGED = 0.98
"""Correlation of two pictures above which they show the same, and no corners need to be followed [neighbouring frames
of a talk: 0.99 and more; the same scene at another scale: up to 0.92]."""

MOST_CORNERS, FEWEST_CORNERS = 80, 8
"""Largest number of corners that are followed, and least number that tell anything."""

QUALITY, SPACING = 0.01, 6.0
"""Least strength of a corner, as a share of the strongest, and least distance of two, in working pixels."""

WINDOW, LEVELS = 15, 3
"""Side of the window of the optical flow, in working pixels, and highest level of its pyramid."""

MISSED = 1.0
"""Distance, in working pixels, by which a corner may miss its start, there and back."""

PATCH, ALIKE = 9, 0.7
"""Side of the patches that are compared at both ends, in pixels, and their least correlation."""

FOUND_AGAIN = 0.3
"""Share of corners that is found again within a shot [our clips: 0.63 and more; across cuts to another framing of the
same scene up to 0.19]."""

SURELY_FOUND = 0.7
"""Share of corners that return to their start from which on their patches are not compared."""

RESCALED = 0.12
"""Change of the logarithm of the scale from one frame to the next: nobody moves so fast, and no lens zooms so."""

CONTRAST = 6.0
"""Standard deviation of a picture's luminance, in 8 bits, below which it shows nothing."""

FADED = 0.25
"""A picture of less than this share of its shot's strongest contrast fades out or in, and begins no shot."""

LOOK_AHEAD = 5
"""Frames within which what was seen before comes back, if they only flashed."""

Item = TypeVar("Item")


def working_picture(frame: UInt8Array) -> UInt8Array:
    """Shrink a frame for `with_cuts`.

    Parameters
    ----------
    frame : (h, w, 3) or (h, w) uint8 array
        BGR or luminance.

    Returns
    -------
    (y, x) uint8 array
        Luminance.
    """
    size = frame.shape[1], frame.shape[0]
    return downscale(encoded_luminance(frame), scaled_size(size, scale_within(size, WORKING_SIDE)))


def with_cuts(frames: Iterable[tuple[UInt8Array, Item]]) -> Iterator[tuple[bool, Item]]:
    """Tell where shots begin. Each frame comes `LOOK_AHEAD` frames late.

    Parameters
    ----------
    frames : iterable of ((y, x) uint8 array, Item)
        Working pictures, and anything that belongs to the frames.

    Yields
    ------
    bool
        Whether a shot begins here; the first frame of a clip is no cut.
    Item
        What belongs to the frame.
    """
    waiting: deque[tuple[UInt8Array, Item]] = deque()
    last: UInt8Array | None = None
    strongest = 0.0
    source = iter(frames)
    ended = False
    while True:
        while not ended and len(waiting) <= LOOK_AHEAD:
            following = next(source, None)
            ended = following is None
            if following is not None:
                waiting.append(following)
        if not waiting:
            return
        picture, item = waiting.popleft()
        cut = False
        contrast, least = float(picture.std()), max(CONTRAST, FADED * strongest)
        if contrast > least:
            if last is None or _same_shot(last, picture):
                last, strongest = picture, max(strongest, contrast)
            elif not any(float(later.std()) > least and _same_shot(last, later) for later, _ in waiting):
                cut, last, strongest = True, picture, contrast
        yield cut, item


def _same_shot(before: UInt8Array, after: UInt8Array) -> bool:
    """Whether what one picture shows is found again in another."""
    if cv2.matchTemplate(before, after, cv2.TM_CCOEFF_NORMED)[0, 0] > UNCHANGED:
        return True
    corners = cv2.goodFeaturesToTrack(before, MOST_CORNERS, QUALITY, SPACING)
    if corners is None or len(corners) < FEWEST_CORNERS:
        return True
    start = np.asarray(corners, np.float32)
    end, there = _flow(before, after, start)
    back, again = _flow(after, before, end)
    kept = there & again & (np.linalg.norm(back - start, axis=2)[:, 0] < MISSED)
    if kept.mean() < SURELY_FOUND:  # looking at patches is slow, and seldom needed
        kept[kept] = [_alike(before, after, *places) for places in zip(start[kept, 0], end[kept, 0], strict=True)]
    return bool(kept.mean() >= FOUND_AGAIN) and abs(_log_scale(start[kept, 0], end[kept, 0])) < RESCALED


def _flow(before: UInt8Array, after: UInt8Array, start: Float32Array) -> tuple[Float32Array, UInt8Array]:
    """End (m, 1, 2) of each corner, and whether it was found (m,)."""
    end, found, _ = cv2.calcOpticalFlowPyrLK(before, after, start, None, winSize=(WINDOW, WINDOW), maxLevel=LEVELS)  # type: ignore[call-overload]
    return np.asarray(end, np.float32), np.asarray(found[:, 0] > 0)


def _alike(before: UInt8Array, after: UInt8Array, start: Float32Array, end: Float32Array) -> bool:
    """Whether the patches round two positions x, y correlate."""
    pair = [
        cv2.getRectSubPix(picture, (PATCH, PATCH), (float(x), float(y))).astype(np.float32)
        for picture, (x, y) in ((before, start), (after, end))
    ]
    one, other = (patch - patch.mean() for patch in pair)
    return float((one * other).sum()) > ALIKE * float(np.linalg.norm(one) * np.linalg.norm(other))


def _log_scale(start: Float32Array, end: Float32Array) -> float:
    """Logarithm of the scale of most corners, from two sets (m, 2) of their places: the median over pairs of them."""
    first, second = np.triu_indices(len(start), 1)
    before, after = (np.linalg.norm(places[first] - places[second], axis=1) for places in (start, end))
    apart = (before > 2 * SPACING) & (after > 0)
    return median(np.log(after[apart] / before[apart])) if apart.any() else 0.0
