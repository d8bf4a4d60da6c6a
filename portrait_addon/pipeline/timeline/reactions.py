"""Which clips play when: reactions that are called on a timeline, blended in, and out again when they have played.

What a timeline calls becomes a row of stretches, each with the frame in which it begins and the frames over which it
covers what lay there before. The last one counts most; what it does not cover yet is shared by those before it. So at
any frame all weights sum to 1, and nothing jumps, however close two calls follow each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from ..imaging.easing import smoothstep
from ..records.moment import Mix, Moment
from ..records.performance import Performance
from .playback import DIGITS, Playback

IDLE = ""
"""Name of what plays between reactions."""


@dataclass(frozen=True)
class Stretch:
    """A part of the timeline in which one clip plays.

    Attributes
    ----------
    name : str
        Of the clip; `IDLE` for what plays in between.
    begin : float
        Frame in which it begins.
    blend : float
        Frames over which it covers what was there before.
    """

    name: str
    begin: float
    blend: float


def plan_stretches(calls: Sequence[tuple[int, str]], lengths: Mapping[str, float], blend: float) -> list[Stretch]:
    """From calls to stretches.

    Parameters
    ----------
    calls : sequence of (int, str)
        Frames and names; `IDLE` ends what plays.
    lengths : mapping from str to float
        Frames that each clip plays for, infinite if it repeats.
    blend : float
        Frames over which one blends into the next; a clip shorter than twice as long blends in half its length.
    """
    stretches = [Stretch(IDLE, float("-inf"), 0.0)]
    calls = sorted(calls)
    nexts = (*(frame for frame, _ in calls[1:]), float("inf"))
    for (frame, name), following in zip(calls, nexts, strict=False):
        length = lengths.get(name, float("inf"))
        ramp = min(blend, length / 2)
        stretches.append(Stretch(name, frame, ramp))
        if frame + length - ramp < following:
            stretches.append(Stretch(IDLE, frame + length - ramp, ramp))
    return stretches


def weights_at(stretches: Sequence[Stretch], frame: float) -> list[tuple[Stretch, float]]:
    """What shows at a frame, and how much of it, from the last that began to the first; the weights sum to 1."""
    shown, left = [], 1.0
    for stretch in reversed(stretches):
        if frame < stretch.begin:
            continue
        cover = smoothstep((frame - stretch.begin) / stretch.blend) if stretch.blend > 0 else 1.0
        if weight := round(left * cover, DIGITS):
            shown.append((stretch, weight))
        left -= left * cover
        if left <= 0:
            break
    return shown


@dataclass(frozen=True)
class Timeline:
    """What a portrait shows, frame by frame.

    Attributes
    ----------
    clip : Playback
        The driving clip, which plays between reactions.
    start : int
        Frame of the scene in which it begins.
    rate : float or Fraction
        Frames a second of the scene.
    retimed : bool
        Whether a frame of the clip is asked for, in place of the clip's own speed.
    rests : bool
        Whether the portrait rests between reactions, in place of the driving clip.
    reactions : mapping from str to Playback
        By their names.
    starts : mapping from str to int
        Frames in which those begin that an influence brings in.
    stretches : sequence of Stretch
        What is called; see `plan_stretches`.
    """

    clip: Playback
    start: int
    rate: float | Fraction
    retimed: bool = False
    rests: bool = False
    reactions: Mapping[str, Playback] = field(default_factory=dict)
    starts: Mapping[str, int] = field(default_factory=dict)
    stretches: Sequence[Stretch] = (Stretch(IDLE, float("-inf"), 0.0),)

    def mix(
        self, frame: float, clip_frame: float = 1.0, influences: Mapping[str, float] | None = None
    ) -> tuple[Moment, ...]:
        """What shows at a frame of the scene.

        Parameters
        ----------
        frame : float
        clip_frame : float
            Frame of the clip that is asked for, if it is retimed.
        influences : mapping from str to float
            0..1, how far a reaction covers what plays between reactions, and those named before it.
        """
        idle = [] if self.rests else self._driving(frame, clip_frame)
        for name, influence in (influences or {}).items():
            if influence > 0 and name in self.reactions:
                idle = _scaled(idle, 1 - influence)
                idle += self.reactions[name].moments(
                    self._seconds(frame - self.starts.get(name, self.start)), influence
                )
        shown: list[Moment] = []
        for stretch, weight in weights_at(self.stretches, frame):
            if stretch.name == IDLE:
                shown += _scaled(idle, weight)
            else:
                shown += self.reactions[stretch.name].moments(self._seconds(frame - stretch.begin), weight)
        return _joined(shown)

    @property
    def own_length(self) -> int | None:
        """Frames of the scene that the driving clip lasts; None where something else says when the end is."""
        if self.retimed or self.reactions or self.clip.repeat != "ONCE":
            return None
        return frame_count(self.clip.seconds, self.rate)

    def shows(self, number: int) -> int | None:
        """The frame of the scene that shows a frame of the clip at its own speed, or comes next to it.

        None if that cannot be told: the clip is retimed, or the frame is outside in and out point.
        """
        first, last = self.clip.span
        if self.retimed or not first <= number <= last:
            return None
        times = self.clip.performance.times
        return self.start + round(float(times[number - 1] - times[first - 1]) * float(self.rate))

    def _driving(self, frame: float, clip_frame: float) -> list[Moment]:
        if self.retimed:
            return [Moment(self.clip.performance, self.clip.held(clip_frame))]
        return self.clip.moments(self._seconds(frame - self.start))

    def _seconds(self, frames: float) -> float:
        return float(frames / float(self.rate))


def frame_count(seconds: float, rate: float | Fraction) -> int:
    """Frames of a scene that a clip lasts whose last frame comes so long after its first.

    >>> frame_count(5 / 30, 24)
    5
    """
    return int(seconds * float(rate) + 10**-DIGITS) + 1


def _scaled(mix: Mix, weight: float) -> list[Moment]:
    return [replace(moment, weight=moment.weight * weight) for moment in mix]


def _joined(mix: Mix) -> tuple[Moment, ...]:
    """Each moment once; those that do not count are left out."""
    weights: dict[tuple[Performance, float], float] = {}
    for moment in mix:
        key = moment.performance, moment.t
        weights[key] = weights.get(key, 0.0) + moment.weight
    return tuple(
        Moment(performance, t, rounded)
        for (performance, t), weight in weights.items()
        if (rounded := round(min(weight, 1.0), DIGITS)) > 0
    )
