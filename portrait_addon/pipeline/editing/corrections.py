"""Step 1: what a person has put right in the tracked points.

Corrections are laid over what was tracked and never mixed into it: tracking again keeps them, taking one away brings
the tracked point back. On a clip a correction holds fully in its own frame and eases over the frames around it; two of
the same handle that come near each other run into each other, as keyframes do.

Only points change. What was measured with them while the clip was tracked stays: peripheral points, the inside of the
mouth, wrinkles.
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
"""Frames to either side over which a correction on a clip eases, unless it says otherwise."""


@dataclass(frozen=True)
class ClipCorrection:
    """A handle that was moved in one frame of a clip.

    Attributes
    ----------
    frame : int
        Number of the frame; the clip's first is 1.
    handle : str
        One of `HANDLES`.
    offset : pair of numbers
        How far; see `Offset`.
    ease : int
        So many frames to either side are moved too, less and less.
    """

    frame: int
    handle: str
    offset: Offset
    ease: int = EASE


@dataclass(frozen=True)
class Corrections:
    """Everything that was put right by hand for one portrait and its clip.

    Attributes
    ----------
    placement : Placement, optional
        Where the face was placed by hand; it then is not looked for.
    portrait : pairs of str and `Offset`
        Handles that were moved on the portrait, each once.
    clip : sequence of ClipCorrection
        A handle and a frame come together once.
    """

    placement: Placement | None = None
    portrait: tuple[tuple[str, Offset], ...] = ()
    clip: tuple[ClipCorrection, ...] = ()

    def with_portrait(self, handle: str, offset: Offset | None) -> Corrections:
        """The same with a handle moved on the portrait, or back where it was tracked."""
        others = tuple(pair for pair in self.portrait if pair[0] != handle)
        return replace(self, portrait=others if offset is None else (*others, (handle, offset)))

    def with_clip(self, handle: str, frame: int, offset: Offset | None, ease: int = EASE) -> Corrections:
        """The same with a handle moved in a frame of the clip, or with nothing that moves it there."""
        others = [item for item in self.clip if (item.handle, item.frame) != (handle, frame)]
        if offset is None:
            others = [item for item in others if item.handle != handle or abs(item.frame - frame) > item.ease]
            return replace(self, clip=tuple(others))
        return replace(self, clip=(*others, ClipCorrection(frame, handle, offset, ease)))


NONE = Corrections()


def corrected_portrait(portrait: Portrait, corrections: Corrections) -> Portrait:
    """The portrait with its points put right; the very same if none were moved."""
    if not corrections.portrait:
        return portrait
    return with_points(portrait, displaced(portrait.points, dict(corrections.portrait)))


def corrected_performance(performance: Performance, corrections: Corrections) -> Performance:
    """The performance with its points put right; the very same if no frame is concerned."""
    frames = corrected_frames(corrections.clip, performance.frame_count)
    if not frames:
        return performance
    points = DiskArrayBuilder(np.float32)  # a long clip does not fill the memory
    for row, tracked in enumerate(performance.points):
        moved = row + 1 in frames
        points.append(displaced(tracked, offsets_at(corrections.clip, row + 1)) if moved else tracked)
    return replace(performance, points=points.array(*performance.points.shape[1:]))


def corrected_frames(clip: Sequence[ClipCorrection], frame_count: int) -> frozenset[int]:
    """Numbers of the frames in which a point is moved."""
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
    """How far which handles are moved in a frame of the clip."""
    offsets = {}
    for handle, items in _by_handle(clip):
        frames, values = _knots(items)
        offset = _eased(frames, values, frame)
        if offset != (0.0, 0.0):
            offsets[handle] = offset
    return offsets


def in_effect(clip: Sequence[ClipCorrection], t: float, neutral: int) -> list[dict[str, Offset]]:
    """All that corrections on a clip do to the frame at a clip time; empty if they do nothing to it.

    A frame depends on the points at its time and, as all frames do, on those of the neutral frame.
    """
    moments = [offsets_at(clip, frame) for frame in (int(t), int(np.ceil(t)), neutral)]
    return moments if any(moments) else []


def _by_handle(clip: Sequence[ClipCorrection]) -> Iterator[tuple[str, list[ClipCorrection]]]:
    """Each handle's corrections in the order of their frames."""
    for handle in sorted({item.handle for item in clip}):
        yield handle, sorted((item for item in clip if item.handle == handle), key=lambda item: item.frame)


def _knots(items: Sequence[ClipCorrection]) -> tuple[list[int], list[Offset]]:
    """Frames and offsets between which one handle eases, with rests where it is left alone."""
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
    """Value between knots, slow at both ends of each stretch; the end's value outside."""
    position = float(np.interp(frame, frames, range(len(frames))))
    before = min(int(position), len(frames) - 2)
    eased = smoothstep(position - before)
    x, y = ((1 - eased) * np.array(values[before]) + eased * np.array(values[before + 1])).tolist()
    return x, y
