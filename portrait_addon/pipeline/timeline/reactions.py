"""Which clips play when: a timeline calls reactions, which are blended in, and out again after they have played.

The calls become a list of stretches. Each stretch has a first frame, and a number of frames over which it replaces the
stretches before it. The earlier stretches share the weight that the last one leaves. So the weights sum to 1 at any
frame, and nothing jumps, however close two calls follow each other.
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
"""Name of the stretches between reactions."""


@dataclass(frozen=True)
class Stretch:
    """A part of the timeline in which one clip plays.

    Attributes
    ----------
    name : str
        Name of the clip; `IDLE` between reactions.
    begin : float
        Frame of the scene in which it begins.
    blend : float
        Number of frames over which it replaces the stretches before it.
    """

    name: str
    begin: float
    blend: float


def plan_stretches(calls: Sequence[tuple[int, str]], lengths: Mapping[str, float], blend: float) -> list[Stretch]:
    """Turn the calls of a timeline into stretches.

    Parameters
    ----------
    calls : sequence of (int, str)
        Frame of the scene and name of a reaction; `IDLE` ends the current reaction.
    lengths : mapping from str to float
        Number of frames for which each reaction plays; infinite if it repeats or is missing.
    blend : float
        Number of frames over which a stretch replaces the one before; for a short reaction, half of its length at most.

    Returns
    -------
    list of Stretch
        By their first frames; the first stretch is `IDLE` and has no beginning.
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
    """Compute which stretches show at a frame.

    Parameters
    ----------
    stretches : sequence of Stretch
        See `plan_stretches`.
    frame : float
        Frame of the scene.

    Returns
    -------
    list of (Stretch, float)
        Stretches with weights above 0, the latest first; the weights sum to 1.
    """
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
    """Which moments a portrait shows in each frame of the scene.

    Attributes
    ----------
    clip : Playback
        The driving clip, which plays between reactions.
    start : int
        Frame of the scene in which the driving clip begins.
    rate : float or Fraction
        Frames per second of the scene.
    retimed : bool
        Whether the caller chooses the frame of the driving clip; otherwise it plays at its own speed.
    rests : bool
        Whether the portrait rests between reactions; otherwise the driving clip plays.
    reactions : mapping from str to Playback
        Reactions by name.
    starts : mapping from str to int
        Frame of the scene in which a reaction with an influence begins; `start` if it is missing.
    stretches : sequence of Stretch
        The calls, see `plan_stretches`.
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
        self,
        frame: float,
        clip_frame: float = 1.0,
        influences: Mapping[str, float] | None = None,
        strips: Sequence[tuple[str, float, float]] = (),
    ) -> tuple[Moment, ...]:
        """Compute which moments show at a frame.

        Parameters
        ----------
        frame : float
            Frame of the scene.
        clip_frame : float
            Clip time in frames, from 1, if the driving clip is retimed.
        influences : mapping from str to float, optional
            How far a reaction replaces the driving clip and the reactions named before it, 0..1.
        strips : sequence of (str, float, float), optional
            Of strips that show, from the lowest track up: name of the reaction, its clip time in frames, and how far it
            replaces all below, 0..1.

        Returns
        -------
        tuple of Moment
            Each moment once, with a weight above 0. The weights sum to 1, or to less if the portrait rests.
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
        for name, t, weight in strips:
            if weight > 0 and name in self.reactions:
                played = self.reactions[name]
                shown = [*_scaled(shown, 1 - weight), Moment(played.performance, played.held(t), weight)]
        return _joined(shown)

    @property
    def own_length(self) -> int | None:
        """Duration of the driving clip in frames of the scene; None if it is retimed, repeats, or reactions exist."""
        if self.retimed or self.reactions or self.clip.repeat != "ONCE":
            return None
        return frame_count(self.clip.seconds, self.rate)

    def shows(self, number: int) -> int | None:
        """Find the frame of the scene that shows a frame of the driving clip.

        Parameters
        ----------
        number : int
            Frame number of the driving clip, from 1.

        Returns
        -------
        int or None
            The nearest frame of the scene; None if the clip is retimed, or `number` is outside the in and out point.
        """
        first, last = self.clip.span
        if self.retimed or not first <= number <= last:
            return None
        times = self.clip.performance.times
        return self.start + round(float(times[number - 1] - times[first - 1]) * float(self.rate))

    def _driving(self, frame: float, clip_frame: float) -> list[Moment]:
        """Moments of the driving clip."""
        if self.retimed:
            return [Moment(self.clip.performance, self.clip.held(clip_frame))]
        return self.clip.moments(self._seconds(frame - self.start))

    def _seconds(self, frames: float) -> float:
        """Duration of some frames of the scene."""
        return float(frames / float(self.rate))


def frame_count(seconds: float, rate: float | Fraction) -> int:
    """Count the frames of the scene for which a clip plays.

    Parameters
    ----------
    seconds : float
        Time from the first to the last frame of the clip.
    rate : float or Fraction
        Frames per second of the scene.

    Returns
    -------
    int
        At least 1.

    Examples
    --------
    >>> frame_count(5 / 30, 24)
    5
    """
    return int(seconds * float(rate) + 10**-DIGITS) + 1


def _scaled(mix: Mix, weight: float) -> list[Moment]:
    """Moments with their weights multiplied by a factor."""
    return [replace(moment, weight=moment.weight * weight) for moment in mix]


def _joined(mix: Mix) -> tuple[Moment, ...]:
    """Each moment once, with the sum of its weights; moments with weight 0 are left out."""
    weights: dict[tuple[Performance, float], float] = {}
    for moment in mix:
        key = moment.performance, moment.t  # nothing is added yet
        weights[key] = weights.get(key, 0.0) + moment.weight
    return tuple(
        Moment(performance, t, rounded)
        for (performance, t), weight in weights.items()
        if (rounded := round(min(weight, 1.0), DIGITS)) > 0
    )
