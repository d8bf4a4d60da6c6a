"""How a clip is played: once, round and round, or to and fro, without a jump.

A loop's end runs into its beginning over some frames in which both are mixed, as sound editors loop a tone: the loop
becomes shorter by the frames that overlap, and no frame outside the in and out point is needed. Played to and fro, the
motion slows down round the turning points instead of bouncing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import floor

from ..imaging.easing import smoothstep
from ..records.moment import Moment
from ..records.performance import Performance

DIGITS = 4
"""Clip times and weights are rounded to these: equal rates land on the clip's own frames, not a rounding error off."""


@dataclass(frozen=True)
class Playback:
    """A performance and how it is played.

    Attributes
    ----------
    performance : Performance
    first, last : int
        In and out point; numbers of frames, 0 is the clip's own first or last.
    repeat : str
        One of `REPEATS`.
    seam : int
        Frames over which a loop's end and beginning are mixed, or a turn is eased.
    """

    performance: Performance
    first: int = 0
    last: int = 0
    repeat: str = "ONCE"
    seam: int = 0

    @property
    def span(self) -> tuple[int, int]:
        """In and out point as they are within the clip."""
        count = self.performance.frame_count
        first = min(max(self.first, 1), count)
        return first, max(first, min(self.last, count) if self.last > 0 else count)

    @property
    def seconds(self) -> float:
        """From the in to the out point."""
        begin, end = self._ends
        return end - begin

    @property
    def loop_seconds(self) -> float:
        """After which a loop repeats."""
        step = self.performance.frame_seconds
        return self.seconds + step - self._seam_seconds(self.seconds + step)

    def at(self, seconds: float) -> list[tuple[float, float]]:
        """Clip times and their weights, so many seconds after the in point was shown; held before."""
        return REPEATS[self.repeat](self, max(seconds, 0.0))

    def moments(self, seconds: float, weight: float = 1.0) -> list[Moment]:
        """The same as moments, with a weight of all."""
        return [Moment(self.performance, t, share * weight) for t, share in self.at(seconds)]

    def held(self, t: float) -> float:
        """A clip time kept between in and out point."""
        first, last = self.span
        return round(min(max(t, first), last), DIGITS)

    def _once(self, seconds: float) -> list[tuple[float, float]]:
        return [(self._time(seconds), 1.0)]

    def _loop(self, seconds: float) -> list[tuple[float, float]]:
        period = self.loop_seconds
        seam = self._seam_seconds(self.seconds + self.performance.frame_seconds)
        passed = floor(seconds / period + 10**-DIGITS)  # a rounding error below a whole number is one
        place = max(seconds - passed * period, 0.0)
        if not passed or place >= seam:
            return [(self._time(place), 1.0)]
        share = round(smoothstep(place / seam), DIGITS)
        mixed = [(self._time(place + period), round(1 - share, DIGITS)), (self._time(place), share)]
        return [(t, weight) for t, weight in mixed if weight > 0]

    def _ping_pong(self, seconds: float) -> list[tuple[float, float]]:
        length = self.seconds
        if not length:
            return self._once(0)
        ease = self._seam_seconds(length) / 2
        place = seconds % (2 * length)
        from_end = abs(place - length)
        from_begin = min(place, 2 * length - place)
        if from_end < ease:
            place = length - round_turn(from_end, ease)
        elif from_begin < ease and seconds > length:
            place = round_turn(from_begin, ease)
        else:
            place = length - from_end
        return [(self._time(place), 1.0)]

    def _seam_seconds(self, length: float) -> float:
        return min(self.seam * self.performance.frame_seconds, length / 2)

    @property
    def _ends(self) -> tuple[float, float]:
        first, last = self.span
        times = self.performance.times
        return float(times[first - 1]), float(times[last - 1])

    def _time(self, seconds: float) -> float:
        begin, end = self._ends
        return round(self.performance.frame_at(min(begin + seconds, end)), DIGITS)


REPEATS: dict[str, Callable[[Playback, float], list[tuple[float, float]]]] = {
    "ONCE": Playback._once,
    "LOOP": Playback._loop,
    "PING_PONG": Playback._ping_pong,
}
"""Once and then held; round and round; to and fro."""


def round_turn(distance: float, reach: float) -> float:
    """A distance from a turning point, the turn rounded within a reach: a parabola that meets the line smoothly."""
    return (distance**2 + reach**2) / (2 * reach) if distance < reach else distance
