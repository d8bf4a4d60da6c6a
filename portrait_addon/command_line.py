"""The command line: ``python -m portrait_addon animate``, ``track``, ``bake`` and ``profile``.

Standard output gets one JSON object, standard error the progress and, if the input cannot be used, one line. Exit
status 0: done, 1: bad input, 2: wrong usage, 130: interrupted.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib.util
import json
import os
import re
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

from .api import AnimateReport, TargetReport, animate, animate_film, living_profile, track
from .errors import InputError
from .jobs.cache import Cache, user_cache_folder
from .jobs.corrections_file import read_corrections
from .jobs.driving_file import holds_numbers
from .jobs.job import Cancelled
from .jobs.outputs import FORMATS
from .jobs.settings_file import AnimatedSettings, read_settings
from .media.clip import exact_rate
from .media.clips import is_film
from .media.files import PARTIAL, make_folder, shown
from .media.video import MAX_RATE
from .pipeline.editing.corrections import NONE
from .pipeline.imaging.threads import WORKERS
from .pipeline.records.masks import MASKS
from .pipeline.records.passes import PASSES, TARGET_PASSES
from .pipeline.records.performance import Performance
from .pipeline.records.progress import Progress
from .pipeline.records.settings import Settings, TargetSettings

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

T = TypeVar("T")

DONE, BAD_INPUT, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130
WAIT = "wait while another bake writes into the folder, then compute what is left"
CORRECTIONS = "points moved or placed by hand, as Blender keeps them"
NEUTRAL, DRIVING_FACE = "the clip's neutral frame, if not found", "which face of the clip; 1 is the largest"

BY_FACE = ("settings", "neutral", "driving_face", "corrections")
"""Options of animate that may be said of one face of several."""

SECONDS_BETWEEN_LINES = 5.0
"""Of progress, where standard error is not a terminal."""


def main(arguments: Sequence[str] | None = None, cache: Cache | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the process, unless given.
    cache : Cache, optional
        Where tracked clips are kept; in the user's folder for such things, unless given.

    Returns
    -------
    int
        Exit status.
    """
    try:
        parser = _parser()
        options = parser.parse_args(arguments, argparse.Namespace(cache=cache or Cache(user_cache_folder())))
        if options.command is _animate and not (options.output or options.video):
            parser.error("animate needs --output DIR, --video OUT.mp4 or both")
        if options.command is _animate:
            _check_faces(parser, options)
        if options.command is _track and not (options.output or options.curves):
            parser.error("track needs --output FILE, --curves FILE.csv or both")
        if options.command is _bake and options.save and (options.track or options.frames or options.bundle):
            parser.error("bake with --save bakes all frames: several machines would write over one file")
        if options.command is _bake and options.render and (options.track or options.bundle):
            parser.error("bake with --render bakes: leave out --track and --bundle")
    except SystemExit as end:  # argparse has printed its help or what is wrong
        return end.code if isinstance(end.code, int) else WRONG_USAGE
    with _libraries_silenced() as console:
        try:
            summary = options.command(options, console)
        except InputError as error:
            print(f"portrait: {error}", file=console)
            if getattr(options, "openjd", False):
                print(f"openjd_fail: {error}", file=console)
            return BAD_INPUT
        except (Cancelled, KeyboardInterrupt):
            print("portrait: interrupted; run it again to go on", file=console)
            return INTERRUPTED
    print(json.dumps(summary))
    return DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "portrait", description="Animate a still portrait with the face of a driving clip."
    )
    commands: Commands = parser.add_subparsers(required=True, metavar="command")
    animate, track = _add_animate(commands), _add_track(commands)
    _add_bake(commands)
    profile = _add_profile(commands)
    for command in (animate, profile):
        command.add_argument(
            "--face", type=_face_number, default=1, metavar="N", help="which face of the portrait; 1 is the largest"
        )
        for mask in MASKS:
            what = "picture" if mask.coloured else "mask"
            text = mask.description[0].lower() + mask.description[1:]
            command.add_argument(f"--{mask.name}", type=Path, metavar="FILE", help=f"{what}: {text}")
    profile.add_argument("--corrections", type=Path, metavar="FILE.json", help=CORRECTIONS)
    track.add_argument("--neutral", type=_frame_number, metavar="N", help=NEUTRAL)
    track.add_argument("--driving-face", type=_face_number, default=1, metavar="N", help=DRIVING_FACE)
    for name, kind, metavar, text in (
        ("--corrections", Path, "[N=]FILE.json", CORRECTIONS),
        ("--neutral", _frame_number, "[N=]M", NEUTRAL),
        ("--driving-face", _face_number, "[N=]M", DRIVING_FACE),
    ):
        animate.add_argument(name, type=_by_face(kind), action="append", default=[], metavar=metavar, help=text)
    for command in (animate, track, profile):
        command.add_argument(
            "--workers", type=int, choices=range(65), default=WORKERS, metavar="N", help="frames made at the same time"
        )
    return parser


def _add_animate(commands: Commands) -> argparse.ArgumentParser:
    animate = commands.add_parser("animate", help="animate a portrait and write its frames")
    animate.set_defaults(command=_animate)
    animate.add_argument(
        "target",
        type=Path,
        metavar="TARGET",
        help="the portrait: JPEG, PNG, TIFF, EXR and others; or a film, whose face takes over the expression",
    )
    animate.add_argument(
        "driving",
        type=Path,
        nargs="?",
        metavar="DRIVING",
        help="a video, a numbered sequence, what track wrote, curves or mouth cues; without it the portrait rests",
    )
    animate.add_argument("--output", type=Path, metavar="DIR", help="folder for frame_0001.png ...")
    animate.add_argument(
        "--video", type=Path, metavar="OUT.mp4", help="a film with the clip's sound; without --output alone"
    )
    animate.add_argument("--frames", type=_frame_range, metavar="A-B", help="only these frames")
    animate.add_argument(
        "--rate",
        type=_rate,
        metavar="R",
        help="even frames, R a second, such as 25 or 30000/1001; else those of the clip; the rate of curves",
    )
    animate.add_argument(
        "--drive",
        type=_drive,
        action="append",
        default=[],
        metavar="N=DRIVING",
        help="in place of DRIVING, what drives face N, 1 being the largest; once for each face, the others stay still",
    )
    animate.add_argument(
        "--settings",
        type=_by_face(Path),
        action="append",
        default=[],
        metavar="[N=]FILE.json",
        help="a number or [frame, value] pairs a parameter; of face N alone, if it is said",
    )
    animate.add_argument(
        "--format", choices=FORMATS, help="of the frames; png keeps the portrait's depth, exr is for EXR portraits"
    )
    animate.add_argument(
        "--passes",
        type=_pass_names,
        default=(),
        metavar="A,B",
        help=f"passes for a compositor, each to DIR/<pass>/: {', '.join(item.name for item in TARGET_PASSES)}",
    )
    animate.add_argument("--multilayer", action="store_true", help="all passes of a frame in one file: DIR/passes/")
    animate.add_argument("--force", action="store_true", help="compute all frames, not only missing and stale ones")
    animate.add_argument("--wait", action="store_true", help=WAIT)
    animate.add_argument(
        "--driving-start",
        type=_frame_number,
        metavar="N",
        help="of a film: the frame of DRIVING beside its first frame, if not 1",
    )
    animate.add_argument(
        "--film-neutral", type=_frame_number, metavar="N", help="of a film: its neutral frame, if not found"
    )
    return animate


def _add_track(commands: Commands) -> argparse.ArgumentParser:
    track = commands.add_parser("track", help="track a clip once, for any number of portraits")
    track.set_defaults(command=_track)
    track.add_argument("driving", type=Path, metavar="DRIVING", help="a video, a numbered sequence, or a performance")
    track.add_argument("--output", type=Path, metavar="FILE", help="what animate takes in place of a clip")
    track.add_argument(
        "--curves",
        type=Path,
        metavar="FILE.csv",
        help="52 expressions and the head's motion as numbers, a line a frame",
    )
    track.add_argument(
        "--no-mouth", dest="mouth", action="store_false", help="leave out the pictures of the driver's mouth"
    )
    return track


def _add_bake(commands: Commands) -> None:
    bake = commands.add_parser("bake", help="bake the portraits of a .blend file; needs Blender")
    bake.set_defaults(command=_bake)
    bake.add_argument("file", type=Path, metavar="FILE.blend", help="a file saved in Blender")
    bake.add_argument(
        "--object",
        action="append",
        default=[],
        metavar="NAME",
        help="only this portrait; may be given several times, or have a name a line",
    )
    what = bake.add_mutually_exclusive_group()
    what.add_argument(
        "--track", action="store_true", help="only track the clips, once for all machines that share the bake"
    )
    what.add_argument(
        "--frames",
        type=_scene_frames,
        metavar="A-B",
        help="only these frames of the scene; others may bake others at the same time",
    )
    what.add_argument("--bundle", type=Path, metavar="DIR", help="bake nothing: write a job bundle for a render farm")
    bake.add_argument("--render", action="store_true", help="render the scene afterwards, the same frames")
    bake.add_argument(
        "--openjd", action="store_true", help="tell progress and failure as Open Job Description wants to hear them"
    )
    bake.add_argument("--force", action="store_true", help="compute all frames, not only missing and stale ones")
    bake.add_argument("--wait", action="store_true", help=WAIT)
    bake.add_argument("--save", action="store_true", help="save the file afterwards, its planes showing the frames")


def _add_profile(commands: Commands) -> argparse.ArgumentParser:
    profile = commands.add_parser("profile", help="make a portrait for web pages that waits and reacts")
    profile.set_defaults(command=_profile)
    profile.add_argument("target", type=Path, metavar="TARGET", help="the portrait: JPEG, PNG, TIFF, EXR and others")
    profile.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="folder for index.html and its films"
    )
    profile.add_argument(
        "--reaction",
        type=_reaction,
        action="append",
        default=[],
        metavar="NAME=DRIVING",
        help="a clip or performance to react with; may be given several times; without any, ready poses",
    )
    profile.add_argument("--settings", type=Path, metavar="FILE.json", help="a number a parameter")
    profile.add_argument("--seconds", type=float, default=10.0, metavar="S", help="length of the idle, 4 to 60")
    profile.add_argument("--seed", type=_seed, default=0, metavar="N", help="another number gives another idle")
    profile.add_argument("--side", type=int, default=512, metavar="PIXELS", help="longer side of the films, 64 to 2048")
    profile.add_argument(
        "--background", type=_colour, default=(255, 255, 255), metavar="RRGGBB", help="colour behind a cut-out portrait"
    )
    profile.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="a web site that may send messages to the page, such as https://example.org; may be given several times",
    )
    return profile


def _frame_number(text: str) -> int:
    if not re.fullmatch(r"0*[1-9]\d{0,8}", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"{text} is not a frame number; the first frame is 1")
    return int(text)


def _face_number(text: str) -> int:
    if not re.fullmatch(r"0*[1-9]\d{0,3}", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"{text} is not the number of a face; 1 is the largest")
    return int(text)


def _drive(text: str) -> tuple[int, Path]:
    number, equals, path = text.partition("=")
    if not (equals and path):
        raise argparse.ArgumentTypeError(f"{text} is not the number of a face and a clip such as 1=clip.mp4")
    return _face_number(number), Path(path)


def _by_face(kind: Callable[[str], T]) -> Callable[[str], tuple[int | None, T]]:
    """Read ``N=VALUE``, of one face, or ``VALUE``, of all."""

    def read(text: str) -> tuple[int | None, T]:
        found = re.fullmatch(r"(\d+)=(.+)", text, re.ASCII)
        return (_face_number(found[1]), kind(found[2])) if found else (None, kind(text))

    return read


def _check_faces(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Refuse faces that are named twice, or have something said of them but no driver."""
    driven = [number for number, _ in options.drive]
    if driven and (options.driving is not None or options.face != 1):
        parser.error("animate takes DRIVING, of the face that --face says, or --drive N=DRIVING for each face")
    if not driven and options.driving is None and options.frames is None:
        parser.error("animate without DRIVING needs --frames A-B")
    said = {name: [number for number, _ in getattr(options, name)] for name in BY_FACE}
    for name, numbers in {"drive": driven, **said}.items():
        option = f"--{name.replace('_', '-')}"
        for number in numbers:
            if numbers.count(number) > 1:
                parser.error(f"{option} is given twice" + (f" for face {number}" if number else ""))
            if number is not None and number not in driven:
                parser.error(f"{option} {number}=...: face {number} has no --drive")


def _said_by_face(
    options: argparse.Namespace, name: str, read: Callable[[Any], T], otherwise: T
) -> T | Mapping[int, T]:
    """What was said of all faces, or of each one that is driven."""
    for_all = _said_of_all(options, name, read, otherwise)
    said = {number: read(value) for number, value in getattr(options, name)}
    if not options.drive:
        return for_all
    return {number: said.get(number, for_all) for number, _ in options.drive}


def _said_of_all(options: argparse.Namespace, name: str, read: Callable[[Any], T], otherwise: T) -> T:
    """What was said of all faces."""
    said = dict(getattr(options, name))
    return read(said[None]) if None in said else otherwise


def _reaction(text: str) -> tuple[str, Path]:
    name, equals, path = text.partition("=")
    if not (equals and name.strip() and path):
        raise argparse.ArgumentTypeError(f"{text} is not a name and a clip such as smile=clip.mp4")
    return name.strip(), Path(path)


def _seed(text: str) -> int:
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"{text} is not a number from 0 to 999999999")
    return int(text)


def _colour(text: str) -> tuple[int, int, int]:
    found = re.fullmatch(r"#?([\da-f]{2})([\da-f]{2})([\da-f]{2})", text, re.ASCII | re.IGNORECASE)
    if not found:
        raise argparse.ArgumentTypeError(f"{text} is not a colour such as 20242b")
    red, green, blue = (int(part, 16) for part in found.groups())
    return red, green, blue


def _rate(text: str) -> Fraction:
    with suppress(ZeroDivisionError):
        if re.fullmatch(r"\d{1,7}(/\d{1,7}|\.\d{1,6})?", text, re.ASCII):
            rate = Fraction(text) if "/" in text else exact_rate(float(text))
            if 1 <= rate <= MAX_RATE:
                return rate
    raise argparse.ArgumentTypeError(f"{text} is not a rate from 1 to {MAX_RATE}, such as 25 or 30000/1001")


def _frame_range(text: str) -> range:
    first, dash, last = text.partition("-")
    frames = range(_frame_number(first), _frame_number(last) + 1) if dash else range(0)
    if not frames:
        raise argparse.ArgumentTypeError(f"{text} is not a range of frames such as 10-20")
    return frames


def _scene_frames(text: str) -> range:
    found = re.fullmatch(r"(-?\d{1,7})(?:-(-?\d{1,7}))?", text, re.ASCII)
    frames = range(int(found[1]), int(found[2] or found[1]) + 1) if found else range(0)
    if not frames:
        raise argparse.ArgumentTypeError(f"{text} is not a range of frames such as 10-20 or -5-3")
    return frames


def _pass_names(text: str) -> tuple[str, ...]:
    known = [item.name for item in TARGET_PASSES]
    chosen = [name.strip() for name in text.split(",")]
    for name in chosen:
        if name not in known:
            raise argparse.ArgumentTypeError(f"{name or text!r} is not a pass; choose among {', '.join(known)}")
    return tuple(name for name in known if name in chosen)


def _animate(options: argparse.Namespace, console: TextIO) -> dict[str, Any]:
    if is_film(options.target):
        return _animate_film(options, console)
    for name in ("driving_start", "film_neutral"):
        if getattr(options, name) is not None:
            raise InputError(f"--{name.replace('_', '-')}: {shown(options.target)} is no film. Leave it out.")
    for name in {*options.passes} - {item.name for item in PASSES}:
        raise InputError(f"--passes: {shown(options.target)} is a picture; {name} is a pass of films. Leave it out.")
    began = time.perf_counter()
    settings = _said_by_face(options, "settings", read_settings, AnimatedSettings({}))
    corrections = _said_by_face(options, "corrections", read_corrections, NONE)
    with _frame_folder(options) as folder, _job_shown(console) as (show, interrupted, notes):
        report = animate(
            options.target,
            options.driving,
            folder,
            drive=dict(options.drive),
            settings=settings,
            frames=options.frames,
            rate=options.rate,
            video=options.video,
            format=options.format,
            passes=options.passes,
            multilayer=options.multilayer,
            neutral=_said_by_face(options, "neutral", int, None),
            face=options.face,
            driving_face=_said_by_face(options, "driving_face", int, 1),
            corrections=corrections,
            masks=_masks(options),
            force=options.force,
            wait=options.wait,
            cache=options.cache,
            workers=options.workers,
            on_progress=show,
            cancelled=interrupted,
            on_note=notes.append,
        )
    facts = {
        **_facts(report.performance),
        **_faces_facts(options, report),
        **_camera_facts(report.camera),
        "faces_in_portrait": report.bake.faces,
    }
    return _frames_summary(options, report, facts, notes, began)


def _animate_film(options: argparse.Namespace, console: TextIO) -> dict[str, Any]:
    began = time.perf_counter()
    film = shown(options.target)
    for mask in _masks(options):
        raise InputError(f"--{mask}: {film} is a film, which needs no masks. Leave it out.")
    if options.driving is None and not options.drive:
        raise InputError(f"{film}: is a film. Name what drives it, too.")
    if options.rate is not None and not holds_numbers(options.driving):
        raise InputError(f"--rate: the frames of {film} keep its rate. Leave it out.")
    if options.drive:
        raise InputError(f"--drive: {film} is a film, of which one face is driven. Name its clip alone.")
    settings = _said_of_all(
        options, "settings", lambda path: read_settings(path, TargetSettings), AnimatedSettings({}, of=TargetSettings)
    )
    corrections = _said_of_all(options, "corrections", read_corrections, NONE)
    if corrections.portrait or corrections.placement:
        raise InputError(f"--corrections: correct a picture, and {film} is a film. Leave them out.")
    with _frame_folder(options) as folder, _job_shown(console) as (show, interrupted, notes):
        report = animate_film(
            options.target,
            options.driving,
            folder,
            settings=settings,
            frames=options.frames,
            driving_start=options.driving_start or 1,
            rate=options.rate,
            video=options.video,
            format=options.format or "png",
            passes=options.passes,
            multilayer=options.multilayer,
            film_neutral=options.film_neutral,
            neutral=_said_of_all(options, "neutral", int, None),
            face=options.face,
            driving_face=_said_of_all(options, "driving_face", int, 1),
            corrections=corrections,
            force=options.force,
            wait=options.wait,
            cache=options.cache,
            workers=options.workers,
            on_progress=show,
            cancelled=interrupted,
            on_note=notes.append,
        )
    facts = {
        **_facts(report.performance),
        "film": _facts(report.target),
    }
    return _frames_summary(options, report, facts, notes, began)


def _frames_summary(
    options: argparse.Namespace,
    report: AnimateReport | TargetReport,
    facts: dict[str, Any],
    notes: list[str],
    began: float,
) -> dict[str, Any]:
    """What is said of frames that were written, of a picture or of a film."""
    return {
        "frames": report.bake.written + report.bake.kept,
        "written": report.bake.written,
        "kept": report.bake.kept,
        **facts,
        "passes": list(options.passes),
        "output": str(options.output) if options.output else None,
        "video": str(options.video) if options.video else None,
        "notes": notes,
        "seconds": round(time.perf_counter() - began, 3),
    }


@contextmanager
def _frame_folder(options: argparse.Namespace) -> Iterator[Path]:
    """The folder of the frames; one beside the film that vanishes with the job, if only the film is wanted."""
    if options.output:
        yield options.output
        return
    make_folder(options.video.parent)
    with tempfile.TemporaryDirectory(
        prefix=f".{options.video.name}.", suffix=PARTIAL, dir=options.video.parent
    ) as folder:
        yield Path(folder)


def _track(options: argparse.Namespace, console: TextIO) -> dict[str, Any]:
    began = time.perf_counter()
    output: Path | None = options.output
    with _job_shown(console) as (show, interrupted, notes):
        performance = track(
            options.driving,
            output,
            curves=options.curves,
            neutral=options.neutral,
            face=options.driving_face,
            mouth=options.mouth,
            cache=options.cache,
            workers=options.workers,
            on_progress=show,
            cancelled=interrupted,
            on_note=notes.append,
        )
    return {
        "frames": performance.frame_count,
        **_facts(performance),
        "output": str(output) if output else None,
        "curves": str(options.curves) if options.curves else None,
        "bytes": output.stat().st_size if output else None,
        "notes": notes,
        "seconds": round(time.perf_counter() - began, 3),
    }


def _masks(options: argparse.Namespace) -> dict[str, Path]:
    return {mask.name: path for mask in MASKS if (path := getattr(options, mask.name))}


def _profile(options: argparse.Namespace, console: TextIO) -> dict[str, Any]:
    began = time.perf_counter()
    names = [name.casefold() for name, _ in options.reaction]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"--reaction {shown(name)}: is given twice. Give each reaction a name of its own.")
    settings = read_settings(options.settings).at(1) if options.settings else Settings()
    with _job_shown(console) as (show, interrupted, notes):
        report = living_profile(
            options.target,
            options.output,
            dict(options.reaction),
            settings=settings,
            seconds=options.seconds,
            seed=options.seed,
            side=options.side,
            background=options.background,
            origins=options.allow,
            face=options.face,
            corrections=read_corrections(options.corrections) if options.corrections else NONE,
            masks=_masks(options),
            cache=options.cache,
            workers=options.workers,
            on_progress=show,
            cancelled=interrupted,
            on_note=notes.append,
        )
    return {
        "page": str(report.page),
        "reactions": list(report.states["reactions"]),
        "frames": report.states["idle"]["frames"] + sum(one["frames"] for one in report.states["reactions"].values()),
        "alpha": report.states["alpha"],
        "notes": notes,
        "seconds": round(time.perf_counter() - began, 3),
    }


def _bake(options: argparse.Namespace, console: TextIO) -> dict[str, Any]:
    began = time.perf_counter()
    if importlib.util.find_spec("bpy") is None:
        raise InputError(f"{shown(options.file)}: needs Blender. Use blender --command portrait bake.")
    from .blender.command_line import bake_file, export_bundle

    names = [name for given in options.object for name in given.splitlines()]
    if options.bundle:
        bundle = export_bundle(options.file, names, options.bundle)
        return {**bundle.parameters(), "output": str(options.bundle), "seconds": round(time.perf_counter() - began, 3)}
    with _progress_shown(console, openjd=options.openjd) as (show, interrupted):
        portraits = bake_file(
            options.file,
            names,
            force=options.force,
            wait=options.wait,
            save=options.save,
            on_progress=show,
            cancelled=interrupted,
            track=options.track,
            frames=options.frames,
            render=options.render,
        )
    for portrait in portraits:
        for note in portrait["notes"]:
            print(f"portrait: {portrait['object']}: {note}", file=console)
    return {
        "frames": sum(portrait.get("frames", 0) for portrait in portraits),
        "portraits": portraits,
        "seconds": round(time.perf_counter() - began, 3),
    }


def _faces_facts(options: argparse.Namespace, report: AnimateReport) -> dict[str, Any]:
    """Of each face that has a driver of its own, what was found in its clip."""
    if not options.drive:
        return {}
    performances = [report.performance, *(driving for driving, _ in report.others)]
    return {
        "faces": {
            str(number): {"driving": str(path), "clip_frames": performance.frame_count, **_facts(performance)}
            for (number, path), performance in zip(options.drive, performances, strict=True)
        }
    }


def _camera_facts(camera: tuple[float, bool] | None) -> dict[str, float]:
    """From where the portrait was taken, and how sure that is, where a camera was asked for."""
    if camera is None:
        return {}
    distance, assumed = camera
    return {"camera_distance": round(distance, 4), "camera_distance_sure": 0.0 if assumed else 1.0}


def _facts(performance: Performance) -> dict[str, Any]:
    return {
        "neutral": performance.neutral,
        "cuts": performance.cuts,
        "bridged": performance.bridged,
        "covered": performance.covered_frames,
        "unlit": performance.unlit_frames,
        "faces_in_clip": performance.faces,
    }


@contextmanager
def _job_shown(console: TextIO) -> Iterator[tuple[Callable[[Progress], None], Callable[[], bool], list[str]]]:
    """What shows progress, what says whether the user wants to stop, and notes, which are shown at the end."""
    notes: list[str] = []
    try:
        with _progress_shown(console) as (show, interrupted):
            yield show, interrupted, notes
    finally:
        for note in notes:
            print(f"portrait: {note}", file=console)


@contextmanager
def _progress_shown(
    console: TextIO, *, openjd: bool = False
) -> Iterator[tuple[Callable[[Progress], None], Callable[[], bool]]]:
    """What shows progress, and what says whether the user wants to stop."""
    display = _OpenJobDisplay(console) if openjd else _Display(console)
    with _interrupt_noticed() as interrupted:
        try:
            yield display.show, interrupted.is_set
        finally:
            display.end()


class _Display:
    """Shows progress: one line that changes on a terminal, few lines elsewhere."""

    def __init__(self, console: TextIO) -> None:
        self._console = console
        self._terminal = console.isatty()
        self._text = ""
        self._shown_at = 0.0

    def show(self, progress: Progress) -> None:
        now = time.monotonic()
        line = f"{progress.text} {progress.done}" + (f" of {progress.total}" if progress.total else "")
        if self._terminal:
            print(f"\r\x1b[K{line}", end="", file=self._console, flush=True)
        elif progress.text != self._text or now - self._shown_at > SECONDS_BETWEEN_LINES:
            print(line, file=self._console, flush=True)
            self._shown_at = now
        self._text = progress.text

    def end(self) -> None:
        if self._terminal and self._text:
            print(file=self._console)


class _OpenJobDisplay(_Display):
    """Shows progress in the lines that workers of Open Job Description look for, each time a percent is done."""

    def show(self, progress: Progress) -> None:
        percent = 100 * progress.done // progress.total if progress.total else 0
        text = f"{progress.text}, {percent} %" if progress.total else progress.text
        if text != self._text:
            status = "" if self._text.startswith(progress.text) else f"openjd_status: {progress.text}\n"
            print(f"{status}openjd_progress: {percent}", file=self._console, flush=True)
        self._text = text


@contextmanager
def _interrupt_noticed() -> Iterator[threading.Event]:
    """Turn Ctrl-C into a flag, so that no step is left half done; a second Ctrl-C ends at once."""
    interrupted = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield interrupted
        return

    def notice(*_: Any) -> None:
        if interrupted.is_set():
            raise KeyboardInterrupt
        interrupted.set()

    before = signal.signal(signal.SIGINT, notice)
    try:
        yield interrupted
    finally:
        # Blender's own handler is not Python's: it is given as None and cannot be set again; the process ends soon.
        signal.signal(signal.SIGINT, signal.SIG_DFL if before is None else before)


@contextmanager
def _libraries_silenced() -> Iterator[TextIO]:
    """Keep both outputs for ourselves: FFmpeg, OpenCV, MediaPipe and Blender write to their descriptors as they please.

    Yields a stream to the real standard error; tracebacks go there too.
    """
    _flush()
    try:
        output, descriptor = os.dup(1), os.dup(2)
    except OSError:  # there is none, such as in a windowed program
        yield sys.stderr
        return
    before = sys.stdout, sys.stderr
    with (
        os.fdopen(output, "w") as real_output,
        os.fdopen(descriptor, "w", errors="backslashreplace", buffering=1) as console,
        Path(os.devnull).open("w") as nothing,
    ):
        for silenced in (1, 2):
            os.dup2(nothing.fileno(), silenced)
        sys.stdout, sys.stderr = nothing, console
        try:
            yield console
        finally:
            _flush()
            sys.stdout, sys.stderr = before
            os.dup2(real_output.fileno(), 1)
            os.dup2(descriptor, 2)


def _flush() -> None:
    """Let what was written so far go where it was meant to go, that of C libraries too."""
    sys.stdout.flush()
    sys.stderr.flush()
    ctypes.CDLL("ucrtbase" if sys.platform == "win32" else None).fflush(None)
