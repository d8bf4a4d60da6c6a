"""Step 1: corrections of tracked points by hand.

Corrections are stored apart from the tracked points and applied on top of them: tracking again keeps them, and deleting
one restores the tracked point. On a clip a correction applies fully in its own frame and fades out over the frames
around it. If two corrections of the same handle are close to each other, the offset is interpolated between them, as
between keyframes.

Only points change. Everything that was measured with the points while the clip was tracked stays: peripheral points,
the inside of the mouth, wrinkles.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from ..imaging.disk_array import DiskArrayBuilder
from ..imaging.easing import smoothstep
from ..portrait.analysis import with_points
from ..records.performance import Performance
from ..records.portrait import Portrait
from .handles import Offset, displaced
from .placing import Placement

EASE = 6
"""Default number of frames on either side over which a correction on a clip fades out: a matter of taste, which each
correction may overrule."""


@dataclass(frozen=True)
class ClipCorrection:
    """A handle moved in one frame of a clip.

    Attributes
    ----------
    frame : int
        Number of the frame; the clip's first frame is 1.
    handle : str
        One of `HANDLES`.
    offset : Offset
        Displacement in outer-eye distances, see `Offset`.
    ease : int
        Number of frames on either side over which the offset fades out.
    """

    frame: int
    handle: str
    offset: Offset
    ease: int = EASE


@dataclass(frozen=True)
class Corrections:
    """All corrections by hand for a portrait and its clip.

    Attributes
    ----------
    placement : Placement, optional
        Where the face was placed by hand, in place of tracking; None if the face is tracked.
    portrait : tuple of (str, Offset)
        Handles moved on the portrait and their offsets; each handle at most once.
    clip : tuple of ClipCorrection
        Handles moved on the clip; each combination of handle and frame at most once.
    """

    placement: Placement | None = None
    portrait: tuple[tuple[str, Offset], ...] = ()
    clip: tuple[ClipCorrection, ...] = ()

    def with_portrait(self, handle: str, offset: Offset | None) -> Corrections:
        """Copy the corrections with one handle of the portrait changed.

        Parameters
        ----------
        handle : str
            One of `HANDLES`.
        offset : Offset or None
            New offset; None restores the tracked point.

        Returns
        -------
        Corrections
            All other corrections are unchanged.
        """
        others = tuple(pair for pair in self.portrait if pair[0] != handle)
        return replace(self, portrait=others if offset is None else (*others, (handle, offset)))

    def with_clip(self, handle: str, frame: int, offset: Offset | None, ease: int = EASE) -> Corrections:
        """Copy the corrections with one handle changed in one frame of the clip.

        Parameters
        ----------
        handle : str
            One of `HANDLES`.
        frame : int
            Number of the frame; the clip's first frame is 1.
        offset : Offset or None
            New offset. None removes every correction of this handle that reaches the frame.
        ease : int
            Number of frames on either side over which the offset fades out.

        Returns
        -------
        Corrections
            All other corrections are unchanged.
        """
        others = [item for item in self.clip if (item.handle, item.frame) != (handle, frame)]
        if offset is None:
            others = [item for item in others if item.handle != handle or abs(item.frame - frame) > item.ease]
            return replace(self, clip=tuple(others))
        return replace(self, clip=(*others, ClipCorrection(frame, handle, offset, ease)))


NONE = Corrections()
"""No corrections."""


def corrected_portrait(portrait: Portrait, corrections: Corrections) -> Portrait:
    """Apply corrections to a portrait.

    Parameters
    ----------
    portrait : Portrait
        As tracked.
    corrections : Corrections
        Those of the portrait apply.

    Returns
    -------
    Portrait
        Measured again at the corrected points; the input itself if no point was moved.
    """
    if not corrections.portrait:
        return portrait
    return with_points(portrait, displaced(portrait.points, dict(corrections.portrait)))


def corrected_performance(performance: Performance, corrections: Corrections) -> Performance:
    """Apply corrections to a performance.

    Parameters
    ----------
    performance : Performance
        As tracked.
    corrections : Corrections
        Those of the clip apply.

    Returns
    -------
    Performance
        With corrected points; the input itself if no frame changes.
    """
    frames = corrected_frames(corrections.clip, performance.frame_count)
    if not frames:
        return performance
    points = DiskArrayBuilder(np.float32)  # a long clip does not fill the memory
    for row, tracked in enumerate(performance.points):
        moved = row + 1 in frames
        points.append(displaced(tracked, offsets_at(corrections.clip, row + 1)) if moved else tracked)
    return replace(performance, points=points.array(*performance.points.shape[1:]))


def corrected_frames(clip: Sequence[ClipCorrection], frame_count: int) -> frozenset[int]:
    """Find the frames in which corrections move a point.

    Parameters
    ----------
    clip : sequence of ClipCorrection
        Corrections on the clip.
    frame_count : int
        Number of frames of the clip.

    Returns
    -------
    frozenset of int
        Frame numbers, 1..frame_count.

    Examples
    --------
    >>> sorted(corrected_frames([ClipCorrection(2, "nose_4", (0.1, 0.0), ease=1)], 10))
    [1, 2, 3]
    """
    near = {
        frame
        for item in clip
        for frame in range(max(item.frame - item.ease, 1), min(item.frame + item.ease, frame_count) + 1)
    }
    between = {
        frame
        for _, items in _by_handle(clip)
        for earlier, later in pairwise(items)
        if later.frame - earlier.frame <= earlier.ease + later.ease + 2
        for frame in range(max(earlier.frame, 1), min(later.frame, frame_count) + 1)
    }
    return frozenset(near | between)


def offsets_at(clip: Sequence[ClipCorrection], frame: int) -> dict[str, Offset]:
    """Interpolate the offsets of all corrected handles in a frame.

    Parameters
    ----------
    clip : sequence of ClipCorrection
        Corrections on the clip.
    frame : int
        Frame number; the clip's first frame is 1.

    Returns
    -------
    dict from str to Offset
        Handles with an offset other than zero.

    Examples
    --------
    >>> offsets_at([ClipCorrection(2, "nose_4", (0.1, 0.0), ease=1)], 3)
    {'nose_4': (0.05, 0.0)}
    """
    offsets = {}
    for handle, items in _by_handle(clip):
        frames, values = _knots(items)
        offset = _eased(frames, values, frame)
        if offset != (0.0, 0.0):
            offsets[handle] = offset
    return offsets


def in_effect(clip: Sequence[ClipCorrection], t: float, neutrals: Sequence[int]) -> list[dict[str, Offset]]:
    """List the offsets that affect the output frame at a clip time.

    The frame depends on the points at its time and, as every frame does, on those of a neutral frame.

    Parameters
    ----------
    clip : sequence of ClipCorrection
        Corrections on the clip.
    t : float
        Clip time in frames; the clip's first frame is 1.
    neutrals : sequence of int
        Numbers of the neutral frames of all shots.

    Returns
    -------
    list of dict from str to Offset
        Offsets in the frames before and after `t` and in the neutral frames; empty if all of them are empty.
    """
    moments = [offsets_at(clip, frame) for frame in (int(t), int(np.ceil(t)), *neutrals)]
    return moments if any(moments) else []


def _by_handle(clip: Sequence[ClipCorrection]) -> Iterator[tuple[str, list[ClipCorrection]]]:
    """Yield each handle and its corrections in the order of their frames."""
    for handle in sorted({item.handle for item in clip}):
        yield handle, sorted((item for item in clip if item.handle == handle), key=lambda item: item.frame)


def _knots(items: Sequence[ClipCorrection]) -> tuple[list[int], list[Offset]]:
    """Frames and offsets between which one handle is interpolated; zero offsets mark the end of each reach."""
    rest = (0.0, 0.0)
    knots: list[tuple[int, Offset]] = [(items[0].frame - items[0].ease - 1, rest), (items[0].frame, items[0].offset)]
    for earlier, later in pairwise(items):
        ends, begins = earlier.frame + earlier.ease + 1, later.frame - later.ease - 1
        if ends < begins:
            knots += [(ends, rest), (begins, rest)]
        knots.append((later.frame, later.offset))
    knots.append((items[-1].frame + items[-1].ease + 1, rest))
    return [frame for frame, _ in knots], [offset for _, offset in knots]


def _eased(frames: Sequence[int], values: Sequence[Offset], frame: int) -> Offset:
    """Smoothstep interpolation between knots; constant beyond the first and the last."""
    position = float(np.interp(frame, frames, range(len(frames))))
    before = min(int(position), len(frames) - 2)
    eased = smoothstep(position - before)
    x, y = ((1 - eased) * np.array(values[before]) + eased * np.array(values[before + 1])).tolist()
    return x, y
