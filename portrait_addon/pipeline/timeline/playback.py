"""Play a clip once, in a loop, or to and fro, without a jump.

A loop's end is cross-faded with its beginning over some frames, as sound editors loop a tone: the loop becomes shorter
by the frames that overlap, and no frame outside the in and out point is needed. To and fro, the motion slows down at
the turning points instead of bouncing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import floor

from ..imaging.easing import smoothstep
from ..records.moment import Moment
from ..records.performance import Performance

DIGITS = 4
"""Decimal digits of clip times and weights. Rounded to these, times at equal frame rates fall exactly on the clip's own
frames."""


@dataclass(frozen=True)
class Playback:
    """A performance and how it is played.

    Attributes
    ----------
    performance : Performance
    first, last : int
        Frame numbers of the in and out point, from 1; 0 stands for the clip's first or last frame.
    repeat : str
        One of `REPEATS`.
    seam : int
        Number of frames over which a loop's end and beginning are blended, or a turn is eased.
    """

    performance: Performance
    first: int = 0
    last: int = 0
    repeat: str = "ONCE"
    seam: int = 0

    @property
    def span(self) -> tuple[int, int]:
        """Frame numbers of the in and out point, from 1, limited to the clip."""
        count = self.performance.frame_count
        first = min(max(self.first, 1), count)
        return first, max(first, min(self.last, count) if self.last > 0 else count)

    @property
    def seconds(self) -> float:
        """Seconds from the in to the out point."""
        begin, end = self._ends
        return end - begin

    @property
    def loop_seconds(self) -> float:
        """Period of the loop in seconds: its frames less the seam."""
        step = self.performance.frame_seconds
        return self.seconds + step - self._seam_seconds(self.seconds + step)

    def at(self, seconds: float) -> list[tuple[float, float]]:
        """Compute which clip times show at a moment.

        Parameters
        ----------
        seconds : float
            Time since the in point was shown. Before it, the in point shows.

        Returns
        -------
        list of tuple of two float
            Clip time in frames from 1, and its weight, 0..1; the weights sum to 1.
        """
        return REPEATS[self.repeat](self, max(seconds, 0.0))

    def moments(self, seconds: float, weight: float = 1.0) -> list[Moment]:
        """Compute which moments show, as `at` does.

        Parameters
        ----------
        seconds : float
            Time since the in point was shown.
        weight : float
            Sum of the moments' weights, 0..1.

        Returns
        -------
        list of Moment
        """
        return [Moment(self.performance, t, share * weight) for t, share in self.at(seconds)]

    def held(self, t: float) -> float:
        """Limit a clip time to the stretch from the in to the out point.

        Parameters
        ----------
        t : float
            Clip time in frames, from 1.

        Returns
        -------
        float
            Clip time in frames, rounded to `DIGITS`.
        """
        first, last = self.span
        return round(min(max(t, first), last), DIGITS)

    def _once(self, seconds: float) -> list[tuple[float, float]]:
        return [(self._time(seconds), 1.0)]

    def _loop(self, seconds: float) -> list[tuple[float, float]]:
        period = self.loop_seconds
        seam = self._seam_seconds(self.seconds + self.performance.frame_seconds)
        passed = floor(seconds / period + 10**-DIGITS)  # tolerates a rounding error below a whole number
        phase = max(seconds - passed * period, 0.0)
        if not passed or phase >= seam:
            return [(self._time(phase), 1.0)]
        share = round(smoothstep(phase / seam), DIGITS)
        blended = [(self._time(phase + period), round(1 - share, DIGITS)), (self._time(phase), share)]
        return [(t, weight) for t, weight in blended if weight > 0]

    def _ping_pong(self, seconds: float) -> list[tuple[float, float]]:
        length = self.seconds
        if not length:
            return self._once(0)
        ease = self._seam_seconds(length) / 2
        phase = seconds % (2 * length)
        from_end = abs(phase - length)
        from_begin = min(phase, 2 * length - phase)
        if from_end < ease:
            position = length - round_turn(from_end, ease)
        elif from_begin < ease and seconds > length:
            position = round_turn(from_begin, ease)
        else:
            position = length - from_end
        return [(self._time(position), 1.0)]

    def _seam_seconds(self, length: float) -> float:
        """Duration of the seam, at most half of the length in seconds."""
        return min(self.seam * self.performance.frame_seconds, length / 2)

    @property
    def _ends(self) -> tuple[float, float]:
        """Times of the in and out point in the clip, in seconds."""
        first, last = self.span
        times = self.performance.times
        return float(times[first - 1]), float(times[last - 1])

    def _time(self, seconds: float) -> float:
        """Clip time, in frames from 1, so many seconds after the in point; at most the out point."""
        begin, end = self._ends
        return round(self.performance.frame_at(min(begin + seconds, end)), DIGITS)


REPEATS: dict[str, Callable[[Playback, float], list[tuple[float, float]]]] = {
    "ONCE": Playback._once,
    "LOOP": Playback._loop,
    "PING_PONG": Playback._ping_pong,
}
"""Play once and stay at the out point; loop; play to and fro."""


def round_turn(distance: float, reach: float) -> float:
    """Round the turn of a motion to and fro by a parabola that meets the straight motion smoothly.

    Parameters
    ----------
    distance : float
        From the turning point, at least 0.
    reach : float
        Distance from which on the motion is straight, above 0 if `distance` is smaller; in the unit of `distance`.

    Returns
    -------
    float
        Rounded distance; at least half of `reach`.

    Examples
    --------
    >>> round_turn(0.0, 2.0), round_turn(2.0, 2.0), round_turn(3.0, 2.0)
    (1.0, 2.0, 3.0)
    """
    return (distance**2 + reach**2) / (2 * reach) if distance < reach else distance
