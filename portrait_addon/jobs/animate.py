"""From a picture and a driving clip to frames, in one job."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from ..media.files import check_folder
from ..media.pictures import SourceImage, as_mask, read_picture
from ..pipeline.editing.corrections import NONE, Corrections
from ..pipeline.imaging.threads import WORKERS
from ..pipeline.records.performance import Performance
from ..pipeline.records.progress import Progress
from .baking import BakeJob, BakeReport, analyse, portrait_notes
from .cache import Cache
from .job import Job
from .outputs import natural_format
from .shots import Shot
from .tracking import TrackClipsJob, TrackJob


@dataclass(frozen=True, eq=False)
class AnimateReport:
    """What an animation is made of, and what was done."""

    performance: Performance
    bake: BakeReport
    library: tuple[Performance, ...] = ()


class AnimateJob(Job[AnimateReport]):
    """Track a clip, analyse a portrait and bake the frames.

    What can fail quickly is done first, so that a long clip is not tracked in vain.

    Parameters
    ----------
    target : Path or Picture
        The portrait.
    driving : Path
        A clip, see `media.clips.open_clip`, or a performance that was saved.
    folder : Path
        Where the frames go; see `BakeJob`.
    plan : callable
        Says, once the clip is known, which frames to bake; takes its performance, then those of the library.
    neutral : int, optional
        Number of the neutral frame; found by itself if left out.
    face, driving_face : int
        Which of several faces in the portrait, and in the clip; 1 is the largest.
    corrections : Corrections
        What was put right by hand in the points of both.
    library : sequence of TrackJob
        Of other clips that frames may show.
    cache : Cache, optional
        Where tracked clips are kept; see `TrackJob`.
    masks : mapping
        Pictures painted over the portrait, by names of `pipeline.masks.MASKS`.
    force, passes, multilayer, workers
        See `BakeJob`.
    format : str, optional
        One of `outputs.FORMATS`; what keeps all of the portrait if left out.
    """

    title = "Animate"

    def __init__(
        self,
        target: Path | SourceImage,
        driving: Path,
        folder: Path,
        plan: Callable[..., Sequence[Shot]],
        *,
        neutral: int | None = None,
        face: int = 1,
        driving_face: int = 1,
        corrections: Corrections = NONE,
        masks: Mapping[str, Path] = MappingProxyType({}),
        library: Sequence[TrackJob] = (),
        cache: Cache | None = None,
        force: bool = False,
        format: str | None = None,
        passes: Collection[str] = (),
        multilayer: bool = False,
        workers: int = WORKERS,
    ) -> None:
        super().__init__()
        self.target = target
        self.driving = driving
        self.folder = folder
        self.plan = plan
        self.neutral = neutral
        self.face = face
        self.driving_face = driving_face
        self.corrections = corrections
        self.masks = masks
        self.library = library
        self.cache = cache
        self.force = force
        self.format = format
        self.passes = passes
        self.multilayer = multilayer
        self.workers = workers

    def steps(self) -> Generator[Progress, None, AnimateReport]:
        """Animate; returns a report."""
        check_folder(self.folder)
        picture = self.target if isinstance(self.target, SourceImage) else read_picture(self.target)
        size = picture.pixels.shape[1], picture.pixels.shape[0]
        painted = {name: as_mask(read_picture(path), size) for name, path in self.masks.items()}
        picture = replace(picture, masks={**picture.masks, **painted})
        inputs = [self.target] if isinstance(self.target, Path) else []
        tracking = TrackJob(
            self.driving, neutral=self.neutral, face=self.driving_face, cache=self.cache, workers=self.workers
        )
        inputs += [file for job in (tracking, *self.library) for file in job.files()]
        portrait = analyse(picture, self.face, self.corrections.placement)
        self.note(*portrait_notes(picture.name, portrait, self.face))
        performance, *library = yield from self.part(TrackClipsJob((tracking, *self.library)))
        bake = BakeJob(
            portrait,
            performance,
            self.plan(performance, *library),
            self.folder,
            force=self.force,
            format=self.format or natural_format(picture.pixels),
            passes=self.passes,
            multilayer=self.multilayer,
            corrections=self.corrections,
            face=self.face,
            inputs=inputs,
            workers=self.workers,
        )
        return AnimateReport(performance, (yield from self.part(bake)), tuple(library))
