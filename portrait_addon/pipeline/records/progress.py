"""Progress of a long computation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """One progress report of a long computation.

    Parameters
    ----------
    done : int
        Number of steps done.
    total : int
        Number of all steps; 0 if it is not known yet.
    text : str
        Current activity, in words for the user.
    """

    done: int
    total: int
    text: str
