"""A portrait for web pages that waits and reacts: a folder with a page, its films, and what they are."""

from __future__ import annotations

import base64
import html
import json
import re
import tempfile
from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..media.files import check_folder, shown, whole_file, whole_folder
from ..media.film import film_writer, over_colour
from ..media.pictures import SourceImage, encode_picture
from ..media.provenance import SYNTHETIC, sentence
from ..media.web_film import webm_writer
from ..pipeline.clip.expression_curves import ExpressionCurves, performance_of
from ..pipeline.clip.idle import LEAST_PERIOD
from ..pipeline.clip.idle_joints import idle_with_joints
from ..pipeline.clip.ready_poses import READY_POSES, expression_of
from ..pipeline.editing.corrections import corrected_portrait
from ..pipeline.frame.compositor import Compositor
from ..pipeline.imaging.threads import WORKERS, ordered_thread_map
from ..pipeline.portrait.prepared import PreparedPortrait
from ..pipeline.portrait.resizing import resize_portrait
from ..pipeline.records.moment import Mix
from ..pipeline.records.performance import Performance
from ..pipeline.records.progress import Progress
from ..pipeline.records.settings import Settings
from ..pipeline.timeline.playback import Playback
from ..pipeline.timeline.reactions import Timeline, frame_count, plan_stretches
from .baking import analyse, portrait_notes
from .job import Job
from .requests import NO_GUIDANCE, Guidance
from .resting import RATE
from .tracking import TrackClipsJob, TrackJob

PAGE = Path(__file__).parent / "profile" / "page.html"
PAGE_NAME, STATES_NAME, STILL_NAME, FILMS = "index.html", "states.json", "still.png", "films"

IDLE = "idle"
"""Name of the state between reactions."""

KIND = "living profile"
"""By it a folder is known as ours."""

READY = ("Smile", "Surprised", "Wink")
"""Poses that are the reactions where no clips are given."""

POSE_SECONDS, BLEND_SECONDS = 1.8, 0.5
"""For which a pose shows, and over which a reaction replaces the idle."""

LONGEST_SIDES = range(64, 2049)
"""In pixels, from which a profile's is chosen."""

MAX_STATES = 1 << 20
"""Bytes that an earlier states.json has at most."""


@dataclass(frozen=True)
class Reaction:
    """A clip that a profile plays when it is asked to.

    Attributes
    ----------
    name : str
        By which it is asked for.
    job : TrackJob
        Tracks the clip.
    first, last : int
        Frames of the clip, from 1, from which and to which it plays; 0 for its own.
    """

    name: str
    job: TrackJob
    first: int = 0
    last: int = 0


@dataclass(frozen=True, eq=False)
class ProfileRequest:
    """A portrait, and how it waits and reacts.

    Attributes
    ----------
    picture : SourceImage
        The portrait with its masks.
    folder : Path
        It may be new, empty, or hold an earlier profile, which is replaced.
    reactions : sequence of Reaction
        In the order of their keys, 1 to 9; a click calls the first, a pointer that enters the second. Without any,
        `READY` poses are the reactions.
    settings : Settings
        How frames are composed.
    guidance : Guidance
        What was decided by hand about the portrait's points.
    seconds : float
        Length of the idle, at least `LEAST_PERIOD`.
    seed : int
        Of the idle, 0 or more.
    side : int
        Longer side of the films in pixels, among `LONGEST_SIDES`; never more than the portrait's.
    background : tuple of int
        Colour of the page, and of films without transparency: BGR, 0..255.
    origins : sequence of str
        Web sites that may send messages to the page, beside its own.
    workers : int
        Number of frames that are made at the same time.
    """

    picture: SourceImage
    folder: Path
    reactions: Sequence[Reaction] = ()
    settings: Settings = field(default_factory=Settings)
    guidance: Guidance = NO_GUIDANCE
    seconds: float = 10.0
    seed: int = 0
    side: int = 512
    background: tuple[int, int, int] = (255, 255, 255)
    origins: Sequence[str] = ()
    workers: int = WORKERS


@dataclass(frozen=True)
class ProfileReport:
    """What a profile consists of.

    Attributes
    ----------
    page : Path
    states : mapping from str to any
        As ``states.json`` has it.
    """

    page: Path
    states: Mapping[str, Any]


class ProfileJob(Job[ProfileReport]):
    """Make a portrait for web pages.

    Parameters
    ----------
    request : ProfileRequest

    Raises
    ------
    InputError
        If two reactions have one name, or a number, origin or name cannot be used.
    """

    title = "Living Profile"

    def __init__(self, request: ProfileRequest) -> None:
        super().__init__()
        self.request = request
        _check(request)

    def steps(self) -> Generator[Progress, None, ProfileReport]:
        """Track the clips, compose all frames, and write the folder.

        Yields
        ------
        Progress
            After every step.

        Returns
        -------
        ProfileReport
            Of the folder, which is there only when it is complete.

        Raises
        ------
        InputError
            If the picture, a clip or the folder cannot be used.
        """
        request = self.request
        check_folder(request.folder)
        refuse_strangers(request.folder)
        portrait = analyse(request.picture, request.guidance.face, request.guidance.corrections.placement)
        self.note(*portrait_notes(request.picture, portrait, request.guidance.face))
        tracked = yield from self.part(TrackClipsJob([reaction.job for reaction in request.reactions]))
        portrait = resize_portrait(corrected_portrait(portrait, request.guidance.corrections), request.side)
        compositor = Compositor(PreparedPortrait(portrait))
        clips, joints = clips_of(request, tracked)
        performances = {moment.performance for mixes in clips.values() for mix in mixes for moment in mix}
        compositor.prepare(performances, request.settings.hold > 0)
        alpha = portrait.picture.shape[2] == 4
        states = states_of({name: len(mixes) for name, mixes in clips.items()}, joints, portrait.size, alpha, request)
        with whole_folder(request.folder) as folder:
            (folder / FILMS).mkdir()
            done, total = 0, sum(map(len, clips.values()))
            for number, (name, mixes) in enumerate(clips.items()):
                cuts = joints if name == IDLE else (0, len(mixes) - 1)
                for _ in self._film(folder / FILMS / f"{number:02d}", compositor, mixes, cuts):
                    done += 1
                    yield Progress(done, total, "Composing")
            still = compositor.frame(clips[IDLE][0], request.settings).picture
            _write(folder / STILL_NAME, encode_picture(_eight_bits(still), None, request.picture.profile))
            _write(folder / STATES_NAME, json.dumps(states, indent=2, ensure_ascii=False).encode() + b"\n")
            _write(folder / PAGE_NAME, page_of(states).encode())
        return ProfileReport(request.folder / PAGE_NAME, states)

    def _film(
        self, path: Path, compositor: Compositor, mixes: Sequence[Mix], cuts: Collection[int]
    ) -> Generator[None, None, None]:
        """Both films of a state, which are cut at some frames: there, those of other states must look the same."""
        request, portrait = self.request, compositor.prepared.portrait
        compose = partial(compositor.frame, settings=request.settings)
        alpha = portrait.picture.shape[2] == 4
        with (
            webm_writer(path.with_suffix(".webm"), portrait.size, RATE, alpha, cuts) as add_clear,
            film_writer(path.with_suffix(".mp4"), portrait.size, RATE, anew=cuts) as add_opaque,
            closing(ordered_thread_map(compose, mixes, request.workers)) as frames,
        ):
            for frame in frames:
                add_clear(_eight_bits(frame.picture))
                add_opaque(over_colour(frame.picture, request.background))
                yield


def _write(path: Path, data: bytes) -> None:
    with whole_file(path) as file:
        file.write(data)


def _eight_bits(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """The same picture with 8 bits, its alpha kept."""
    if pixels.shape[2] == 3:
        return over_colour(pixels)
    return np.dstack([over_colour(pixels[..., :3]), over_colour(np.repeat(pixels[..., 3:], 3, axis=2))[..., :1]])


def _check(request: ProfileRequest) -> None:
    names = [IDLE, *(reaction.name.strip().casefold() for reaction in request.reactions)]
    for name in names:
        if not name or names.count(name) > 1:
            raise InputError(f"{shown(name) or 'A reaction'}: each reaction needs a name of its own, other than idle.")
    if request.side not in LONGEST_SIDES:
        raise InputError(f"A profile has {LONGEST_SIDES[0]} to {LONGEST_SIDES[-1]} pixels, not {request.side}.")
    if not LEAST_PERIOD <= request.seconds <= 60:
        raise InputError(f"An idle has {LEAST_PERIOD:g} to 60 seconds, not {request.seconds:g}.")
    for origin in request.origins:
        if not re.fullmatch(r"https?://[\w.-]+(:\d{1,5})?", origin, re.ASCII):
            raise InputError(f"{shown(origin)}: is no origin such as https://example.org. Leave out the path.")


def refuse_strangers(folder: Path) -> None:
    """Check that nothing but an earlier profile would be replaced.

    Parameters
    ----------
    folder : Path
        It need not exist.

    Raises
    ------
    InputError
        If it holds anything else.
    """
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    ours = {PAGE_NAME, STATES_NAME, STILL_NAME, FILMS}
    states, known = folder / STATES_NAME, False
    if states.is_file() and states.stat().st_size <= MAX_STATES:
        try:
            known = json.loads(states.read_bytes()).get("kind") == KIND
        except (ValueError, AttributeError, OSError, RecursionError):
            known = False
    films = folder / FILMS
    strangers = films.is_dir() and any(not re.fullmatch(r"\d\d+\.(webm|mp4)", path.name) for path in films.iterdir())
    if not known or strangers or {path.name for path in folder.iterdir()} - ours:
        raise InputError(f"{shown(folder)}: holds other files than a living profile. Choose an empty folder.")


def clips_of(request: ProfileRequest, tracked: Sequence[Performance]) -> tuple[dict[str, list[Mix]], list[int]]:
    """Plan the frames of all states.

    Parameters
    ----------
    request : ProfileRequest
    tracked : sequence of Performance
        Of its reactions, in their order.

    Returns
    -------
    clips : dict from str to list of mixes
        By state, `IDLE` first. Each reaction begins and ends with the very mix that the idle shows at its joints.
    joints : list of int
        Frames of the idle at which reactions may begin and end, from 0.
    """
    curves, joints = idle_with_joints(round(request.seconds * RATE), RATE, request.seed)
    idle = performance_of(curves)
    if request.reactions:
        played = {
            reaction.name.strip(): Playback(performance, reaction.first, reaction.last)
            for reaction, performance in zip(request.reactions, tracked, strict=True)
        }
    else:
        played = {name: Playback(_held_pose(name)) for name in READY}
    waiting = Timeline(Playback(idle), 0, RATE, retimed=True)
    clips: dict[str, list[Mix]] = {IDLE: [waiting.mix(frame, frame + 1.0) for frame in range(len(curves.times))]}
    blend = float(BLEND_SECONDS * RATE)
    for name, playback in played.items():
        length = max(frame_count(playback.seconds, RATE), 2)
        stretches = plan_stretches([(0, name)], {name: length}, blend)
        reacting = Timeline(Playback(idle), 0, RATE, retimed=True, reactions={name: playback}, stretches=stretches)
        clips[name] = [reacting.mix(frame, joints[0] + 1.0) for frame in range(length + 1)]
    return clips, joints


def _held_pose(name: str) -> Performance:
    times = np.arange(round(POSE_SECONDS * RATE)) / float(RATE)
    return performance_of(ExpressionCurves.of(times, [expression_of(READY_POSES[name])] * len(times)))


def states_of(
    frames: Mapping[str, int], joints: Sequence[int], size: tuple[int, int], alpha: bool, request: ProfileRequest
) -> dict[str, Any]:
    """Say what a profile consists of, for its player and for other programs.

    Parameters
    ----------
    frames : mapping from str to int
        Number of frames by state, `IDLE` first.
    joints : sequence of int
        Frames of the idle at which reactions begin and end, from 0.
    size : tuple of int
        Width and height of the portrait in pixels.
    alpha : bool
        Whether the films in WebM are transparent.
    request : ProfileRequest

    Returns
    -------
    dict from str to any
        What JSON can hold.
    """
    states = {
        name: {"webm": f"{FILMS}/{number:02d}.webm", "mp4": f"{FILMS}/{number:02d}.mp4", "frames": count}
        for number, (name, count) in enumerate(frames.items())
    }
    idle = states.pop(IDLE) | {"joints": list(joints)}
    names = list(states)
    return {
        "kind": KIND,
        "synthetic": sentence(),
        "digitalSourceType": SYNTHETIC,
        "width": size[0] // 2 * 2,
        "height": size[1] // 2 * 2,
        "rate": float(RATE),
        "alpha": alpha,
        "background": "#{2:02x}{1:02x}{0:02x}".format(*request.background),
        "still": STILL_NAME,
        "idle": idle,
        "reactions": states,
        "events": {
            "click": names[0],
            "hover": names[1] if len(names) > 1 else None,
            "keys": {str(number): name for number, name in enumerate(names[:9], 1)},
        },
        "origins": list(request.origins),
    }


def page_of(states: Mapping[str, Any]) -> str:
    """Write the page, which holds its states itself: one opened from the disk cannot fetch them.

    Parameters
    ----------
    states : mapping from str to any
        See `states_of`.

    Returns
    -------
    str
        HTML.
    """
    held = json.dumps(states).replace("<", "\\u003c")
    values = {
        "states": held,
        "probe": transparent_film() if states["alpha"] else "",
        "synthetic": html.escape(states["synthetic"]),
        "still": quote(states["still"]),
        **{name: str(states[name]) for name in ("width", "height", "background")},
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda found: values[found[1]], PAGE.read_text("utf-8"))


def transparent_film() -> str:
    """Make a tiny film through which a page can look whether its browser knows films with alpha.

    Returns
    -------
    str
        A data address.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "probe.webm"
        with webm_writer(path, (16, 16), RATE, alpha=True) as add:
            for _ in range(2):
                add(np.zeros((16, 16, 4), np.uint8))
        return f"data:video/webm;base64,{base64.b64encode(path.read_bytes()).decode()}"
