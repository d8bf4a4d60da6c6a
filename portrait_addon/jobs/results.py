"""What frames show, as numbers, for rigs and anchors."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from ..pipeline.frame.compositor import Compositor
from ..pipeline.frame.result import Result
from ..pipeline.portrait.prepared import PreparedPortrait
from ..pipeline.records.portrait import Portrait
from ..pipeline.records.progress import Progress
from .job import Job
from .shots import Shot

SIDE = 1024
"""Longest side of the copy of which results are computed, in pixels: only painted rigid parts need any pixels."""


class ResultsJob(Job[list[Result]]):
    """Compute what frames show, without painting them.

    Parameters
    ----------
    portrait : Portrait
        With its corrections.
    shots : sequence of Shot
        The frames, of clips with their corrections.
    """

    title = "Results"

    def __init__(self, portrait: Portrait, shots: Sequence[Shot]) -> None:
        super().__init__()
        self.portrait = portrait
        self.shots = shots

    def steps(self) -> Generator[Progress, None, list[Result]]:
        """Compute.

        Yields
        ------
        Progress
            After every frame.

        Returns
        -------
        list of Result
            One for each shot, in their order.
        """
        compositor = Compositor(PreparedPortrait(self.portrait).resized(SIDE))
        results = []
        for shot in self.shots:
            results.append(compositor.result(shot.mix, shot.settings))
            yield Progress(len(results), len(self.shots), "Anchors")
        return results
