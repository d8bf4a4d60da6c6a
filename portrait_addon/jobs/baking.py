"""Frames into a folder: only what is missing, damaged or stale, each whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..media.files import remove_partial_files, shown
from ..media.pictures import SourceImage
from ..models import load_model
from ..pipeline.editing.corrections import (
    NONE,
    ClipCorrection,
    Corrections,
    corrected_performance,
    corrected_portrait,
    in_effect,
)
from ..pipeline.editing.placing import Placement, placed_points
from ..pipeline.frame.compositor import Compositor
from ..pipeline.imaging.threads import WORKERS, ordered_thread_map
from ..pipeline.portrait.analysis import analyse_portrait, find_faces, placed_portrait
from ..pipeline.portrait.prepared import PreparedPortrait
from ..pipeline.records.face import Face
from ..pipeline.records.moment import Moment
from ..pipeline.records.performance import METHOD_VERSION, Performance
from ..pipeline.records.portrait import Portrait
from ..pipeline.records.progress import Progress
from ..pipeline.tracking.networks import open_tracker
from .folder_lock import folder_lock
from .job import Job, prefix_errors
from .manifest import MANIFEST_NAME, Entry, ManifestWriter, read_manifest
from .outputs import Outputs
from .performance_file import performance_fingerprint
from .processes import Processes, can_be_started
from .shots import Files, FrameWriter, Shot
from .tracking import tracker_notes, which_face

NO_MASKS: Mapping[str, NDArray[Any]] = MappingProxyType({})

PIXELS_AT_ONCE = 32_000_000
"""Frames that are in work at the same time have so many pixels, or there is only one: each takes memory of its own."""

AHEAD = 32
"""Frames that are made, as they are nothing but files, while whoever drives the job does something else."""

FRAMES_FOR_PROCESSES = 60
"""From so many frames on, starting processes takes less time than they save; fewer are composed in threads."""


@dataclass(frozen=True)
class BakeReport:
    """What a bake did.

    Attributes
    ----------
    written, kept : int
        Frames that were computed, and frames that were right already.
    faces : int
        Faces seen in the portrait, of which one was taken.
    seconds : float
    """

    written: int
    kept: int
    faces: int
    seconds: float


class BakeJob(Job[BakeReport]):
    """Bake frames into a folder.

    Parameters
    ----------
    portrait : Picture or Portrait
        As read, or analysed already.
    performance : Performance
        The driving clip, as it was tracked; its points are put right by the corrections, those of other clips are not.
    shots : sequence of Shot
        Every number once.
    folder : Path
        Is made if missing. A file that is not of an earlier bake is never overwritten.
    force : bool
        Compute all frames, also those that are right already.
    format : str
        One of `outputs.FORMATS`.
    passes : collection of str
        Names of `pipeline.passes.PASSES` that are written beside the frames.
    multilayer : bool
        All passes of a frame in one file.
    corrections : Corrections
        What was put right by hand in the points of both.
    face : int
        Which of several faces in the picture; 1 is the largest.
    inputs : collection of Path
        Files that must not be overwritten, even if an earlier bake wrote them.
    workers : int
        Threads, or processes for a long bake, each of which composes, encodes and writes whole frames; see
        `ordered_thread_map`
        and `processes`.
    """

    title = "Bake"

    def __init__(
        self,
        portrait: SourceImage | Portrait,
        performance: Performance,
        shots: Sequence[Shot],
        folder: Path,
        *,
        force: bool = False,
        format: str = "png",
        passes: Collection[str] = (),
        multilayer: bool = False,
        corrections: Corrections = NONE,
        face: int = 1,
        inputs: Collection[Path] = (),
        workers: int = WORKERS,
    ) -> None:
        super().__init__()
        self.portrait = portrait
        self.performance = performance
        self.shots = shots
        self.folder = folder
        self.force = force
        self.outputs = Outputs(folder, format, tuple(passes), multilayer)
        self.corrections = corrections
        self.face = face
        self.inputs = frozenset(path.resolve() for path in inputs)
        self.workers = workers

    def steps(self) -> Generator[Progress, None, BakeReport]:
        """Bake; returns a report."""
        began = time.perf_counter()
        portrait = self.portrait
        if isinstance(portrait, SourceImage):
            name, portrait = portrait.name, analyse(portrait, self.face, self.corrections.placement)
            self.note(*portrait_notes(name, portrait, self.face))
        prints = Fingerprints.of(portrait.picture, self.performance, self.corrections, self.face, portrait.masks)
        made_of = {shot.number: prints.of_frame(shot, self.outputs.format) for shot in self.shots}
        self.outputs.make_folders()
        with folder_lock(self.folder):
            for folder in self.outputs.folders().values():
                remove_partial_files(folder, "frame_*", MANIFEST_NAME)
            listed = read_manifest(self.folder)
            due = yield from self._due(listed, made_of)
            self._refuse_to_overwrite(due, listed)
            if due:
                names = self.outputs.folders()
                begun = {shot.number: listed.get(shot.number, Entry(shot.number)).begun(names) for shot in due}
                entries = listed | begun
                with closing(ManifestWriter(self.folder, (entries[number] for number in sorted(entries)))) as manifest:
                    corrected = corrected_portrait(portrait, self.corrections)
                    yield from self._write(corrected, due, made_of, begun, manifest)
        return BakeReport(len(due), len(self.shots) - len(due), portrait.faces, time.perf_counter() - began)

    def _due(self, listed: dict[int, Entry], made_of: dict[int, str]) -> Generator[Progress, None, list[Shot]]:
        """Shots whose frames are missing, damaged or stale."""
        if self.force:
            return list(self.shots)
        due = []
        for done, shot in enumerate(self.shots):
            paths, entry = self.outputs.paths(shot.number), listed.get(shot.number)
            if not (entry and entry.fits(paths, made_of[shot.number]) and entry.is_whole(paths)):
                due.append(shot)
            yield Progress(done + 1, len(self.shots), "Checking")
        return due

    def _refuse_to_overwrite(self, due: list[Shot], listed: dict[int, Entry]) -> None:
        for shot in due:
            ours = listed[shot.number].files if shot.number in listed else {}
            for name, path in self.outputs.paths(shot.number).items():
                if path.resolve() in self.inputs:
                    raise InputError(
                        f"{shown(path)}: belongs to the input and would be overwritten. Choose another folder."
                    )
                if os.path.lexists(path) and name not in ours:
                    raise InputError(
                        f"{shown(path)}: is not from an earlier bake and would be overwritten. "
                        "Choose another folder, or move it away."
                    )

    def _write(
        self,
        portrait: Portrait,
        due: list[Shot],
        made_of: dict[int, str],
        begun: dict[int, Entry],
        manifest: ManifestWriter,
    ) -> Generator[Progress, None, None]:
        shots = self._corrected(due)
        # What all frames share is computed once, before threads or processes share it.
        compositor = Compositor(PreparedPortrait(portrait))
        clips = {moment.performance for shot in shots for moment in shot.mix}
        compositor.prepare(clips, any(shot.settings.hold > 0 for shot in shots))
        writer = FrameWriter(compositor, shots, self.outputs)
        width, height = portrait.size
        workers = min(self.workers, max(1, PIXELS_AT_ONCE // (width * height)))
        with ExitStack() as left:
            write: Callable[[int], Files] = writer
            if workers > 1 and len(due) >= FRAMES_FOR_PROCESSES and can_be_started():
                write = left.enter_context(Processes(writer, workers))

            def make(index: int) -> None:
                # Listed at once: what a bake that is given up has still ended stands in the list.
                number = due[index].number
                manifest.add(Entry(number, made_of[number], begun[number].files | write(index)))

            made = left.enter_context(closing(ordered_thread_map(make, range(len(due)), workers, AHEAD)))
            for done, _ in enumerate(made):
                yield Progress(done + 1, len(due), "Baking")

    def _corrected(self, shots: Sequence[Shot]) -> list[Shot]:
        """The shots, in which the driving clip has its points put right."""
        tracked, corrected = self.performance, corrected_performance(self.performance, self.corrections)
        if corrected is tracked:
            return list(shots)
        print_of_it = performance_fingerprint(tracked)

        def put_right(moment: Moment) -> Moment:
            its_own = performance_fingerprint(moment.performance) == print_of_it
            return replace(moment, performance=corrected) if its_own else moment

        return [replace(shot, mix=tuple(map(put_right, shot.mix))) for shot in shots]


def analyse(picture: SourceImage, face: int = 1, placement: Placement | None = None) -> Portrait:
    """Find the face of a picture, or take it where it was placed by hand.

    Raises
    ------
    InputError
        If there is none, or not so many; names the picture.
    """
    if placement is not None:
        height, width = picture.pixels.shape[:2]
        placed = placed_portrait(picture.pixels, placed_points(placement, (width, height)))
        return replace(placed, masks=picture.masks)
    with open_tracker(load_model("face_landmarker.task")) as tracker, prefix_errors(picture.name):
        return replace(analyse_portrait(picture.pixels, tracker, face), masks=picture.masks)


def faces_of(picture: SourceImage) -> list[Face]:
    """All faces of a picture, the largest first."""
    with open_tracker(load_model("face_landmarker.task")) as tracker:
        return find_faces(picture.pixels, tracker)


def portrait_notes(name: str, portrait: Portrait, face: int = 1) -> list[str]:
    """Tell the user what to know of the faces in a portrait that was analysed just now, of which one is animated."""
    several = [f"{name}: {portrait.faces} faces found; {which_face(face)} is animated."] if portrait.faces > 1 else []
    return several + tracker_notes()


def stale_shots(prints: Fingerprints, shots: Sequence[Shot], outputs: Outputs) -> list[Shot]:
    """Shots whose frames are missing or stale, told by a quick look: file contents are not read."""
    listed = read_manifest(outputs.folder)
    return [
        shot
        for shot in shots
        if not listed.get(shot.number, Entry(shot.number)).fits(
            outputs.paths(shot.number), prints.of_frame(shot, outputs.format)
        )
    ]


@dataclass(frozen=True)
class Fingerprints:
    """What the frames of a portrait and a clip are computed from, besides time and settings.

    Attributes
    ----------
    portrait, performance : str
        Of picture and tracked clip.
    guided : str
        Of what a person decided about the portrait's points: which face, where it was placed, what was moved. Empty
        where nobody did.
    clip : sequence of ClipCorrection
        What was moved on the clip; it concerns some frames only.
    neutral : int
        The clip's neutral frame, on which all frames depend.
    """

    portrait: str
    performance: str
    guided: str
    clip: tuple[ClipCorrection, ...]
    neutral: int

    @classmethod
    def of(
        cls,
        pixels: NDArray[Any],
        performance: Performance,
        corrections: Corrections = NONE,
        face: int = 1,
        masks: Mapping[str, NDArray[Any]] = NO_MASKS,
    ) -> Fingerprints:
        """Those of a portrait's pixels and masks, a clip as it was tracked, and what was decided by hand."""
        prints = portrait_fingerprint(pixels, masks), performance_fingerprint(performance)
        return cls(*prints, guidance(corrections, face), corrections.clip, performance.neutral)

    def of_frame(self, shot: Shot, format: str) -> str:
        """Hexadecimal SHA-256 of all that a frame is computed from."""
        mix = [(performance_fingerprint(moment.performance), moment.t, moment.weight) for moment in shot.mix]
        parts = [METHOD_VERSION, self.portrait, mix, asdict(shot.settings), format]
        moved = [in_effect(self.clip, t, self.neutral) for performance, t, _ in mix if performance == self.performance]
        by_hand = [self.guided, [offsets for offsets in moved if offsets]]
        if any(by_hand):
            parts += by_hand
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def guidance(corrections: Corrections, face: int = 1) -> str:
    """What a person decided about the points of a portrait, as text; empty where nobody did."""
    placement = asdict(corrections.placement) if corrections.placement else None
    decided = [face if placement is None else 1, placement, sorted(corrections.portrait)]
    return "" if decided == [1, None, []] else json.dumps(decided)


def portrait_fingerprint(pixels: NDArray[Any], masks: Mapping[str, NDArray[Any]] = NO_MASKS) -> str:
    """Hexadecimal SHA-256 of a portrait's pixels, and of what was painted over it."""
    digest = hashlib.sha256()
    for name, values in (("", pixels), *sorted(masks.items())):
        digest.update(f"{name}{values.dtype.str} {values.shape}\n".encode())
        digest.update(np.ascontiguousarray(values).data)
    return digest.hexdigest()
