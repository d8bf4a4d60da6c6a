"""A driver who rests: for portraits that move by their settings alone."""

from __future__ import annotations

from collections.abc import Generator
from fractions import Fraction
from pathlib import Path

import numpy as np

from ..pipeline.clip.expression_curves import ExpressionCurves, performance_of
from ..pipeline.records.performance import Performance
from ..pipeline.records.progress import Progress
from .job import Job

RATE = Fraction(25)
"""Frames a second where no clip tells them."""


class RestJob(Job[Performance]):
    """Make a performance in which nothing is expressed.

    Parameters
    ----------
    frames : int
        Its number of frames.
    rate : Fraction, optional
        Frames a second.
    """

    title = "Rest"
    clip: Path | None = None

    def __init__(self, frames: int, rate: Fraction | None = None) -> None:
        super().__init__()
        self.times = np.arange(frames) / float(rate or RATE)

    def steps(self) -> Generator[Progress, None, Performance]:
        """Make it.

        Yields
        ------
        Progress
            Once.

        Returns
        -------
        Performance
        """
        yield Progress(1, 1, "Resting")
        return performance_of(ExpressionCurves.at_rest(self.times))

    def files(self) -> list[Path]:
        """List the files that the job reads.

        Returns
        -------
        list of Path
            None.
        """
        return []
