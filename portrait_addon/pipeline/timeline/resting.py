"""A face whose clip has ended comes to rest."""

from __future__ import annotations

from ..imaging.easing import smoothstep
from ..records.moment import Moment

SECONDS = 0.4
"""Time in which a face comes to rest after its clip has ended."""


def coming_to_rest(last: Moment, seconds: float) -> tuple[Moment, ...]:
    """Tell what a face shows after the end of its clip.

    Parameters
    ----------
    last : Moment
        The last moment of the clip.
    seconds : float
        Time since then.

    Returns
    -------
    tuple of Moment
        The last moment, of which less and less is left; none where the face rests.

    Examples
    --------
    >>> coming_to_rest(None, 1.0)
    ()
    """
    left = 1 - smoothstep(seconds / SECONDS)
    return (Moment(last.performance, last.t, left * last.weight, last.added),) if left > 0 else ()
