"""Progress of a long computation."""

from __future__ import annotations

from dataclasses import dataclass, field

from .face import Face


@dataclass(frozen=True)
class TrackedFace:
    """What tracking has found so far, to be shown meanwhile.

    Attributes
    ----------
    first, newest : Face
        The first face that was found, and the one in the frame just tracked.
    size : tuple of int
        Width and height of the clip in pixels.
    """

    first: Face
    newest: Face
    size: tuple[int, int]


@dataclass(frozen=True)
class Progress:
    """One progress report of a long computation.

    Attributes
    ----------
    done : int
        Number of steps done.
    total : int
        Number of all steps; 0 if it is not known yet.
    text : str
        Current activity, in words for the user.
    tracked : TrackedFace, optional
        The face that was found in this step.
    """

    done: int
    total: int
    text: str
    tracked: TrackedFace | None = field(default=None, compare=False, repr=False)
