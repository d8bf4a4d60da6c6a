"""From a driving clip to a performance, computed once and kept."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..media.clips import Clip, open_clip
from ..media.files import shown
from ..models import load_model
from ..pipeline.bundled import track_steps
from ..pipeline.clip.expression_curves import performance_of
from ..pipeline.clip.neutral import MOST_GAP, at_rest
from ..pipeline.face.mesh import SKULL, quarter_turns
from ..pipeline.face.openings import mouth_gap
from ..pipeline.frame.control_points import MOST_TURN, turn_of
from ..pipeline.imaging.similarity import best_similarity
from ..pipeline.imaging.threads import WORKERS
from ..pipeline.portrait.analysis import head_turn
from ..pipeline.records.face import Face
from ..pipeline.records.performance import METHOD_VERSION, Performance
from ..pipeline.records.progress import Progress
from ..pipeline.tracking.networks import open_tracker, why_not_mediapipe
from ..pipeline.tracking.searching import apart
from .cache import Cache
from .driving_file import holds_numbers, read_numbers, shows_pictures
from .folder_lock import wait_for
from .job import Job, prefix_errors
from .performance_file import is_of_earlier_method, is_performance_file, load_performance
from .resting import RestJob

NUMBERS_SHOWN = 20
"""Numbers of frames that a note lists."""

LYING = (
    "",
    "on its side; turn the clip by 90 degrees clockwise",
    "upside down; turn the clip by 180 degrees",
    "on its side; turn the clip by 90 degrees counter-clockwise",
)
"""What is said of a clip, by the quarter turns of its faces."""

TURNED_FAR = 45.0
"""Turn of a driver's head, in degrees from the camera, from which on the far side of its face is hidden."""

SEARCHED = 100
"""Number of frames that are searched for several faces: about two seconds of work."""


class TrackJob(Job[Performance]):
    """Track a driving clip, or fetch its performance from the cache.

    Parameters
    ----------
    clip : Path
        A video or a sequence of pictures, see `media.clips.open_clip`; or a performance, curves or mouth cues.
    neutral : int, optional
        Number of the neutral frame. It is found automatically if left out.
    face : int
        Which of several faces to follow. 1 is the largest one in the first frame that shows so many.
    cache : Cache, optional
        It keeps performances. If it cannot be used, the job notes that and works without it.
    workers : int
        Number of frames that are tracked at the same time; see `ordered_thread_map`.
    rate : Fraction, optional
        Lines of curves a second; as their timecodes say if left out. Clips have their own.
    """

    title = "Track"

    def __init__(
        self,
        clip: Path,
        *,
        neutral: int | None = None,
        face: int = 1,
        cache: Cache | None = None,
        workers: int = WORKERS,
        rate: Fraction | None = None,
    ) -> None:
        super().__init__()
        self.clip = clip
        self.rate = rate
        self.neutral = neutral
        self.face = face
        self.cache = cache
        self.workers = workers

    def steps(self) -> Generator[Progress, None, Performance]:
        """Track the clip.

        Yields
        ------
        Progress
            After every frame.

        Returns
        -------
        Performance
            Of the clip.

        Raises
        ------
        InputError
            If the clip cannot be read, or shows no face.
        """
        if holds_numbers(self.clip):
            return self._driven_by_numbers()
        if is_performance_file(self.clip):
            saved, name = self._saved(), shown(self.clip)
            self.note(*performance_notes(name, saved), *mouth_notes(name, saved))
            if is_of_earlier_method(self.clip):
                self.note(f"{name}: was tracked by an earlier version; tracking the clip again may look better.")
            return saved
        clip = open_clip(self.clip)
        key = self._key(clip)
        cache = self.cache
        performance = cache.fetch(key) if cache else None
        with ExitStack() as held:
            if performance is None and cache and cache.shared:
                yield from wait_for(held, lambda: cache.lock(key), "Waiting for who tracks the clip")
                performance = cache.fetch(key)
            if performance is None:
                performance = yield from self._record(clip)
                self._keep(performance, key)
        shortfall = clip.shortfall(performance.times)
        for said in [*clip.conversions, *([shortfall] if shortfall else [])]:
            self.note(f"{shown(self.clip)}: {said}.")
        self.note(*performance_notes(shown(self.clip), performance, self.face))
        return performance

    def fetch(self) -> Performance | None:
        """Fetch the performance, if the clip was tracked before.

        Returns
        -------
        Performance or None
            None if the clip would have to be tracked now.

        Raises
        ------
        InputError
            If the clip cannot be opened.
        """
        if holds_numbers(self.clip):
            return self._driven_by_numbers()
        if is_performance_file(self.clip):
            return self._saved()
        return self.cache.fetch(self._key(open_clip(self.clip))) if self.cache else None

    def files(self) -> list[Path]:
        """List the files that the job reads.

        Returns
        -------
        list of Path
            The video, the pictures of the sequence, or the performance file.

        Raises
        ------
        InputError
            If the clip cannot be opened.
        """
        return open_clip(self.clip).files if shows_pictures(self.clip) else [self.clip]

    def _driven_by_numbers(self) -> Performance:
        if self.neutral is not None or self.face > 1:
            raise InputError(f"{shown(self.clip)}: numbers have no neutral frame and one face. Leave both out.")
        curves, notes = read_numbers(self.clip, self.rate)
        self.note(*(f"{shown(self.clip)}: {note}." for note in notes))
        return performance_of(curves)

    def _saved(self) -> Performance:
        performance = load_performance(self.clip)
        if self.neutral not in (None, *performance.neutrals):
            raise InputError(
                f"{shown(self.clip)}: was tracked with neutral frame {_listed(performance.neutrals)}. "
                f"Choose that, or track the clip again with neutral frame {self.neutral}."
            )
        if self.face > 1:
            raise InputError(
                f"{shown(self.clip)}: follows the face that was chosen when it was tracked. "
                f"Choose driving face 1, or track the clip again with driving face {self.face}."
            )
        return performance

    def _key(self, clip: Clip) -> str:
        """Name the performance in the cache by everything that it depends on."""
        key = f"{METHOD_VERSION} {clip.fingerprint()} {self.neutral or 'found'}"
        key += f" face {self.face}" if self.face > 1 else ""
        return hashlib.sha256(key.encode()).hexdigest()

    def _record(self, clip: Clip) -> Generator[Progress, None, Performance]:
        with prefix_errors(shown(self.clip)):
            recording = track_steps(clip, neutral=self.neutral, face=self.face, workers=self.workers)
            try:
                while True:
                    progress = next(recording)
                    total = progress.total or max(clip.frame_count_declared, progress.done)
                    yield replace(progress, total=total)
            except StopIteration as end:
                performance: Performance = end.value
                return performance
            finally:
                recording.close()
                self.note(*tracker_notes())

    def _keep(self, performance: Performance, key: str) -> None:
        if self.cache is None:
            return
        try:
            self.cache.keep(key, performance)
        except InputError:
            folder = shown(self.cache.folder)
            self.note(f"{folder}: the cache cannot be written, so the clip is tracked every time.")


def several_faces(clip: Path) -> tuple[int, list[Face]]:
    """Find the first frame of a clip that shows several faces.

    Parameters
    ----------
    clip : Path
        See `TrackJob`. Only its first `SEARCHED` frames are looked at.

    Returns
    -------
    number : int
        Number of the frame; 0 if there is none.
    faces : list of Face
        The faces in it, the largest first, so that their numbers are those of `TrackJob`; empty if there is none.

    Raises
    ------
    InputError
        If the clip cannot be opened.
    """
    if not shows_pictures(clip):
        return 0, []  # what it follows is decided
    with open_tracker(load_model("face_landmarker.task")) as tracker:
        for number, (_, frame) in zip(range(1, SEARCHED + 1), open_clip(clip), strict=False):
            faces = apart(tracker.detect(frame))
            if len(faces) > 1:
                return number, faces
    return 0, []


class TrackClipsJob(Job[list[Performance]]):
    """Track several clips, one after the other.

    Parameters
    ----------
    jobs : sequence of TrackJob or RestJob
        One a clip.
    """

    title = "Track"

    def __init__(self, jobs: Sequence[TrackJob | RestJob]) -> None:
        super().__init__()
        self.jobs = jobs

    def steps(self) -> Generator[Progress, None, list[Performance]]:
        """Track the clips.

        Yields
        ------
        Progress
            Of the clip that is being tracked.

        Returns
        -------
        list of Performance
            In the order of the clips.

        Raises
        ------
        InputError
            If a clip cannot be used. A missing clip is noticed before any is tracked.
        """
        for job in self.jobs:
            job.files()  # where one is missing, none is tracked in vain
        performances = []
        for index, job in enumerate(self.jobs):
            performances.append((yield from self._named(job, index + 1)))
        return performances

    def _named(self, job: TrackJob | RestJob, number: int) -> Generator[Progress, None, Performance]:
        """Track a clip; of several its name and place are told."""
        if len(self.jobs) == 1 or job.clip is None:
            return (yield from self.part(job))
        part = self.part(job)
        try:
            while True:
                progress = next(part)
                yield replace(progress, text=f"{progress.text}, {shown(job.clip)} ({number} of {len(self.jobs)})")
        except StopIteration as end:
            performance: Performance = end.value
            return performance
        finally:
            part.close()


def performance_notes(name: str, performance: Performance, face: int = 1) -> list[str]:
    """Tell the user what to know of the faces in a clip.

    Parameters
    ----------
    name : str
        Of the clip.
    performance : Performance
        Of the clip.
    face : int
        Number of the face that is followed; 1 is the largest.

    Returns
    -------
    list of str
        One sentence each: that there are several faces, that the face is upside down or on its side, that some frames
        show none, that something is before the mouth, that the face is not lit, that the head is turned far, that the
        clip was cut, that a shot shows another person, and that a neutral frame is no rest.
    """
    notes = []
    if performance.faces > 1:
        notes.append(f"{name}: {performance.faces} faces found; {which_face(face)} is followed.")
    if turned := _turned(performance):
        notes.append(f"{name}: shows the face {turned} in a video editor, or correct its rotation flag.")
    if performance.bridged:
        frames = _listed(performance.bridged)
        notes.append(f"{name}: no face found in {len(performance.bridged)} frames, which are bridged: {frames}.")
    if performance.covered_frames:
        frames = _listed(performance.covered_frames)
        notes.append(
            f"{name}: something is before the mouth in {len(performance.covered_frames)} frames, "
            f"where mouth and wrinkles are bridged: {frames}."
        )
    if performance.unlit_frames:
        frames = _listed(performance.unlit_frames)
        notes.append(
            f"{name}: the face is too dark or too bright in {len(performance.unlit_frames)} frames, "
            f"where mouth and wrinkles are bridged: {frames}."
        )
    if turned_far := _turned_far(performance):
        notes.append(
            f"{name}: the head is turned by up to {max(turned_far.values()):.0f} degrees in {len(turned_far)} frames, "
            f"which the portrait follows by {np.degrees(MOST_TURN):.0f} at most: {_listed(list(turned_far))}."
        )
    if performance.cuts:
        notes.append(
            f"{name}: cut at {_listed(performance.cuts)}; each shot is counted from its own neutral frame: "
            f"{_listed(performance.neutrals)}."
        )
    if performance.strangers.any():
        others = _listed([cut for cut, other in zip(performance.cuts, performance.strangers, strict=True) if other])
        notes.append(f"{name}: the shots from {others} seem to show another person than the first shot.")
    notes += [f"{name}: {said}." for said in _restless(performance)]
    return notes


def _listed(numbers: Sequence[int]) -> str:
    """Numbers of frames, for the user; of many, the first."""
    return ", ".join(map(str, numbers[:NUMBERS_SHOWN])) + (" ..." if len(numbers) > NUMBERS_SHOWN else "")


def _turned(performance: Performance) -> str:
    """How the face lies in most frames, and what puts it right; empty if it is upright."""
    turns = [quarter_turns(frame) for frame in performance.points[performance.found]]
    return LYING[int(np.bincount(turns, minlength=4).argmax())]


def _turned_far(performance: Performance) -> dict[int, float]:
    """Numbers of the frames whose head is turned further than a portrait can follow, and by how many degrees."""
    turned, number = {}, 0
    for shot in performance.shots:
        skull = shot.neutral_points[list(SKULL)].astype(np.float64)
        for points, found in zip(shot.points, shot.found, strict=True):
            number += 1
            away = np.degrees(turn_of(best_similarity(skull, points[list(SKULL)].astype(np.float64)).rotation))
            if found and (away > np.degrees(MOST_TURN) or head_turn(points) > TURNED_FAR):
                turned[number] = max(away, head_turn(points))
    return turned


def _restless(performance: Performance) -> list[str]:
    """What is said of neutral frames that are no rest: what is wrong, what comes of it, and what to do."""
    said = []
    for number, shot in zip(performance.neutrals, performance.shots, strict=True):
        resting = at_rest(shot.points) & shot.found
        if resting[shot.neutral - 1]:
            continue
        opened = mouth_gap(shot.neutral_points) >= MOST_GAP
        wrong = "an open mouth, so the portrait opens its own less" if opened else "shut eyes, so lids move otherwise"
        if resting.any():
            advice = "choose another one"
        else:
            advice = "it is the nearest to rest in its shot; choose a clip in which the driver rests"
        said.append(f"neutral frame {number} has {wrong} than the driver: {advice}")
    return said


def mouth_notes(name: str, performance: Performance) -> list[str]:
    """Tell the user if a performance lacks the inside of the mouth.

    Parameters
    ----------
    name : str
        Of the performance.
    performance : Performance
        As it was loaded.

    Returns
    -------
    list of str
        One sentence, or none.
    """
    return [] if performance.has_mouth else [f"{name}: holds no picture of a mouth, so a modelled one is shown."]


def tracker_notes() -> list[str]:
    """Tell the user if MediaPipe is not used, and why.

    Returns
    -------
    list of str
        One sentence, or none.
    """
    return [note] if (note := why_not_mediapipe()) else []


def which_face(face: int) -> str:
    """Name a face by its number, for the user.

    Parameters
    ----------
    face : int
        1 is the largest.

    Returns
    -------
    str
        Such as "number 2 by size".
    """
    return "the largest" if face == 1 else f"number {face} by size"
