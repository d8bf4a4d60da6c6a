"""From a film of somebody and a driving clip to frames, in one job."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace

from ..media.clips import open_clip
from ..media.files import check_folder
from ..media.film import check_film
from ..pipeline.frame.target_compositor import TargetCompositor
from ..pipeline.records.performance import Performance
from ..pipeline.records.progress import Progress
from .baking import BakeReport, corrected_specs
from .filming import Film, FilmJob
from .frame_specs import TargetSpec
from .job import Job
from .requests import BakeOptions
from .target_baking import TargetBakeJob, pictures
from .tracking import TrackClipsJob, TrackJob


@dataclass(frozen=True, eq=False)
class TargetRequest:
    """A target that moves, what drives it, and the frames to make of them.

    Attributes
    ----------
    target : TrackJob
        Tracks the target.
    driving : TrackJob
        Tracks the driving clip.
    plan : callable
        Takes both performances, the target's first, and returns all frames in their order: what is chosen for one
        depends on those beside it.
    frames : range, optional
        Numbers of the frames to bake; all if left out.
    options : BakeOptions
        How the frames are baked. The files of both clips are added to its inputs.
    film : Film, optional
        To be made of the frames, with the sound of the driving clip.
    """

    target: TrackJob
    driving: TrackJob
    plan: Callable[[Performance, Performance], Sequence[TargetSpec]]
    options: BakeOptions
    frames: range | None = None
    film: Film | None = None


@dataclass(frozen=True, eq=False)
class TargetReport:
    """What an animation is made of, and what was done.

    Attributes
    ----------
    target, performance : Performance
        Of the target and of the driving clip.
    bake : BakeReport
        What was written and kept.
    """

    target: Performance
    performance: Performance
    bake: BakeReport


class AnimateTargetJob(Job[TargetReport]):
    """Track a target and a driving clip, bake the frames, and make a film of them if that is wanted.

    Parameters
    ----------
    request : TargetRequest
        What to animate, and how.
    """

    title = "Animate"

    def __init__(self, request: TargetRequest) -> None:
        super().__init__()
        self.request = request

    def steps(self) -> Generator[Progress, None, TargetReport]:
        """Animate.

        Yields
        ------
        Progress
            After every step.

        Returns
        -------
        TargetReport
            The performances, and what was written.

        Raises
        ------
        InputError
            If a clip, the folder or the film's file cannot be used.
        """
        request, options = self.request, self.request.options
        check_folder(options.outputs.folder)
        clip = open_clip(request.target.clip)
        files = [*request.target.files(), *request.driving.files()]
        if request.film is not None:
            check_film(request.film.path, clip.size, [*options.inputs, *files])
        target, performance = yield from self.part(TrackClipsJob([request.target, request.driving]))
        planned = request.plan(target, performance)
        compositor = TargetCompositor(target, list(pictures(clip, target.neutrals)))
        specs = yield from self._with_mouths(compositor, planned, performance)
        if request.frames is not None:
            specs = [spec for spec in specs if spec.number in request.frames]
        options = replace(options, inputs=[*options.inputs, *files])
        baking = TargetBakeJob(clip, compositor, performance, specs, options)
        bake = yield from self.part(baking)
        if request.film is not None:
            heard = {id(performance): request.driving.clip}
            yield from self.part(FilmJob(specs, options.outputs, request.film, target, heard))
        return TargetReport(target, performance, bake)

    def _with_mouths(
        self, compositor: TargetCompositor, specs: Sequence[TargetSpec], performance: Performance
    ) -> Generator[Progress, None, list[TargetSpec]]:
        """Choose what shows the inside of the mouth in each frame."""
        corrected = corrected_specs(specs, performance, self.request.options.guidance.corrections)
        frames = [(spec.target, moved.mix, spec.settings) for spec, moved in zip(specs, corrected, strict=True)]
        mouths = yield from compositor.find_mouths(frames)
        return [replace(spec, mouth=mouth) for spec, mouth in zip(specs, mouths, strict=True)]
