"""Frames into a folder: only those that are missing, damaged or stale, each whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import time
from abc import abstractmethod
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..media.files import remove_partial_files, shown
from ..media.pictures import SourceImage
from ..models import load_model
from ..pipeline import bundled
from ..pipeline.editing.corrections import (
    ClipCorrection,
    Corrections,
    corrected_performance,
    corrected_portrait,
    in_effect,
)
from ..pipeline.editing.placing import Placement, placed_points
from ..pipeline.face.mesh import FACE_OVAL
from ..pipeline.frame.compositor import Compositor
from ..pipeline.frame.group import Group
from ..pipeline.imaging.arrays import Points
from ..pipeline.imaging.threads import ordered_thread_map
from ..pipeline.portrait.analysis import find_faces, head_turn, placed_portrait, portrait_of, within_picture
from ..pipeline.portrait.matte import PersonMatte
from ..pipeline.portrait.prepared import PreparedPortrait
from ..pipeline.records.expression import REST
from ..pipeline.records.face import Face
from ..pipeline.records.masks import COLOURED
from ..pipeline.records.moment import Mix, Moment, Shown
from ..pipeline.records.performance import METHOD_VERSION, Performance
from ..pipeline.records.portrait import Portrait
from ..pipeline.records.progress import Progress
from ..pipeline.tracking.networks import open_tracker
from .earlier import EarlierFrames
from .folder_lock import FolderLockedError, folder_lock, wait_for
from .frame_specs import Files, FrameSpec, FrameWriter
from .job import Job, prefix_errors
from .manifest import MANIFEST_NAME, Entry, ManifestWriter, part_lists, read_manifest
from .outputs import Outputs
from .performance_file import moment_fingerprint, performance_fingerprint
from .processes import Processes, can_be_started
from .requests import NO_GUIDANCE, BakeOptions, Company, Guidance, Member
from .tracking import tracker_notes, which_face

NO_MASKS: Mapping[str, NDArray[Any]] = MappingProxyType({})

PIXELS_AT_ONCE = 32_000_000
"""Most pixels of all frames that are composed at the same time, unless one frame has more: each takes memory."""

AHEAD = 32
"""Number of frames that are made ahead while the caller of the job is busy."""

TURNED = 38.0
"""Degrees to the side beyond which the user is told that a portrait shows too little of the far side of the face."""

JOINING = 10.0
"""Most seconds that a bake which shares a folder waits for another one that joins the lists."""

FRAMES_FOR_PROCESSES = 60
"""Least number of frames for which processes save more time than their start takes; fewer are composed in threads."""


@dataclass(frozen=True)
class BakeReport:
    """What a bake did.

    Attributes
    ----------
    written, kept : int
        Number of frames that were computed, and of frames that were right already, here or in the earlier folder.
    faces : int
        Number of faces found in the portrait; one of them is animated.
    seconds : float
        Duration of the bake.
    """

    written: int
    kept: int
    faces: int
    seconds: float


class FrameWork(NamedTuple):
    """What makes frames.

    Attributes
    ----------
    write : callable
        Composes a frame and writes its files. It can be pickled.
    items : generator of (int, Any)
        Number of each frame, and what `write` takes for it. Read in the thread of the job.
    pixels : int
        Of a frame.
    ahead : int
        Number of frames that are made ahead while the caller of the job is busy.
    """

    write: Callable[[Any], Files]
    items: Generator[tuple[int, Any], None, None]
    pixels: int
    ahead: int = AHEAD


class FrameBakeJob(Job[BakeReport]):
    """Bake frames into a folder, whatever they are made of.

    Parameters
    ----------
    specs : sequence of FrameSpec
        The frames to bake; every number once.
    options : BakeOptions
        Where and how.
    """

    title = "Bake"

    def __init__(self, specs: Sequence[FrameSpec], options: BakeOptions) -> None:
        super().__init__()
        self.specs = specs
        self.options = options

    def steps(self) -> Generator[Progress, None, BakeReport]:
        """Bake.

        Yields
        ------
        Progress
            After every frame that was checked or written.

        Returns
        -------
        BakeReport
            What was done.

        Raises
        ------
        InputError
            If a file cannot be written, or would overwrite an input or somebody else's file.
        """
        began = time.perf_counter()
        outputs = self.options.outputs
        prints = self.fingerprints()
        made_of = {spec.number: prints.of_frame(spec, outputs) for spec in self.specs}
        outputs.make_folders()
        with ExitStack() as held:
            yield from self._enter_folder(held)
            self._remove_partial_files()
            listed = read_manifest(outputs.folder)
            due = yield from self._due(listed, made_of)
            self._refuse_to_overwrite(due, listed)
            if due:
                names = outputs.folders()
                begun = {spec.number: listed.get(spec.number, Entry(spec.number)).begun(names) for spec in due}
                with closing(self._list(listed, begun)) as manifest:
                    due = yield from self._take_over(due, made_of, begun, manifest)
                    if due:
                        yield from self._write(due, made_of, begun, manifest)
        if self._part is not None:
            join_lists(outputs.folder)
        return BakeReport(len(due), len(self.specs) - len(due), self.faces, time.perf_counter() - began)

    @abstractmethod
    def fingerprints(self) -> Fingerprints:
        """Take the fingerprints of what all frames are made of.

        Returns
        -------
        Fingerprints
        """

    @property
    @abstractmethod
    def faces(self) -> int:
        """Number of faces found in what is animated."""

    @abstractmethod
    def work(self, due: Sequence[FrameSpec]) -> FrameWork:
        """Compute what all frames share, before threads or processes share it.

        Parameters
        ----------
        due : sequence of FrameSpec
            The frames to make.

        Returns
        -------
        FrameWork

        Raises
        ------
        InputError
            If what they are made of cannot be read.
        """

    @property
    def _part(self) -> range | None:
        """Numbers of the frames from the first to the last, where the folder is shared."""
        if not self.options.shared or not self.specs:
            return None
        numbers = [spec.number for spec in self.specs]
        return range(min(numbers), max(numbers) + 1)

    def _enter_folder(self, held: ExitStack) -> Generator[Progress, None, None]:
        """Lock the folder or a part of it; wait for another bake first, if that is wanted."""
        folder, part = self.options.outputs.folder, self._part
        seconds = float("inf") if self.options.wait else 0 if part is None else JOINING
        yield from wait_for(held, lambda: folder_lock(folder, part), "Waiting for another bake", seconds)

    def _remove_partial_files(self) -> None:
        """Remove what killed bakes left; others may be writing frames that are none of a shared bake's."""
        outputs = self.options.outputs
        if self._part is None:
            for folder in outputs.folders().values():
                remove_partial_files(folder, "frame_*", MANIFEST_NAME)
            return
        paths = [path for spec in self.specs for path in outputs.paths(spec.number).values()]
        for folder in outputs.folders().values():
            remove_partial_files(folder, *(path.name for path in paths if path.parent == folder))

    def _list(self, listed: dict[int, Entry], begun: dict[int, Entry]) -> ManifestWriter:
        """Begin the list of what is written now."""
        folder = self.options.outputs.folder
        if self._part is not None:
            return ManifestWriter.of_part(folder, begun.values())
        entries = listed | begun
        return ManifestWriter.of_folder(folder, (entries[number] for number in sorted(entries)))

    def _due(self, listed: dict[int, Entry], made_of: dict[int, str]) -> Generator[Progress, None, list[FrameSpec]]:
        """List the specs whose frames are missing, damaged or stale."""
        if self.options.force:
            return list(self.specs)
        outputs, due = self.options.outputs, []
        for done, spec in enumerate(self.specs):
            paths, entry = outputs.paths(spec.number), listed.get(spec.number)
            if not (entry and entry.fits(paths, made_of[spec.number]) and entry.is_whole(paths)):
                due.append(spec)
            yield Progress(done + 1, len(self.specs), "Checking")
        return due

    def _refuse_to_overwrite(self, due: list[FrameSpec], listed: dict[int, Entry]) -> None:
        inputs = {path.resolve() for path in self.options.inputs}
        for spec in due:
            ours = listed[spec.number].files if spec.number in listed else {}
            for name, path in self.options.outputs.paths(spec.number).items():
                if path.resolve() in inputs:
                    raise InputError(
                        f"{shown(path)}: belongs to the input and would be overwritten. Choose another folder."
                    )
                if os.path.lexists(path) and name not in ours:
                    raise InputError(
                        f"{shown(path)}: is not from an earlier bake and would be overwritten. "
                        "Choose another folder, or move it away."
                    )

    def _take_over(
        self, due: list[FrameSpec], made_of: dict[int, str], begun: dict[int, Entry], manifest: ManifestWriter
    ) -> Generator[Progress, None, list[FrameSpec]]:
        """Take equal frames from the folder of an earlier bake, and list those that are still due."""
        folder, outputs = self.options.earlier, self.options.outputs
        if folder is None or folder == outputs.folder or self.options.force:
            return due
        earlier, left = EarlierFrames(folder, outputs), []
        for done, spec in enumerate(due):
            number = spec.number
            files = earlier.take_over(made_of[number], outputs.paths(number))
            if files is None:
                left.append(spec)
            else:
                manifest.add(Entry(number, made_of[number], begun[number].files | files))
            yield Progress(done + 1, len(due), "Taking over")
        return left

    def _write(
        self, due: list[FrameSpec], made_of: dict[int, str], begun: dict[int, Entry], manifest: ManifestWriter
    ) -> Generator[Progress, None, None]:
        work = self.work(due)
        workers = min(self.options.workers, max(1, PIXELS_AT_ONCE // work.pixels))
        with ExitStack() as left:
            write = work.write
            if workers > 1 and len(due) >= FRAMES_FOR_PROCESSES and can_be_started():
                write = left.enter_context(Processes(write, workers))

            def make(item: tuple[int, Any]) -> None:
                # Listed at once: what a bake that is given up has still ended stands in the list.
                number, wanted = item
                manifest.add(Entry(number, made_of[number], begun[number].files | write(wanted)))

            left.enter_context(closing(work.items))
            made = left.enter_context(closing(ordered_thread_map(make, work.items, workers, work.ahead)))
            for done, _ in enumerate(made):
                yield Progress(done + 1, len(due), "Baking")


class BakeJob(FrameBakeJob):
    """Bake frames of a portrait into a folder.

    Parameters
    ----------
    portrait : Portrait
        As it was analysed; the corrections are not in it yet.
    performance : Performance
        The driving clip, as it was tracked. The corrections move its points; they do not move those of other clips.
    specs : sequence of FrameSpec
        The frames to bake; every number once.
    options : BakeOptions
        Where and how.
    company : Company, optional
        Who else is in the picture, where each face moves for itself.
    """

    def __init__(
        self,
        portrait: Portrait,
        performance: Performance,
        specs: Sequence[FrameSpec],
        options: BakeOptions,
        company: Company | None = None,
    ) -> None:
        super().__init__(specs, options)
        self.portrait = portrait
        self.performance = performance
        self.company = company

    def fingerprints(self) -> Fingerprints:
        """Take the fingerprints of what all frames are made of.

        Returns
        -------
        Fingerprints
        """
        return Fingerprints.of(self.portrait, self.performance, self.options.guidance, self.company)

    @property
    def faces(self) -> int:
        """Number of faces found in what is animated."""
        return self.portrait.faces

    @cached_property
    def corrected(self) -> tuple[Portrait, dict[int, FrameSpec]]:
        """The portrait and, by their numbers, the frames, all with their corrections."""
        corrections, members = self.options.guidance.corrections, self.company.members if self.company else ()
        specs = corrected_specs(self.specs, self.performance, corrections, members)
        return corrected_portrait(self.portrait, corrections), {spec.number: spec for spec in specs}

    def work(self, due: Sequence[FrameSpec]) -> FrameWork:
        """Compute what all frames share, before threads or processes share it.

        Parameters
        ----------
        due : sequence of FrameSpec
            The frames to make.

        Returns
        -------
        FrameWork
        """
        portrait, frames = self.corrected
        specs = [frames[spec.number] for spec in due]
        writer = FrameWriter(self._prepared(portrait, specs), specs, self.options.outputs)
        width, height = portrait.size
        items = ((spec.number, index) for index, spec in enumerate(specs))
        return FrameWork(writer, items, width * height)

    def _prepared(self, portrait: Portrait, specs: Sequence[FrameSpec]) -> Compositor | Group:
        """What composes the frames; all that they share is computed once, before threads or processes share it."""
        if self.company is None:
            compositor = Compositor(PreparedPortrait(portrait))
            clips = {moment.performance for spec in specs for moment in spec.mix}
            compositor.prepare(clips, any(spec.settings.hold > 0 for spec in specs))
            self.note(*blurred_mouth_notes(compositor, specs))
            return compositor
        portraits = [portrait, *(_corrected_member(member) for member in self.company.members)]
        group = group_of(portraits, self.company)
        shown = zip(*(spec.faces for spec in specs), strict=True)
        for place, compositor in enumerate(group.compositors):
            faces = [(spec, spec.faces[place]) for spec in specs]
            of_face = [replace(spec, mix=tuple(shown.mix), settings=shown.settings) for spec, shown in faces]
            self.note(*blurred_mouth_notes(compositor, of_face))
        group.prepare([{moment.performance for face in faces for moment in face.mix} for faces in shown])
        return group


def group_of(portraits: Sequence[Portrait], company: Company, matte: PersonMatte | None = None) -> Group:
    """Make what composes frames of several faces.

    Parameters
    ----------
    portraits : sequence of Portrait
        Of all faces that are animated, with their corrections.
    company : Company
        Who else is in the picture.
    matte : PersonMatte, optional
        Of the picture; made anew if left out.

    Returns
    -------
    Group
    """
    matte = matte or PersonMatte(portraits[0].picture)
    compositors = [Compositor(PreparedPortrait(portrait, matte)) for portrait in portraits]
    return Group(compositors, company.still, company.numbers)


def _corrected_member(member: Member) -> Portrait:
    return corrected_portrait(member.portrait, member.guidance.corrections)


def join_lists(folder: Path) -> None:
    """Make one list of all that bakes which shared a folder have left, unless another bake is in it.

    Parameters
    ----------
    folder : Path
        A folder of frames.

    Raises
    ------
    InputError
        If the list cannot be written.
    """
    with suppress(FolderLockedError), folder_lock(folder):
        if part_lists(folder):
            entries = read_manifest(folder)
            ManifestWriter.of_folder(folder, (entries[number] for number in sorted(entries))).close()


def corrected_specs(
    specs: Sequence[FrameSpec], performance: Performance, corrections: Corrections, members: Sequence[Member] = ()
) -> list[FrameSpec]:
    """Replace the driving clip in frames by the one with corrected points, and those of other faces likewise.

    Parameters
    ----------
    specs : sequence of FrameSpec
        Of clips as they were tracked.
    performance : Performance
        The driving clip, as it was tracked.
    corrections : Corrections
        Those of the driving clip count. They do not move the points of other clips.
    members : sequence of Member
        The other faces.

    Returns
    -------
    list of FrameSpec
        With the very same moments where nothing was corrected.
    """
    put_right = _corrector(performance, corrections)
    others = [_corrector(member.performance, member.guidance.corrections) for member in members]
    return [
        replace(
            spec,
            mix=put_right(spec.mix),
            others=tuple(
                replace(shown, mix=correct(shown.mix)) for correct, shown in zip(others, spec.others, strict=True)
            ),
        )
        for spec in specs
    ]


def _corrector(performance: Performance, corrections: Corrections) -> Callable[[Mix], tuple[Moment, ...]]:
    """What replaces a driving clip in a mix by the one with corrected points."""
    corrected = corrected_performance(performance, corrections)
    if corrected is performance:
        return tuple
    print_of_it = performance_fingerprint(performance)

    def put_right(moment: Moment) -> Moment:
        its_own = performance_fingerprint(moment.performance) == print_of_it
        return replace(moment, performance=corrected) if its_own else moment

    return lambda mix: tuple(map(put_right, mix))


def analyse(picture: SourceImage, face: int = 1, placement: Placement | None = None) -> Portrait:
    """Find the face of a picture, or take it where it was placed by hand.

    Parameters
    ----------
    picture : SourceImage
        The portrait; its masks are kept.
    face : int
        Which of several faces; 1 is the largest. It does not count if there is a placement.
    placement : Placement, optional
        Where the face was placed by hand.

    Returns
    -------
    Portrait
        Without corrections of its points.

    Raises
    ------
    InputError
        If there are not so many faces. The message names the picture.
    """
    if placement is not None:
        height, width = picture.pixels.shape[:2]
        placed = placed_portrait(picture.pixels, placed_points(placement, (width, height)))
        return replace(placed, masks=picture.masks, lens=picture.lens)
    with prefix_errors(picture.name):
        portrait = bundled.analyse(picture.pixels, face=face)
        return replace(portrait, masks=picture.masks, lens=picture.lens)


def analyse_faces(picture: SourceImage, guidances: Sequence[Guidance]) -> tuple[list[Portrait], tuple[Points, ...]]:
    """Find several faces of a picture, and those that nobody animates.

    Parameters
    ----------
    picture : SourceImage
        Its masks are kept.
    guidances : sequence of Guidance
        For each face that is animated, its number or where it was placed by hand.

    Returns
    -------
    portraits : list of Portrait
        Without corrections of their points.
    still : tuple of (478, 3) arrays
        Points of all other faces.

    Raises
    ------
    InputError
        If there are not so many faces. The message names the picture.
    """
    faces = faces_of(picture)
    shared = {name: mask for name, mask in picture.masks.items() if name not in COLOURED}  # others: of the first alone
    portraits: list[Portrait] = []
    for guidance in guidances:
        if guidance.corrections.placement is not None:
            portrait = analyse(picture, placement=guidance.corrections.placement)
        else:
            with prefix_errors(picture.name):
                portrait = replace(portrait_of(picture.pixels, faces, guidance.face), lens=picture.lens)
        portraits.append(replace(portrait, masks=shared if portraits else picture.masks))
    return portraits, still_faces(faces, portraits)


def still_faces(found: Sequence[Face], animated: Sequence[Portrait]) -> tuple[Points, ...]:
    """Choose the faces that nobody animates.

    Parameters
    ----------
    found : sequence of Face
        All faces of a picture.
    animated : sequence of Portrait
        Of some of them; a face may have been placed by hand.

    Returns
    -------
    tuple of (478, 3) arrays
        Points of the others.
    """
    return tuple(face.points for face in found if not any(_same_face(face, portrait) for portrait in animated))


def _same_face(face: Face, portrait: Portrait) -> bool:
    """Whether a face that was found is that of a portrait, which may have been placed by hand."""
    middle, other = (points[list(FACE_OVAL), :2].mean(axis=0) for points in (face.points, portrait.points))
    return float(np.hypot(*(middle - other))) < portrait.unit / 2


def faces_of(picture: SourceImage) -> list[Face]:
    """Find all faces of a picture.

    Parameters
    ----------
    picture : SourceImage
        Any picture.

    Returns
    -------
    list of Face
        The largest first; empty if there is none.
    """
    with open_tracker(load_model("face_landmarker.task")) as tracker:
        return find_faces(picture.pixels, tracker)


def portrait_notes(picture: SourceImage, portrait: Portrait, face: int = 1) -> list[str]:
    """Tell the user what to know of a portrait that was just analysed.

    Parameters
    ----------
    picture : SourceImage
        What was analysed.
    portrait : Portrait
        As `analyse` gives it.
    face : int
        Number of the face that is animated; 1 is the largest.

    Returns
    -------
    list of str
        One sentence each: what the picture says, that there are several faces, that the face is cut by the border,
        that the head is turned away, and that MediaPipe is not used.
    """
    notes = list(picture.notes)
    if portrait.faces > 1:
        notes.append(f"{picture.name}: {portrait.faces} faces found; {which_face(face)} is animated.")
    if not within_picture(portrait):
        notes.append(f"{picture.name}: the face is cut by the picture's border; a wider picture moves better.")
    if (turn := head_turn(portrait.points)) > TURNED:
        notes.append(
            f"{picture.name}: the head is turned by {turn:.0f} degrees; the far side of the face may look wrong."
        )
    return notes + tracker_notes()


def group_notes(picture: SourceImage, portraits: Sequence[Portrait], numbers: Sequence[int]) -> list[str]:
    """Tell the user what to know of several faces that were just analysed.

    Parameters
    ----------
    picture : SourceImage
        What was analysed.
    portraits : sequence of Portrait
        As `analyse_faces` gives them.
    numbers : sequence of int
        Their numbers.

    Returns
    -------
    list of str
        One sentence each, see `portrait_notes`.
    """
    notes: dict[str, None] = {}
    for portrait, number in zip(portraits, numbers, strict=True):
        named = replace(picture, name=f"{picture.name}, face {number}")
        notes |= dict.fromkeys([*picture.notes, *portrait_notes(replace(named, notes=()), replace(portrait, faces=1))])
    return list(notes)


def blurred_mouth_notes(compositor: Compositor, specs: Sequence[FrameSpec]) -> list[str]:
    """Tell the user that a modelled mouth was chosen although a clip shows one.

    Parameters
    ----------
    compositor : Compositor
        Of the portrait.
    specs : sequence of FrameSpec

    Returns
    -------
    list of str
        One sentence, or none.
    """
    clips = {moment.performance for spec in specs if spec.settings.mouth_modelled < 0 for moment in spec.mix}
    if any(clip.has_mouth and compositor.mouth_too_blurred(clip) for clip in clips):
        return [
            "The driver's mouth is too small or too blurred for this portrait, so a modelled one is shown. "
            "Modelled Mouth 0 shows the driver's."
        ]
    return []


def stale_specs(prints: Fingerprints, specs: Sequence[FrameSpec], outputs: Outputs) -> list[FrameSpec]:
    """Find the specs whose frames are missing or stale. This is quick: it reads no frame's content.

    Parameters
    ----------
    prints : Fingerprints
        What the frames should be made of.
    specs : sequence of FrameSpec
        The frames that should be there.
    outputs : Outputs
        The files that each should have.

    Returns
    -------
    list of FrameSpec
        Those that a bake would write.
    """
    listed = read_manifest(outputs.folder)
    return [
        spec
        for spec in specs
        if not listed.get(spec.number, Entry(spec.number)).fits(
            outputs.paths(spec.number), prints.of_frame(spec, outputs)
        )
    ]


@dataclass(frozen=True)
class Fingerprints:
    """What the frames of a portrait and a clip are computed from, besides time and settings.

    Attributes
    ----------
    portrait, performance : str
        Hexadecimal SHA-256 of the picture with its masks, and of the clip as it was tracked.
    guided : str
        What a person decided about the portrait's points; see `Guidance.portrait_text`.
    clip : tuple of ClipCorrection
        What a person moved on the clip. Each concerns some frames only.
    neutrals : tuple of int
        Neutral frames of the clip's shots. All frames depend on one of them.
    others : tuple of Fingerprints, optional
        Of the other faces, where each face of the picture moves for itself.
    """

    portrait: str
    performance: str
    guided: str
    clip: tuple[ClipCorrection, ...]
    neutrals: tuple[int, ...]
    others: tuple[Fingerprints, ...] | None = None

    @classmethod
    def of(
        cls,
        portrait: Portrait,
        performance: Performance,
        guidance: Guidance = NO_GUIDANCE,
        company: Company | None = None,
    ) -> Fingerprints:
        """Take the fingerprints of what a bake is given.

        Parameters
        ----------
        portrait : Portrait
            Its pixels and masks count.
        performance : Performance
            The driving clip, as it was tracked.
        guidance : Guidance
            What was decided by hand.
        company : Company, optional
            Who else is in the picture.

        Returns
        -------
        Fingerprints
            Those of all frames.
        """
        others = None
        if company is not None:
            members = company.members
            others = tuple(cls.of(member.portrait, member.performance, member.guidance) for member in members)
        return cls(
            portrait_fingerprint(portrait.picture, portrait.masks, portrait.lens),
            performance_fingerprint(performance),
            guidance.portrait_text(),
            guidance.corrections.clip,
            tuple(performance.neutrals),
            others,
        )

    def of_frame(self, spec: FrameSpec, outputs: Outputs) -> str:
        """Hash everything that a frame is computed from.

        Parameters
        ----------
        spec : FrameSpec
            The frame.
        outputs : Outputs
            The format and the profile of the picture's file count.

        Returns
        -------
        str
            Hexadecimal SHA-256.
        """
        parts = [METHOD_VERSION, self.portrait, *self._of_face(Shown(spec.mix, spec.settings), outputs.format)]
        if self.others is not None:
            faces = zip(self.others, spec.others, strict=True)
            parts.append({"others": [[prints.portrait, *prints._of_face(shown)] for prints, shown in faces]})
        parts += spec.extras()
        if outputs.profile and outputs.suffix == "png":
            parts.append(hashlib.sha256(outputs.profile).hexdigest())
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def _of_face(self, shown: Shown, *more: str) -> list[Any]:
        """What one face shows, and what was decided about it by hand."""
        mix = [
            (*moment_fingerprint(moment), moment.weight, *([] if moment.added == REST else [moment.added]))
            for moment in shown.mix
        ]
        moved = [
            in_effect(self.clip, moment.t, self.neutrals)
            for moment in shown.mix
            if performance_fingerprint(moment.performance) == self.performance
        ]
        by_hand = [self.guided, [offsets for offsets in moved if offsets]]
        return [mix, asdict(shown.settings), *more, *(by_hand if any(by_hand) else [])]


def portrait_fingerprint(
    pixels: NDArray[Any], masks: Mapping[str, NDArray[Any]] = NO_MASKS, lens: float | None = None
) -> str:
    """Hash a portrait.

    Parameters
    ----------
    pixels : (h, w, 3 or 4) uint8, uint16 or float32 array
        The picture.
    masks : mapping from str to (h, w) uint8 array
        What was painted over it, by names of `pipeline.records.masks.MASKS`.
    lens : float, optional
        Of the camera that took it; it says how deep the head is.

    Returns
    -------
    str
        Hexadecimal SHA-256 of values, types and shapes.
    """
    digest = hashlib.sha256()
    for name, values in (("", pixels), *sorted(masks.items())):
        digest.update(f"{name}{values.dtype.str} {values.shape}\n".encode())
        digest.update(np.ascontiguousarray(values).data)
    if lens is not None:
        digest.update(f"lens {lens:g}".encode())
    return digest.hexdigest()
