"""What frames show, as numbers, for rigs and anchors."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from ..pipeline.frame.compositor import Compositor
from ..pipeline.frame.result import Result
from ..pipeline.portrait.prepared import PreparedPortrait
from ..pipeline.records.portrait import Portrait
from ..pipeline.records.progress import Progress
from .frame_specs import FrameSpec
from .job import Job

SIDE = 1024
"""Longest side of the copy of which results are computed, in pixels: only painted rigid parts need any pixels."""


class ResultsJob(Job[list[Result]]):
    """Compute what frames show, without painting them.

    Parameters
    ----------
    portrait : Portrait
        With its corrections.
    specs : sequence of FrameSpec
        The frames, of clips with their corrections.
    """

    title = "Results"

    def __init__(self, portrait: Portrait, specs: Sequence[FrameSpec]) -> None:
        super().__init__()
        self.portrait = portrait
        self.specs = specs

    def steps(self) -> Generator[Progress, None, list[Result]]:
        """Compute.

        Yields
        ------
        Progress
            After every frame.

        Returns
        -------
        list of Result
            One for each frame, in their order.
        """
        compositor = Compositor(PreparedPortrait(self.portrait).resized(SIDE))
        results = []
        for spec in self.specs:
            results.append(compositor.result(spec.mix, spec.settings))
            yield Progress(len(results), len(self.specs), "Anchors")
        return results
