"""Scene frames, files and clip time.

A scene frame shows the moment of the clip that lies as many seconds after the clip's beginning as the frame lies after
the start frame: a clip of 30 frames a second plays at its true speed in a scene of 24.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..jobs.baking import Shot
from ..pipeline.moment import Moment
from ..pipeline.performance import Performance
from .sampling import sample_settings

CLIP_TIME_DIGITS = 4
"""Rounded to these, equal rates land on the clip's own frames, and not a rounding error beside them."""


def scene_rate(scene: Any) -> Fraction:
    """Frames a second, exact: 29.97 is 30000/1001."""
    return Fraction(scene.render.fps) / Fraction(scene.render.fps_base).limit_denominator(10_000)


def frame_count(times: NDArray[np.float64], rate: Fraction) -> int:
    """How many scene frames a clip lasts whose frames have these time stamps.

    >>> frame_count(np.arange(6) / 30, Fraction(24))
    5
    """
    return int((times[-1] - times[0]) * float(rate) + 10**-CLIP_TIME_DIGITS) + 1


def file_number(frame: int, start: int) -> int:
    """Number of the file for a scene frame: the same number, but that files do not count below 0.

    >>> file_number(12, start=1), file_number(-48, start=-50)
    (12, 2)
    """
    return frame - min(start, 0)


def last_frame(performance: Performance, start: int, rate: Fraction) -> int:
    """The last scene frame that a clip lasts."""
    return start + frame_count(performance.times, rate) - 1


def clip_time(performance: Performance, start: int, rate: Fraction, frame: float) -> float:
    """Clip time that a scene frame shows; held before the start and after the end."""
    seconds = float(performance.times[0]) + (frame - start) / float(rate)
    return round(performance.frame_at(seconds), CLIP_TIME_DIGITS)


def scene_frame(performance: Performance, start: int, rate: Fraction, number: int) -> int:
    """The scene frame that shows a frame of the clip, or comes next to it."""
    return start + round(float(performance.times[number - 1] - performance.times[0]) * float(rate))


def plan_shots(ob: Any, scene: Any, performance: Performance) -> list[Shot]:
    """What to bake: for every scene frame that the clip lasts, its file, its clip time and its settings."""
    start: int = ob.portrait.start_frame
    rate = scene_rate(scene)
    frames = range(start, last_frame(performance, start, rate) + 1)
    return [
        Shot(
            number=file_number(frame, start),
            mix=(Moment(performance, clip_time(performance, start, rate, frame)),),
            settings=settings,
        )
        for frame, settings in zip(frames, sample_settings(ob, frames), strict=True)
    ]
