"""From a picture and a driving clip to frames, in one job."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from itertools import chain

from ..media.files import check_folder
from ..media.film import check_film
from ..pipeline.frame.result import Result
from ..pipeline.imaging.arrays import Points
from ..pipeline.portrait.camera_move import camera_moves
from ..pipeline.portrait.prepared import PreparedPortrait
from ..pipeline.records.performance import Performance
from ..pipeline.records.portrait import Portrait
from ..pipeline.records.progress import Progress
from .baking import BakeJob, BakeReport, analyse, analyse_faces, group_notes, portrait_notes
from .filming import FilmJob
from .job import Job
from .requests import AnimateRequest, Company, Member
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
    others : tuple of (Performance, tuple of Performance)
        Of each other face that was animated, its driver and its library.
    """

    performance: Performance
    bake: BakeReport
    library: tuple[Performance, ...] = ()
    results: tuple[Result, ...] = ()
    camera: tuple[float, bool] | None = None
    others: tuple[tuple[Performance, tuple[Performance, ...]], ...] = ()


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
        self.portraits: list[Portrait] = []

    def camera_distance(self, face: int = 0) -> tuple[float, bool]:
        """Tell from where the portrait was taken.

        Parameters
        ----------
        face : int
            Place among the faces that are animated, from 0.

        Returns
        -------
        distance : float
            From the camera to the head, in metres.
        assumed : bool
            Whether the lens, and with it the distance, is a guess.
        """
        depth = PreparedPortrait(self.portraits[face]).point_depth  # known once the picture is analysed
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
        faces = request.faces
        jobs = [job for face in faces for job in face.jobs()]
        files = [file for job in jobs for file in job.files()]
        if request.film is not None:
            height, width = request.picture.pixels.shape[:2]
            check_film(request.film.path, (width, height), [*options.inputs, *files])
        still = self._analyse()
        tracked = yield from self.part(TrackClipsJob(jobs))
        told = iter(tracked)
        performances = [[of if isinstance(of, Performance) else next(told) for of in face.drivers()] for face in faces]
        (performance, *library), *others = performances
        specs = request.plan(*chain.from_iterable(performances))
        options = replace(options, inputs=[*options.inputs, *files])
        company = None
        if request.others is not None:
            members = zip(self.portraits[1:], others, request.others, strict=True)
            company = Company(
                tuple(Member(portrait, driving, face.guidance) for portrait, (driving, *_), face in members),
                still,
                request.numbers,
            )
        portrait = self.portraits[0]
        baking = BakeJob(portrait, performance, specs, options, company)
        bake = yield from self.part(baking)
        if request.film is not None:
            clips = {id(of): job.clip for of, job in zip(tracked, jobs, strict=True) if job.clip is not None}
            yield from self.part(FilmJob(specs, options.outputs, request.film, performance, clips))
        camera = self.camera_distance() if any(camera_moves(spec.settings) for spec in specs) else None
        results: list[Result] = []
        if request.results:
            portrait, frames = baking.corrected
            results = yield from self.part(ResultsJob(portrait, list(frames.values())))
        further = tuple((driving, tuple(more)) for driving, *more in others)
        return AnimateReport(performance, bake, tuple(library), tuple(results), camera, further)

    def _analyse(self) -> tuple[Points, ...]:
        """Find the faces to animate, note what to know of them, and give the points of those that stay still."""
        request, guidance = self.request, self.request.options.guidance
        if request.others is None:
            portrait = analyse(request.picture, guidance.face, guidance.corrections.placement)
            self.note(*portrait_notes(request.picture, portrait, guidance.face))
            self.portraits = [portrait]
            return ()
        self.portraits, still = analyse_faces(request.picture, [face.guidance for face in request.faces])
        self.note(*group_notes(request.picture, self.portraits, request.numbers))
        return still
