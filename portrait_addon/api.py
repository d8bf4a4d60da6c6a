"""The package for scripts: portraits, clips and frames by their paths.

Each function does a job of `jobs`, the same as the command line and Blender's panels. `portrait_addon.pipeline` does
the same with arrays, frame by frame.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias, TypeVar, cast

from .errors import InputError
from .jobs import baking
from .jobs.animate import AnimateJob, AnimateReport
from .jobs.animate_target import AnimateTargetJob, TargetReport, TargetRequest
from .jobs.cache import Cache
from .jobs.corrections_file import read_corrections
from .jobs.curves_file import check_curves_target, save_curves
from .jobs.filming import Film, even_times, film_rate
from .jobs.frame_specs import FrameSpec, TargetSpec
from .jobs.job import Cancelled, Job, run
from .jobs.living_profile import ProfileJob, ProfileReport, ProfileRequest, Reaction
from .jobs.outputs import FORMATS, Outputs, natural_format
from .jobs.performance_file import check_performance_target, save_performance
from .jobs.requests import AnimateRequest, BakeOptions, FaceRequest, Guidance
from .jobs.resting import RestJob
from .jobs.settings_file import AnimatedSettings, read_settings
from .jobs.tracking import TrackJob
from .media.clip import exact_rate
from .media.files import make_folder, shown
from .media.pictures import SourceImage, read_picture
from .media.video import MAX_RATE
from .pipeline.editing.corrections import NONE, Corrections
from .pipeline.imaging.threads import WORKERS
from .pipeline.records.masks import COLOURED, MASKS
from .pipeline.records.moment import Moment, Shown
from .pipeline.records.passes import PASSES, TARGET_PASSES, with_faces
from .pipeline.records.performance import Performance
from .pipeline.records.portrait import Portrait
from .pipeline.records.progress import Progress
from .pipeline.records.settings import Settings, TargetSettings
from .pipeline.timeline.resting import coming_to_rest

__all__ = [
    "AnimateReport",
    "AnimatedSettings",
    "Cache",
    "Cancelled",
    "Corrections",
    "InputError",
    "Performance",
    "Portrait",
    "Progress",
    "Settings",
    "TargetReport",
    "TargetSettings",
    "analyse",
    "animate",
    "animate_film",
    "living_profile",
    "read_corrections",
    "read_settings",
    "save_performance",
    "track",
]

AnyPath: TypeAlias = str | PathLike[str]
"""A path as text, or as a `Path`."""

DEFAULTS = Settings()

TARGET_DEFAULTS = TargetSettings()

NO_MASKS: Mapping[str, AnyPath] = MappingProxyType({})

NO_REACTIONS: Mapping[str, AnyPath] = MappingProxyType({})

NO_DRIVERS: Mapping[int, AnyPath] = MappingProxyType({})

T = TypeVar("T")

ByFace: TypeAlias = T | Mapping[int, T]
"""For all faces the same, or by their numbers."""


def track(
    clip: AnyPath,
    file: AnyPath | None = None,
    *,
    curves: AnyPath | None = None,
    neutral: int | None = None,
    face: int = 1,
    mouth: bool = True,
    cache: Cache | None = None,
    workers: int = WORKERS,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    on_note: Callable[[str], None] | None = None,
) -> Performance:
    """Track a driving clip, or load a performance file.

    Parameters
    ----------
    clip : path
        A video, a folder or pattern of numbered pictures (``shot_####.png``), or a performance file.
    file : path, optional
        Performance file to write: it takes the clip's place for any number of portraits. An earlier one is replaced.
    curves : path, optional
        CSV file to write, with a line a frame: the weights of 52 expressions, and how the head moves. It takes the
        clip's place too, without the driver's pixels. Earlier curves are replaced.
    neutral : int, optional
        Number of the neutral frame, from 1: the face at rest, from which expressions are counted. Found automatically
        if left out.
    face : int
        Which of several faces of the clip to follow, from 1 for the largest.
    mouth : bool
        Whether to keep the pixels of the driver's mouth.
    cache : Cache, optional
        Folder in which tracked clips are kept for next time.
    workers : int
        Number of frames that are tracked at the same time; the result does not depend on it.
    on_progress : callable, optional
        Is called with a `Progress` after every step.
    cancelled : callable, optional
        Is called after every step; if it returns True, the work ends.
    on_note : callable, optional
        Is called at the end with each sentence that the user should know, such as that the clip shows several faces.
        Notes are logged as warnings if it is left out.

    Returns
    -------
    Performance
        Its frames count from 1.

    Raises
    ------
    InputError
        If the clip cannot be read or shows no such face, or the file cannot be written or is of another kind.
    Cancelled
        If `cancelled` returned True.
    ValueError
        If `neutral` or `face` is less than 1.

    Examples
    --------
    >>> performance = track("tests/formats/format_22.performance")
    >>> performance.frame_count, performance.neutral
    (10, 5)
    """
    _check_numbers(neutral=neutral, face=face)
    output = None if file is None else Path(file)
    numbers = None if curves is None else Path(curves)
    if output is not None:
        check_performance_target(output)
    if numbers is not None:
        check_curves_target(numbers)
    job = TrackJob(Path(clip), neutral=neutral, face=face, cache=cache, workers=workers)
    performance = _done(job, on_progress, cancelled, on_note)
    if not mouth:
        performance = performance.without_mouth()
    if output is not None:
        make_folder(output.parent)
        save_performance(performance, output)
    if numbers is not None:
        make_folder(numbers.parent)
        save_curves(performance, numbers)
    return performance


def analyse(
    portrait: AnyPath,
    *,
    face: int = 1,
    masks: Mapping[str, AnyPath] = NO_MASKS,
) -> Portrait:
    """Find a face in a picture file, and measure its points and colours.

    Parameters
    ----------
    portrait : path
        A JPEG, PNG, TIFF, WebP, AVIF, PSD or EXR picture.
    face : int
        Which of several faces, from 1 for the largest.
    masks : mapping from str to path
        Pictures of any size, white where they apply, by name: ``"person"``, ``"rigid"`` or ``"still"``; and a
        picture of teeth, ``"teeth"``; see `MASKS`.

    Returns
    -------
    Portrait
        Its picture is BGR or BGRA.

    Raises
    ------
    InputError
        If a picture cannot be read, or shows no such face.
    ValueError
        If there is no mask of a name, or `face` is less than 1.

    Examples
    --------
    >>> portrait = analyse("tests/assets/ford_1888.jpg")
    >>> portrait.size, portrait.faces
    ((1024, 1371), 1)
    """
    _check_numbers(face=face)
    return baking.analyse(_picture(portrait, masks), face)


def animate(
    portrait: AnyPath,
    clip: AnyPath | None,
    folder: AnyPath,
    *,
    drive: Mapping[int, AnyPath] = NO_DRIVERS,
    settings: ByFace[Settings | AnimatedSettings] = DEFAULTS,
    frames: range | None = None,
    rate: Fraction | float | None = None,
    video: AnyPath | None = None,
    format: str | None = None,
    passes: Sequence[str] = (),
    multilayer: bool = False,
    neutral: ByFace[int | None] = None,
    face: int = 1,
    driving_face: ByFace[int] = 1,
    corrections: ByFace[Corrections] = NONE,
    masks: Mapping[str, AnyPath] = NO_MASKS,
    force: bool = False,
    wait: bool = False,
    cache: Cache | None = None,
    workers: int = WORKERS,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    on_note: Callable[[str], None] | None = None,
) -> AnimateReport:
    """Animate a portrait with the face of a clip, and write its frames: ``frame_0001.png`` and so on.

    Frames that are right already are kept, so a run that was interrupted goes on. All files say in their metadata that
    they are synthetic.

    Parameters
    ----------
    portrait : path
        A JPEG, PNG, TIFF, WebP, AVIF, PSD or EXR picture.
    clip : path or None
        A video, a folder or pattern of numbered pictures (``shot_####.png``), a performance file, see `track`, a CSV
        file of curves as Live Link Face writes it, or mouth cues of Rhubarb and others. Without one the portrait rests,
        and `settings` move it.
    drive : mapping from int to path
        In place of `clip`, clips by the numbers of the faces that they drive, from 1 for the largest. Faces without one
        stay still. Frame 5 shows frame 5 of each clip; a face whose clip has ended comes to rest. What is said of
        clips and faces below may then be a mapping from the numbers of faces, too.
    folder : path
        For the frames; made if it is missing. A file that is not of an earlier run is never overwritten.
    settings : Settings or AnimatedSettings
        Strengths of what the portrait takes over; those of `read_settings` may change over the frames.
    frames : range, optional
        Numbers of the frames to write, from 1; all if left out. Without a clip they are needed.
    rate : Fraction or float, optional
        Even frames, so many a second, 1..1000; else each frame of the clip gives one frame with its number. Of curves,
        each line is one frame in any case, and this is their rate.
    video : path, optional
        MP4 film to write too, with the clip's sound; an earlier film is replaced.
    format : str, optional
        ``"png"`` in the portrait's depth, ``"png16"``, or ``"exr"`` in linear light; left out, PNG, or EXR for an EXR
        portrait.
    passes : sequence of str
        Names of `PASSES` to write for a compositor, as EXR: each into a folder of its name below `folder`.
    multilayer : bool
        Whether all passes of a frame go into one file.
    neutral : int, optional
        Number of the clip's neutral frame, from 1: the face at rest. Found automatically if left out.
    face, driving_face : int
        Which of several faces of the portrait and of the clip, from 1 for the largest.
    corrections : Corrections
        Points that were moved or placed by hand; see `read_corrections`.
    masks : mapping from str to path
        Pictures of any size, white where they apply, by name: ``"person"``, ``"rigid"`` or ``"still"``; and a
        picture of teeth, ``"teeth"``; see `MASKS`.
    force : bool
        Compute all frames, also those that are right already.
    wait : bool
        Wait while another program bakes into the folder, and then compute what is left; otherwise it is an error.
    cache : Cache, optional
        Folder in which tracked clips are kept for next time.
    workers : int
        Number of frames that are made at the same time; the result does not depend on it.
    on_progress : callable, optional
        Is called with a `Progress` after every step.
    cancelled : callable, optional
        Is called after every step; if it returns True, the work ends, and finished frames stay.
    on_note : callable, optional
        Is called at the end with each sentence that the user should know, such as that the portrait shows several
        faces. Notes are logged as warnings if it is left out.

    Returns
    -------
    AnimateReport
        The performance of the clip, and how many frames were written and kept.

    Raises
    ------
    InputError
        If a file cannot be read or written, there is no such face, or the clip has no such frames.
    Cancelled
        If `cancelled` returned True.
    ValueError
        If there is no format, pass or mask of a name, a number is less than 1, a setting or the rate is out of range,
        there are no frames, or something is said of a face that is not driven.

    Examples
    --------
    >>> import tempfile
    >>> performance = "tests/formats/format_22.performance"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     report = animate("tests/assets/ford_1888.jpg", performance, folder, frames=range(1, 3))
    >>> report.bake.written, report.bake.kept
    (2, 0)
    """
    _check_frames(frames)
    _check_names("pass", passes, [item.name for item in PASSES])
    _check_names("format", [] if format is None else [format], FORMATS)
    if drive and (clip is not None or face != 1):
        raise ValueError("drive names the faces and their clips; leave out clip and face")
    if clip is None and not drive and frames is None:
        raise ValueError("without a clip, give the numbers of the frames")
    said = {"settings": settings, "neutral": neutral, "driving_face": driving_face, "corrections": corrections}
    for name, value in said.items():
        for number in value if isinstance(value, Mapping) else ():
            if number not in drive:
                raise ValueError(f"{name} of face {number}: that face has no clip")
    exact = None if rate is None else _checked_rate(rate)
    drivers: list[_Driver] = []
    clips: Mapping[int, AnyPath | None] = drive or {face: clip}
    for number, path in clips.items():
        at, its_face = _of_face(neutral, number, None), _of_face(driving_face, number, 1)
        _check_numbers(neutral=at, face=number, driving_face=its_face)
        keyed = cast(Settings | AnimatedSettings, _of_face(settings, number, DEFAULTS))
        drivers.append(
            _Driver(
                None if path is None else Path(path),
                keyed if isinstance(keyed, AnimatedSettings) else AnimatedSettings.constant(keyed),
                Guidance(number, _of_face(corrections, number, NONE)),
                RestJob(max(frames or [1]), exact)
                if path is None
                else TrackJob(Path(path), neutral=at, face=its_face, cache=cache, workers=workers, rate=exact),
            )
        )
    picture = _picture(portrait, masks)

    def plan(*performances: Performance) -> list[FrameSpec]:
        planned = []
        for place, (driver, performance) in enumerate(zip(drivers, performances, strict=True)):
            even, name = exact, picture.name if driver.clip is None else shown(driver.clip)
            if even is None and not performance.is_even:
                usual = film_rate(performance)
                even = usual if video is not None else None
                job.note(f"{name}: {_said_of_rate(usual, even is not None)}")
            keyed = driver.settings
            known = replace(keyed, taken_at=job.camera_distance(place)[0]) if keyed.needs_camera else keyed
            planned.append(_PlannedFace(performance, name, known, even, driven=driver.clip is not None))
        return _specs(planned, frames)

    first, *others = drivers
    names = tuple(item.name for item in PASSES if item.name in passes)
    job = AnimateJob(
        AnimateRequest(
            picture,
            first.job,
            plan,
            BakeOptions(
                Outputs(
                    Path(folder),
                    format or natural_format(picture.pixels),
                    with_faces(names, tuple(drive)) if drive else names,
                    multilayer,
                    picture.profile,
                ),
                first.guidance,
                force=force,
                inputs=[Path(portrait), *map(Path, masks.values())],
                workers=workers,
                wait=wait,
            ),
            film=None if video is None else Film(Path(video), exact),
            others=[FaceRequest(other.job, other.guidance) for other in others] if drive else None,
        )
    )
    return _done(job, on_progress, cancelled, on_note)


def animate_film(
    film: AnyPath,
    clip: AnyPath,
    folder: AnyPath,
    *,
    settings: TargetSettings | AnimatedSettings = TARGET_DEFAULTS,
    frames: range | None = None,
    driving_start: int = 1,
    rate: Fraction | float | None = None,
    video: AnyPath | None = None,
    format: str = "png",
    passes: Sequence[str] = (),
    multilayer: bool = False,
    film_neutral: int | None = None,
    neutral: int | None = None,
    face: int = 1,
    driving_face: int = 1,
    corrections: Corrections = NONE,
    force: bool = False,
    wait: bool = False,
    cache: Cache | None = None,
    workers: int = WORKERS,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    on_note: Callable[[str], None] | None = None,
) -> TargetReport:
    """Change the expression of a face in a film into that of a clip's, and write the frames.

    Head, eyes, light and background stay as they were filmed; beyond the face a frame is the film's, bit for bit. Both
    run side by side, and each frame has the number of the film's frame. Like `animate`, it goes on where it was
    interrupted.

    Parameters
    ----------
    film : path
        The target: a video, or a folder or pattern of numbered pictures (``shot_####.png``).
    clip : path
        What drives it, see `animate`.
    folder : path
        For the frames; made if it is missing. A file that is not of an earlier run is never overwritten.
    settings : TargetSettings or AnimatedSettings
        What is taken over; those of `read_settings` may change over the frames.
    frames : range, optional
        Numbers of the film's frames to write, from 1; if left out, all until either ends.
    driving_start : int
        Number of the clip's frame beside the film's first one, from 1.
    rate : Fraction or float, optional
        Lines a second of a clip that is curves, 1..1000; as the file says if left out.
    video : path, optional
        MP4 film to write too, with the clip's sound; an earlier film is replaced.
    format : str
        ``"png"``, ``"png16"``, or ``"exr"`` in linear light.
    passes : sequence of str
        Names of `TARGET_PASSES` to write for a compositor, as EXR: each into a folder of its name below `folder`.
    multilayer : bool
        Whether all passes of a frame go into one file.
    film_neutral, neutral : int, optional
        Numbers of the neutral frames of the film and of the clip, from 1: the faces at rest. Found automatically if
        left out.
    face, driving_face : int
        Which of several faces of the film and of the clip, from 1 for the largest.
    corrections : Corrections
        Points of the clip that were moved by hand; see `read_corrections`.
    force : bool
        Compute all frames, also those that are right already.
    wait : bool
        Wait while another program bakes into the folder, and then compute what is left; otherwise it is an error.
    cache : Cache, optional
        Folder in which tracked clips are kept for next time.
    workers : int
        Number of frames that are made at the same time; the result does not depend on it.
    on_progress : callable, optional
        Is called with a `Progress` after every step.
    cancelled : callable, optional
        Is called after every step; if it returns True, the work ends, and finished frames stay.
    on_note : callable, optional
        Is called at the end with each sentence that the user should know. Notes are logged as warnings if it is left
        out.

    Returns
    -------
    TargetReport
        The performances of both, and how many frames were written and kept.

    Raises
    ------
    InputError
        If a file cannot be read or written, there is no such face, or there are no such frames.
    Cancelled
        If `cancelled` returned True.
    ValueError
        If there is no format or pass of a name, a number is less than 1, a setting or the rate is out of range, or the
        corrections are a picture's.
    """
    _check_numbers(
        film_neutral=film_neutral, neutral=neutral, face=face, driving_face=driving_face, driving_start=driving_start
    )
    _check_frames(frames)
    _check_names("pass", passes, [item.name for item in TARGET_PASSES])
    _check_names("format", [format], FORMATS)
    if corrections.portrait or corrections.placement:
        raise ValueError("a film has no corrections of a picture: only points of the driving clip can be moved")
    keyed = settings if isinstance(settings, AnimatedSettings) else AnimatedSettings.constant(settings)
    driving_rate = None if rate is None else _checked_rate(rate)

    def plan(target: Performance, performance: Performance) -> list[TargetSpec]:
        specs, note = _target_specs(
            (shown(Path(film)), target), (shown(Path(clip)), performance), keyed, frames, driving_start
        )
        job.note(*([note] if note else []))
        return specs

    wanted = tuple(item.name for item in TARGET_PASSES if item.name in passes)
    job = AnimateTargetJob(
        TargetRequest(
            TrackJob(Path(film), neutral=film_neutral, face=face, cache=cache, workers=workers),
            TrackJob(Path(clip), neutral=neutral, face=driving_face, cache=cache, workers=workers, rate=driving_rate),
            plan,
            BakeOptions(
                Outputs(Path(folder), format, wanted, multilayer),
                Guidance(1, corrections),
                force=force,
                workers=workers,
                wait=wait,
            ),
            frames,
            None if video is None else Film(Path(video)),
        )
    )
    return _done(job, on_progress, cancelled, on_note)


def living_profile(
    portrait: AnyPath,
    folder: AnyPath,
    reactions: Mapping[str, AnyPath] = NO_REACTIONS,
    *,
    settings: Settings = DEFAULTS,
    seconds: float = 10.0,
    seed: int = 0,
    side: int = 512,
    background: tuple[int, int, int] = (255, 255, 255),
    origins: Sequence[str] = (),
    face: int = 1,
    corrections: Corrections = NONE,
    masks: Mapping[str, AnyPath] = NO_MASKS,
    cache: Cache | None = None,
    workers: int = WORKERS,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    on_note: Callable[[str], None] | None = None,
) -> ProfileReport:
    """Make a portrait for web pages: it waits by itself, and reacts to who looks at it.

    Parameters
    ----------
    portrait : path
        A JPEG, PNG, TIFF, WebP, AVIF, PSD or EXR picture.
    folder : path
        For the page, its films and ``states.json``. It may be new, empty, or hold an earlier profile, which is
        replaced once the new one is complete.
    reactions : mapping from str to path
        Clips or performances by the names of the reactions, in the order of their keys; a few ready poses if there
        are none.
    settings : Settings
        Strengths of what the portrait takes over.
    seconds : float
        Length of the idle, 4..60.
    seed : int
        Another one gives another idle.
    side : int
        Longer side of the films in pixels, 64..2048; never more than the portrait's.
    background : tuple of int
        Colour of the page, and of films for browsers without transparency: RGB, 0..255.
    origins : sequence of str
        Web sites that may send messages to the page, such as ``https://example.org``, beside its own.
    face : int
        Which of several faces of the portrait, from 1 for the largest.
    corrections : Corrections
        Points of the portrait that were moved or placed by hand.
    masks : mapping from str to path
        Pictures of any size, white where they apply, by name; see `MASKS`.
    cache : Cache, optional
        Folder in which tracked clips are kept for next time.
    workers : int
        Number of frames that are made at the same time.
    on_progress : callable, optional
        Is called with a `Progress` after every step.
    cancelled : callable, optional
        Is called after every step; if it returns True, the work ends, and nothing is left of it.
    on_note : callable, optional
        Is called at the end with each sentence that the user should know. Notes are logged as warnings if it is left
        out.

    Returns
    -------
    ProfileReport
        The page, and what ``states.json`` says.

    Raises
    ------
    InputError
        If a file cannot be read or written, the folder holds other files, or a name, number or origin cannot be used.
    Cancelled
        If `cancelled` returned True.
    ValueError
        If there is no mask of a name, or `face` is less than 1.
    """
    _check_numbers(face=face)
    red, green, blue = background
    request = ProfileRequest(
        _picture(portrait, masks),
        Path(folder),
        [Reaction(name, TrackJob(Path(clip), cache=cache, workers=workers)) for name, clip in reactions.items()],
        settings,
        Guidance(face, corrections),
        seconds,
        seed,
        side,
        (blue, green, red),
        origins,
        workers,
    )
    return _done(ProfileJob(request), on_progress, cancelled, on_note)


def _said_of_rate(usual: Fraction, even: bool) -> str:
    """What a note says of a clip whose rate varies, by that of most of its frames."""
    if even:
        return f"its rate varies; even frames are written, {float(usual):.5g} a second."
    return f"its rate varies. A frame has the clip's number; rate {float(usual):.5g} writes even frames."


@dataclass(frozen=True)
class _Driver:
    """What drives one face of a picture; without a clip it rests."""

    clip: Path | None
    settings: AnimatedSettings
    guidance: Guidance
    job: TrackJob | RestJob


@dataclass(frozen=True)
class _PlannedFace:
    """What is planned for a face: each frame of its clip, or so many a second.

    A portrait that nobody drives keeps its own expression: its moments have no weight.
    """

    performance: Performance
    name: str
    settings: AnimatedSettings
    rate: Fraction | None
    driven: bool = True

    @cached_property
    def times(self) -> list[float]:
        """Clip times of all frames."""
        if self.rate:
            return even_times(self.performance, self.rate)
        return [float(n) for n in range(1, self.performance.frame_count + 1)]

    def at(self, number: int) -> Shown:
        """What the face shows in a frame; after the end of the clip it comes to rest."""
        last = Moment(self.performance, self.times[min(number, len(self.times)) - 1], float(self.driven))
        if number <= len(self.times):
            return Shown((last,), self.settings.at(number))
        seconds = (number - len(self.times)) / float(self.rate or film_rate(self.performance))
        return Shown(coming_to_rest(last, seconds), self.settings.at(number))


def _specs(faces: Sequence[_PlannedFace], frames: range | None) -> list[FrameSpec]:
    """The frames to bake, to the end of the longest clip; only those of a range, if there is one."""
    longest = max(faces, key=lambda face: len(face.times))
    count = len(longest.times)
    numbers = range(1, count + 1) if frames is None else frames
    if (last := max(numbers[0], numbers[-1])) > count:
        raise InputError(
            f"{longest.name}: there is no frame {last}; the clip has {count} frames. Choose frames within them."
        )
    specs = []
    for number in numbers:
        first, *others = (face.at(number) for face in faces)
        specs.append(FrameSpec(number, tuple(first.mix), first.settings, tuple(others)))
    return specs


def _of_face(said: ByFace[T], face: int, otherwise: T) -> T:
    """What is said of one face, or of all."""
    return said.get(face, otherwise) if isinstance(said, Mapping) else said


def _target_specs(
    film: tuple[str, Performance],
    clip: tuple[str, Performance],
    settings: AnimatedSettings,
    frames: range | None,
    start: int,
) -> tuple[list[TargetSpec], str]:
    """All frames of a target that moves, by the names and performances of both, and a note; empty if there is none.

    Both run side by side, second by second, until either ends. The frames that are asked for are checked.
    """
    (of_film, target), (of_clip, driver) = film, clip
    if start > driver.frame_count:
        raise InputError(f"{of_clip}: there is no frame {start} to begin with; it has {driver.frame_count} frames.")
    seconds = target.times - target.times[0] + driver.times[start - 1]
    last = int((seconds < driver.times[-1] + driver.frame_seconds).sum())
    numbers, note = range(1, last + 1) if frames is None else frames, ""
    if (asked := max(numbers[0], numbers[-1])) > target.frame_count:
        raise InputError(f"{of_film}: there is no frame {asked}; the film has {target.frame_count} frames.")
    if asked > last:
        raise InputError(f"{of_clip}: ends beside frame {last} of {of_film}. Choose frames until there.")
    if frames is None and last < target.frame_count:
        note = f"{of_clip}: ends beside frame {last} of {of_film}, where the frames end, too."
    specs = []
    for number in range(1, last + 1):
        keyed = settings.at(number)
        assert isinstance(keyed, TargetSettings)
        moment = Moment(driver, driver.frame_at(float(seconds[number - 1])))
        specs.append(TargetSpec(number, (moment,), keyed, target=number))
    return specs, note


def _picture(portrait: AnyPath, masks: Mapping[str, AnyPath]) -> SourceImage:
    _check_names("mask", masks, [mask.name for mask in MASKS])
    picture = read_picture(Path(portrait))
    return picture.with_masks({name: read_picture(Path(path)) for name, path in masks.items()}, COLOURED)


def _done(
    job: Job[T],
    on_progress: Callable[[Progress], None] | None,
    cancelled: Callable[[], bool] | None,
    on_note: Callable[[str], None] | None,
) -> T:
    """Do a job, and tell its notes, also if it fails."""
    try:
        return run(job, on_progress or (lambda progress: None), cancelled or (lambda: False))
    finally:
        for note in job.notes:
            (on_note or logging.getLogger(__name__).warning)(note)


def _checked_rate(rate: Fraction | float) -> Fraction:
    if not 1 <= rate <= MAX_RATE:
        raise ValueError(f"a rate is from 1 to {MAX_RATE} frames a second, not {rate}")
    return rate if isinstance(rate, Fraction) else exact_rate(rate)


def _check_numbers(**numbers: int | None) -> None:
    for name, number in numbers.items():
        if number is not None and number < 1:
            raise ValueError(f"{name} counts from 1 and cannot be {number}")


def _check_frames(frames: range | None) -> None:
    if frames is not None and not (frames and min(frames[0], frames[-1]) >= 1):
        raise ValueError(f"frames count from 1 and cannot be {frames}")


def _check_names(kind: str, names: Iterable[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            raise ValueError(f"there is no {kind} {name!r}; there are {', '.join(known)}")
