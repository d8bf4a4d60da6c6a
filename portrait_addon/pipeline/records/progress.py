"""How far a long computation is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """One report of a long computation.

    Attributes
    ----------
    done, total : int
        Steps done and to do; a total of 0 means that it is not known yet.
    text : str
        What is being done, in the user's words.
    """

    done: int
    total: int
    text: str
