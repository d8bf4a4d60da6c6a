"""A portrait in two pictures: the person and the background."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

from ..errors import InputError
from ..media.pictures import SourceImage
from ..pipeline.editing.corrections import corrected_portrait
from ..pipeline.portrait.cut_out import CutOut, NoPersonError
from ..pipeline.portrait.prepared import PreparedPortrait
from ..pipeline.records.progress import Progress
from .baking import analyse
from .job import Job
from .requests import NO_GUIDANCE, Guidance

POLL_SECONDS = 0.02
"""Between two looks at whether a step is done. Whoever drives the job is free in between."""

STEPS = ("Finding the face", "Finding the person", "Filling the background", "Colours of edges")

Value = TypeVar("Value")


class CutOutJob(Job[CutOut]):
    """Cut the person out of a picture. Each step computes in a thread, so that a window stays alive.

    Parameters
    ----------
    picture : SourceImage
        Without alpha; its masks count.
    guidance : Guidance
        Where the face is.
    """

    title = "Cut Out"

    def __init__(self, picture: SourceImage, guidance: Guidance = NO_GUIDANCE) -> None:
        super().__init__()
        self.picture = picture
        self.guidance = guidance

    def steps(self) -> Generator[Progress, None, CutOut]:
        """Cut out. A step that has begun ends before the job is cancelled.

        Yields
        ------
        Progress
            Every moment.

        Returns
        -------
        CutOut

        Raises
        ------
        InputError
            If there is no such face, or the matte misses it. The message names the picture.
        """
        face, corrections = self.guidance.face, self.guidance.corrections
        with ThreadPoolExecutor(1, "portrait-worker") as pool:
            found = yield from _step(0, pool, lambda: analyse(self.picture, face, corrections.placement))
            prepared = PreparedPortrait(corrected_portrait(found, corrections))
            yield from _step(1, pool, lambda: prepared.person)
            yield from _step(2, pool, lambda: prepared.layers)
            try:
                return (yield from _step(3, pool, lambda: CutOut.of(prepared)))
            except NoPersonError as error:
                raise InputError(f"{self.picture.name}: {error}") from error


def _step(number: int, pool: ThreadPoolExecutor, work: Callable[[], Value]) -> Generator[Progress, None, Value]:
    """Report while a thread works."""
    future = pool.submit(work)
    while not future.done():
        yield Progress(number, len(STEPS), STEPS[number])
        wait([future], POLL_SECONDS)
    return future.result()
