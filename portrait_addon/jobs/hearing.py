"""What is heard of clips while their frames are shown: looped, at another speed, backwards, one over another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..media.clips import open_clip
from ..media.stretching import SPEEDS, Passage, has_sound
from ..media.video import VideoClip
from ..pipeline.records.moment import Moment
from ..pipeline.records.performance import Performance
from .driving_file import shows_pictures
from .frame_specs import FrameSpec


@dataclass(frozen=True)
class Heard:
    """A clip with sound.

    Attributes
    ----------
    path : Path
    start : float
        Time stamp of its first frame in the file, in seconds.
    """

    path: Path
    start: float


def heard_of(path: Path) -> Heard | None:
    """Open a driving clip for its sound.

    Parameters
    ----------
    path : Path
        A clip of any kind, or a performance file.

    Returns
    -------
    Heard or None
        None if it has no sound.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    if not shows_pictures(path):
        return None
    clip = open_clip(path)
    return Heard(path, clip.start) if isinstance(clip, VideoClip) and has_sound(path) else None


@dataclass(eq=False)
class _Run:
    """Moments of one clip in frames that follow each other, without a jump."""

    performance: Performance
    first: int
    seconds: list[float] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)


def seconds_of(moment: Moment) -> float:
    """Convert a moment to seconds.

    Parameters
    ----------
    moment : Moment
        Its weight does not matter.

    Returns
    -------
    float
        On the scale of `Performance.times`, clipped at both ends.
    """
    times = moment.performance.times
    return float(np.interp(moment.t, np.arange(1, len(times) + 1), times))


def seconds_shown(specs: Sequence[FrameSpec], rate: Fraction) -> float | None:
    """Find the moment of the clip at which frames begin that show it at its own speed.

    Parameters
    ----------
    specs : sequence of FrameSpec
        In their order.
    rate : Fraction
        Frames a second.

    Returns
    -------
    float or None
        Seconds from the clip's first frame; None if they show several clips or moments, or another speed, by half a
        frame.
    """
    moments = [spec.mix[0] for spec in specs if len(spec.mix) == 1 and spec.mix[0].weight == 1]
    if len(moments) < len(specs) or len({id(moment.performance) for moment in moments}) > 1:
        return None
    seconds = np.array([seconds_of(moment) for moment in moments])
    even = seconds[0] + np.arange(len(specs)) / float(rate)
    return float(seconds[0]) if np.abs(seconds - even).max() <= 0.5 / float(rate) else None


def passages_of(specs: Sequence[FrameSpec], rate: Fraction, clips: Mapping[int, Heard]) -> list[Passage]:
    """Find what is heard while frames are shown.

    Parameters
    ----------
    specs : sequence of FrameSpec
        In their order.
    rate : Fraction
        Frames a second.
    clips : mapping from int to Heard
        By the `id` of their performances; what is missing has no sound.

    Returns
    -------
    list of Passage
        In the order of their beginnings. A loop's seam is two of them, as loud as they are seen.
    """
    step = 1 / float(rate)
    runs: list[_Run] = []
    going_on: list[_Run] = []
    for number, spec in enumerate(specs):
        still: list[_Run] = []
        for moment in spec.mix:
            if id(moment.performance) not in clips:
                continue
            seconds = seconds_of(moment)
            run = _continued(going_on, moment.performance, seconds, SPEEDS[1] * step)
            if run is None:
                run = _Run(moment.performance, number)
                runs.append(run)
            else:
                going_on.remove(run)
            run.seconds.append(seconds)
            run.weights.append(moment.weight)
            still.append(run)
        going_on = still
    return [
        Passage(
            clips[id(run.performance)].path,
            run.first * step,
            step,
            clips[id(run.performance)].start + _smoothed(np.array(run.seconds)),
            np.array(run.weights),
        )
        for run in runs
    ]


def _continued(runs: Sequence[_Run], performance: Performance, seconds: float, reach: float) -> _Run | None:
    """The run of a clip that a moment goes on, which lies no further than `reach` from its last one, in seconds."""
    near = [run for run in runs if run.performance is performance and abs(run.seconds[-1] - seconds) <= reach]
    return min(near, key=lambda run: abs(run.seconds[-1] - seconds), default=None)


def _smoothed(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Even out clip times that step, such as two frames long each; straight ones stay."""
    if len(seconds) < 3:
        return seconds
    ends = 2 * seconds[0] - seconds[1], 2 * seconds[-1] - seconds[-2]
    return np.convolve(np.concatenate([ends[:1], seconds, ends[1:]]), (0.25, 0.5, 0.25), "valid")


def silent_frames(passages: Sequence[Passage], count: int) -> int:
    """Count frames in which clips with sound are shown, but none is heard: held, or much too slow or fast.

    Parameters
    ----------
    passages : sequence of Passage
        See `passages_of`.
    count : int
        Number of frames.

    Returns
    -------
    int
    """
    shown, heard = np.zeros(count, bool), np.zeros(count, bool)
    for passage in passages:
        first = round(passage.begin / passage.step)
        frames = slice(first, first + len(passage.heard))
        shown[frames] = True
        heard[frames] |= ~passage.silent
    return int((shown & ~heard).sum())
