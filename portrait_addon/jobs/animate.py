"""From a picture and a driving clip to frames, in one job."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace

from ..media.files import check_folder
from ..media.film import check_film
from ..pipeline.frame.result import Result
from ..pipeline.portrait.camera_move import camera_moves
from ..pipeline.portrait.prepared import PreparedPortrait
from ..pipeline.records.performance import Performance
from ..pipeline.records.portrait import Portrait
from ..pipeline.records.progress import Progress
from .baking import BakeJob, BakeReport, analyse, portrait_notes
from .filming import FilmJob
from .job import Job
from .requests import AnimateRequest
from .results import ResultsJob
from .tracking import TrackClipsJob


@dataclass(frozen=True, eq=False)
class AnimateReport:
    """What an animation is made of, and what was done.

    Attributes
    ----------
    performance : Performance
        Of the driving clip, or what drove the portrait without one.
    bake : BakeReport
        What was written and kept.
    library : tuple of Performance
        Of the other clips, in their order in the request.
    results : tuple of Result
        What the frames show, in their order; empty if the request does not want it.
    camera : tuple of float and bool, optional
        Distance in metres from which the portrait was taken, and whether it is a guess; None if no frame asks for it.
    """

    performance: Performance
    bake: BakeReport
    library: tuple[Performance, ...] = ()
    results: tuple[Result, ...] = ()
    camera: tuple[float, bool] | None = None


class AnimateJob(Job[AnimateReport]):
    """Track clips, analyse a portrait, bake the frames, and make a film of them if that is wanted.

    The job does first what can fail quickly, so that no long clip is tracked in vain.

    Parameters
    ----------
    request : AnimateRequest
        What to animate, and how.
    """

    title = "Animate"

    def __init__(self, request: AnimateRequest) -> None:
        super().__init__()
        self.request = request
        self.portrait: Portrait | None = None

    def camera_distance(self) -> tuple[float, bool]:
        """Tell from where the portrait was taken.

        Returns
        -------
        distance : float
            From the camera to the head, in metres.
        assumed : bool
            Whether the lens, and with it the distance, is a guess.
        """
        assert self.portrait is not None, "it is known once the portrait is analysed"
        depth = PreparedPortrait(self.portrait).point_depth
        return depth.distance, depth.assumed

    def steps(self) -> Generator[Progress, None, AnimateReport]:
        """Animate.

        Yields
        ------
        Progress
            After every step.

        Returns
        -------
        AnimateReport
            The performances, and what was written.

        Raises
        ------
        InputError
            If the picture, a clip, the folder or the film's file cannot be used.
        """
        request, options = self.request, self.request.options
        check_folder(options.outputs.folder)
        jobs = [job for job in (request.driving, *request.library) if not isinstance(job, Performance)]
        files = [file for job in jobs for file in job.files()]
        if request.film is not None:
            height, width = request.picture.pixels.shape[:2]
            check_film(request.film.path, (width, height), [*options.inputs, *files])
        face, placement = options.guidance.face, options.guidance.corrections.placement
        portrait = analyse(request.picture, face, placement)
        self.note(*portrait_notes(request.picture, portrait, face))
        self.portrait = portrait
        tracked = yield from self.part(TrackClipsJob(jobs))
        driven = [request.driving] if isinstance(request.driving, Performance) else []
        performance, *library = [*driven, *tracked]
        specs = request.plan(performance, *library)
        options = replace(options, inputs=[*options.inputs, *files])
        baking = BakeJob(portrait, performance, specs, options)
        bake = yield from self.part(baking)
        if request.film is not None:
            clips = {id(of): job.clip for of, job in zip(tracked, jobs, strict=True) if job.clip is not None}
            yield from self.part(FilmJob(specs, options.outputs, request.film, performance, clips))
        camera = self.camera_distance() if any(camera_moves(spec.settings) for spec in specs) else None
        if not request.results:
            return AnimateReport(performance, bake, tuple(library), camera=camera)
        portrait, frames = baking.corrected
        results = yield from self.part(ResultsJob(portrait, list(frames.values())))
        return AnimateReport(performance, bake, tuple(library), tuple(results), camera)
