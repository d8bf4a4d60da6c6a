"""What was read, analysed and tracked, kept for as long as a file is open.

A preview needs the portrait and the performance at every frame, the panel their fingerprints at every redraw. Both are
found here again by what they come from: the data-block, its file and the file's time stamp.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from math import hypot
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

import bpy
import numpy as np

from ...errors import InputError
from ...jobs.baking import Fingerprints, analyse, faces_of, portrait_fingerprint, still_faces
from ...jobs.cache import Cache
from ...jobs.job import prefix_errors
from ...jobs.manifest import MANIFEST_NAME, Entry, read_manifest
from ...jobs.performance_file import performance_fingerprint
from ...jobs.requests import Guidance
from ...jobs.tracking import TrackJob, several_faces
from ...media.pictures import SourceImage
from ...pipeline.editing.corrections import Corrections, corrected_performance, corrected_portrait
from ...pipeline.editing.placing import Placement
from ...pipeline.frame.compositor import Compositor
from ...pipeline.frame.group import Group
from ...pipeline.head.camera import FULL_FRAME_DIAGONAL
from ...pipeline.head.clip_fitting import ClipFit
from ...pipeline.head.wire import HeadWire
from ...pipeline.imaging.arrays import Float64Array
from ...pipeline.portrait.analysis import portrait_of as portrait_of_face
from ...pipeline.portrait.matte import PersonMatte
from ...pipeline.portrait.prepared import PreparedPortrait
from ...pipeline.records.expression import Expression
from ...pipeline.records.face import Face
from ...pipeline.records.performance import Performance
from ...pipeline.records.portrait import Portrait
from ..data.faces import animated_guests, shows_several
from ..data.points import corrections_of
from ..data.properties import follows_expressions
from ..data.sources import cache, clip_path, masked_picture, masks_of, workers
from ..output.scene_camera import OwnCamera
from .expressions import performance_of_poses

KEPT = 32
"""Portraits and clips; a scene has rarely more, and long clips are mapped, not loaded."""


Value = TypeVar("Value")


class PictureKey(NamedTuple):
    """Where a portrait's pixels come from, and those of its masks, each with the mask's name.

    `revision` counts what was painted on it or loaded anew.
    """

    image: int
    path: str
    stamp: tuple[int, int]
    revision: int
    masks: tuple[PictureKey, ...] = ()
    name: str = ""


class PortraitKey(NamedTuple):
    """Where a portrait's points come from, before any is moved."""

    picture: PictureKey
    face: int
    placement: Placement | None


class ClipKey(NamedTuple):
    """Where a performance comes from, before any point is moved."""

    path: Path
    stamp: tuple[int, int]
    neutral: int
    face: int


_revisions: dict[int, int] = {}
_pictures: dict[PictureKey, SourceImage] = {}
_faces: dict[PictureKey, list[Face]] = {}
_clip_faces: dict[tuple[Any, ...], tuple[int, list[Face]]] = {}
_portraits: dict[PortraitKey, Portrait | InputError] = {}
_performances: dict[ClipKey, Performance | None] = {}

_mattes: dict[PictureKey, PersonMatte] = {}


class LatestByObject(Generic[Value]):
    """The latest value of each object, made anew when what it is made of has changed."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[tuple[Any, ...], Value]] = {}

    def get(self, ob: Any, made_of: tuple[Any, ...], make: Callable[[], Value]) -> Value:
        """Find the value of an object.

        Parameters
        ----------
        ob : bpy.types.Object
        made_of : tuple
            Compared with `==`; large records compare by their identity.
        make : callable
            Makes the value if there is none of this.
        """
        uid = ob.session_uid
        if uid not in self._kept or self._kept[uid][0] != made_of:
            _keep(self._kept, uid, (made_of, make()))
        return self._kept[uid][1]

    def forget(self, uid: int) -> None:
        """Let go of the value of an object, by its `session_uid`."""
        self._kept.pop(uid, None)

    def clear(self) -> None:
        """Let go of all values."""
        self._kept.clear()


_corrected_portraits = LatestByObject[Portrait]()
_corrected_performances = LatestByObject[Performance]()
_poses = LatestByObject[Performance]()
_compositors = LatestByObject[Compositor]()
_groups = LatestByObject[Group]()
_portrait_wires = LatestByObject[Float64Array]()
_own_cameras = LatestByObject[OwnCamera]()
_clip_wires = LatestByObject[tuple[ClipFit, HeadWire]]()
_manifests = LatestByObject[dict[int, Entry]]()


def forget_all() -> None:
    """Before another file is opened."""
    for kept in (_revisions, _pictures, _faces, _clip_faces, _portraits, _performances, _mattes):
        kept.clear()
    for latest in (_corrected_portraits, _corrected_performances, _poses, _compositors, _groups, _manifests):
        latest.clear()
    _portrait_wires.clear()
    _own_cameras.clear()
    _clip_wires.clear()
    fingerprint_of_portrait.cache_clear()


def forget_preview(ob_uid: int) -> None:
    """Let go of what an object's preview was composed with."""
    _compositors.forget(ob_uid)
    _groups.forget(ob_uid)
    _poses.forget(ob_uid)


def image_changed(image: Any) -> None:
    """Its pixels may have changed: they were painted on, or loaded again."""
    if any(image.session_uid in (key.image, *(mask.image for mask in key.masks)) for key in _pictures):
        _revisions[image.session_uid] = _revisions.get(image.session_uid, 0) + 1


def picture_of(ob: Any) -> SourceImage:
    """Pixels of the object's portrait.

    Raises
    ------
    InputError
        If they cannot be read.
    """
    key = _picture_key(ob)
    if key not in _pictures:
        _keep(_pictures, key, masked_picture(ob))
    return _pictures[key]


def portrait_of(ob: Any) -> Portrait:
    """The object's portrait, analysed, with its points put right.

    Raises
    ------
    InputError
        If it cannot be read or does not show the face.
    """
    found, moved = uncorrected_portrait_of(ob), corrections_of(ob).portrait
    return _corrected_portraits.get(ob, (found, moved), lambda: corrected_portrait(found, Corrections(portrait=moved)))


def compositor_of(ob: Any, longer_side: int) -> Compositor:
    """What composes frames of the object's portrait at a size; it keeps what they share.

    Parameters
    ----------
    ob : bpy.types.Object
    longer_side : int
        Of the frames, in pixels; a smaller portrait keeps its size.

    Returns
    -------
    Compositor
        The same as long as neither portrait nor size changes.

    Raises
    ------
    InputError
        If the portrait cannot be read or does not show the face.
    """
    portrait = portrait_of(ob)
    return _compositors.get(
        ob,
        (portrait, longer_side),
        lambda: Compositor(PreparedPortrait(portrait, _matte_of(ob, portrait)).resized(longer_side)),
    )


def group_of(host: Any, longer_side: int) -> Group:
    """What composes frames of all faces that a portrait shows, at a size; see `compositor_of`.

    Parameters
    ----------
    host : bpy.types.Object
        A portrait.
    longer_side : int
        Of the frames, in pixels.

    Returns
    -------
    Group
        The host first, then its animated guests.

    Raises
    ------
    InputError
        If the picture cannot be read or does not show a face.
    """
    faces = [host, *animated_guests(host)]
    compositors = tuple(compositor_of(face, longer_side) for face in faces)
    portraits = [portrait_of(face) for face in faces]
    found = tuple(faces_in_portrait(host))

    def group() -> Group:
        (width, height), size = portraits[0].size, compositors[0].prepared.portrait.size
        scale = np.array([size[0] / width, size[1] / height, size[0] / width], np.float32)
        corner = np.array([0.5, 0.5, 0], np.float32)  # pixel centres are at integers
        return Group(compositors, [(points + corner) * scale - corner for points in still_faces(found, portraits)])

    return _groups.get(host, (compositors, found), group)


def _matte_of(ob: Any, portrait: Portrait) -> PersonMatte:
    """The matte of the object's picture: points may move and sizes change, the network runs once."""
    key = _picture_key(ob)
    if key not in _mattes:
        _keep(_mattes, key, PersonMatte(portrait.picture))
    return _mattes[key]


def uncorrected_portrait_of(ob: Any) -> Portrait:
    """The object's portrait with its points as they were found or placed; see `portrait_of`."""
    key = _portrait_key(ob)
    if key not in _portraits:
        _keep(_portraits, key, _analysed(ob, key))
    portrait = _portraits[key]
    if isinstance(portrait, InputError):
        raise portrait
    return portrait


def portrait_in_memory(ob: Any) -> Portrait | None:
    """What `uncorrected_portrait_of` gives, if that was analysed already; reads nothing."""
    portrait = _portraits.get(_portrait_key(ob)) if ob.portrait.portrait is not None else None
    return portrait if isinstance(portrait, Portrait) else None


def portrait_wire(ob: Any) -> Float64Array | None:
    """Lines (n, 2, 2), in pixels, of the head that fits the points as they were found; None before they are.

    Fitted once; dragging a point does not wait for it.
    """
    portrait = portrait_in_memory(ob)
    if portrait is None:
        return None

    def wire() -> Float64Array:
        head = PreparedPortrait(portrait).head
        return HeadWire.of(head.identity).seen(head.camera, head.pose, head.weights)

    return _portrait_wires.get(ob, (portrait,), wire)


def own_camera_of(ob: Any) -> OwnCamera:
    """The camera that took the object's portrait, by the head that fits it; fitted once.

    Raises
    ------
    InputError
        If the portrait cannot be read or does not show the face.
    """
    portrait = portrait_of(ob)

    def own() -> OwnCamera:
        fit = PreparedPortrait(portrait).head
        (width, height), (x, y) = portrait.size, fit.camera.project(fit.pose.position)
        across, down = fit.camera.centre
        lens = fit.camera.focal * FULL_FRAME_DIAGONAL / hypot(width, height)
        head = float(x - across) / width, float(down - y) / width
        metres = float(fit.pose.position[2]) / 1000
        return OwnCamera(head, metres, lens, not fit.camera.assumed)

    return _own_cameras.get(ob, (portrait,), own)


def own_camera_in_memory(ob: Any) -> OwnCamera | None:
    """What `own_camera_of` gives, if the portrait was analysed already; reads nothing."""
    return None if portrait_in_memory(ob) is None else own_camera_of(ob)


def clip_wire(ob: Any, frame: int) -> Float64Array | None:
    """Lines (n, 2, 2), in pixels, of the head in a frame of the object's clip; None if that has none in memory."""
    performance = tracked_in_memory(ob)
    if performance is None or not performance.has_head:
        return None
    number, t = performance.shot_at(frame)
    shot = performance.shots[number]

    def fit() -> tuple[ClipFit, HeadWire]:
        found = ClipFit.of_shot(shot)
        return found, HeadWire.of(found.person.identity, found.person.offsets)

    head, wire = _clip_wires.get(ob, (shot,), fit)
    row = round(t) - 1
    return wire.seen(head.camera, head.pose(row), head.weights[row])


def faces_in_portrait(ob: Any) -> list[Face]:
    """All faces of the object's portrait, the largest first.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    key = _picture_key(ob)
    if key not in _faces:
        _keep(_faces, key, faces_of(picture_of(ob)))
    return _faces[key]


def faces_in_memory(ob: Any) -> list[Face]:
    """What `faces_in_portrait` gives, if they were looked for already; reads nothing."""
    return _faces.get(_picture_key(ob), []) if ob.portrait.portrait is not None else []


def performance_of(ob: Any) -> Performance | None:
    """What the object's clip says, with its points put right; None if it was not tracked yet with this neutral frame.

    Raises
    ------
    InputError
        If the clip cannot be opened.
    """
    performance = tracked_of(ob)
    if performance is None:
        return None
    moved = corrections_of(ob).clip
    return _corrected_performances.get(
        ob, (performance, moved), lambda: corrected_performance(performance, Corrections(clip=moved))
    )


def performance_of_pose(ob: Any, pose: Expression) -> Performance:
    """What the object's sliders say just now, as a performance; only the latest is kept."""
    return _poses.get(ob, (pose,), lambda: performance_of_poses([pose]))


def tracked_of(ob: Any) -> Performance | None:
    """What the object's clip says, with its points as they were tracked; see `performance_of`."""
    return _tracked(ob.portrait)


def library_of(ob: Any) -> dict[str, Performance]:
    """What the object's reactions say, by their names; those whose clips are not tracked or at hand are left out."""
    library = {}
    for item in reactions_with_clips(ob):
        with suppress(InputError):
            if (performance := _tracked(item)) is not None:
                library[item.name] = performance
    return library


def corrected_library_of(ob: Any) -> dict[str, Performance]:
    """The same with the points of the driving clip put right wherever it is a reaction too; see `performance_of`."""
    if follows_expressions(ob):
        return library_of(ob)
    tracked, corrected = tracked_of(ob), performance_of(ob)
    return {
        name: corrected if performance is tracked and corrected else performance
        for name, performance in library_of(ob).items()
    }


def reactions_with_clips(ob: Any) -> list[Any]:
    """The object's reactions that have a clip."""
    return [item for item in ob.portrait.reactions if item.clip is not None]


def _tracked(properties: Any) -> Performance | None:
    key = clip_key(properties)
    if key not in _performances:
        _keep(_performances, key, job_for(properties).fetch())
    return _performances[key]


def keep_performance(key: ClipKey, performance: Performance) -> None:
    """Remember what was tracked just now.

    Parameters
    ----------
    key : ClipKey
        What was tracked, as `clip_key` said when that began: meanwhile the artist may have chosen something else.
    performance : Performance
    """
    _keep(_performances, key, performance)


def any_performance_of(ob: Any) -> Performance | None:
    """What the object's clip says with one neutral frame or another: its times are the same with all.

    Raises
    ------
    InputError
        If the clip cannot be opened.
    """
    return tracked_of(ob) or performance_in_memory(ob) or TrackJob(clip_path(ob.portrait.clip), cache=cache()).fetch()


def performance_in_memory(ob: Any) -> Performance | None:
    """What the object's clip says, as it was tracked, if that was loaded already; reads nothing.

    With another neutral frame or face if need be: times and frames are the same with all.
    """
    key = clip_key(ob.portrait)
    alike = (performance for of, performance in _performances.items() if performance and of[:2] == key[:2])
    return _performances.get(key) or next(alike, None)


def clip_key(properties: Any) -> ClipKey:
    """What is to be tracked for the properties of an object or a reaction, which must have a clip."""
    path = clip_path(properties.clip)
    return ClipKey(path, stamp(path), properties.neutral_frame, properties.driving_face)


def is_chosen(properties: Any, key: ClipKey) -> bool:
    """Whether an object or a reaction still has the clip, neutral frame and face of a key."""
    return properties.clip is not None and clip_key(properties) == key


def tracked_in_memory(ob: Any) -> Performance | None:
    """What the object's clip says with its very neutral frame and face, as tracked, if loaded already; reads nothing.

    Raises
    ------
    InputError
        If the clip cannot be opened.
    """
    return _performances.get(clip_key(ob.portrait)) if ob.portrait.clip is not None else None


def faces_in_clip(ob: Any) -> tuple[int, list[Face]]:
    """The first frame of the object's clip that shows several faces, and these, the largest first.

    Frame 0 and no faces if there is none among the first so many.

    Raises
    ------
    InputError
        If the clip cannot be opened.
    """
    key = clip_key(ob.portrait)[:2]
    if key not in _clip_faces:
        _keep(_clip_faces, key, several_faces(clip_path(ob.portrait.clip)))
    return _clip_faces[key]


def clip_faces_in_memory(ob: Any) -> tuple[int, list[Face]]:
    """What `faces_in_clip` gives, if they were looked for already; reads nothing."""
    return _clip_faces.get(clip_key(ob.portrait)[:2], (0, []))


def track_job(ob: Any) -> TrackJob:
    """The job that tracks the object's clip, or fetches what was tracked before."""
    return job_for(ob.portrait)


def job_for(properties: Any, kept: Cache | None = None) -> TrackJob:
    """The same for the clip of an object's properties, or of a reaction's; another cache may keep what is tracked."""
    return TrackJob(
        clip_path(properties.clip),
        neutral=properties.neutral_frame or None,
        face=properties.driving_face,
        cache=kept or cache(),
        workers=workers(),
    )


@lru_cache(KEPT)
def fingerprint_of_portrait(key: PictureKey) -> str:
    """Fingerprint of a picture that was read."""
    return portrait_fingerprint(_pictures[key].pixels, _pictures[key].masks, _pictures[key].lens)


def guidance_of(ob: Any) -> Guidance:
    """What the artist decided about the points of the object's portrait and clip.

    Parameters
    ----------
    ob : bpy.types.Object
        A portrait.

    Returns
    -------
    Guidance
        Face and corrections. Those of a clip do not count where sliders drive the portrait.
    """
    corrections = corrections_of(ob)
    if follows_expressions(ob):
        corrections = replace(corrections, clip=())
    return Guidance(ob.portrait.face, corrections)


def fingerprints_of(ob: Any) -> Fingerprints | None:
    """Fingerprints of what the object's frames are made of; None if its clip is not tracked yet, or that of a guest.

    Raises
    ------
    InputError
        If one of them cannot be read.
    """
    prints = _own_fingerprints_of(ob)
    if prints is None or not shows_several(ob):
        return prints
    others = [_own_fingerprints_of(guest) for guest in animated_guests(ob)]
    known = tuple(other for other in others if other is not None)
    return replace(prints, others=known) if len(known) == len(others) else None


def _own_fingerprints_of(ob: Any) -> Fingerprints | None:
    """Fingerprints of what one face is made of; None if its clip is not tracked yet."""
    guidance = guidance_of(ob)
    clip, neutrals = "", []
    if not follows_expressions(ob):
        performance = tracked_of(ob)
        if performance is None:
            return None
        clip, neutrals = performance_fingerprint(performance), performance.neutrals
    picture_of(ob)
    return Fingerprints(
        fingerprint_of_portrait(_picture_key(ob)),
        clip,
        guidance.portrait_text(),
        guidance.corrections.clip,
        tuple(neutrals),
    )


def manifest_of(ob: Any, folder: Path) -> dict[int, Entry]:
    """What is listed of the frames in an object's folder, by their numbers; read again when the list has changed."""
    path = folder / MANIFEST_NAME  # the folder's stamp tells of lists beside it
    return _manifests.get(ob, (path, stamp(path), stamp(folder)), lambda: read_manifest(folder))


def _analysed(ob: Any, key: PortraitKey) -> Portrait | InputError:
    picture = picture_of(ob)
    try:
        if key.placement is not None:
            return analyse(picture, placement=key.placement)
        with prefix_errors(ob.portrait.portrait.name):
            portrait = portrait_of_face(picture.pixels, faces_in_portrait(ob), key.face)
            return replace(portrait, masks=picture.masks, lens=picture.lens)
    except InputError as error:
        return error


def _keep(kept: dict[Any, Any], key: Any, value: Any) -> None:
    kept.pop(key, None)
    while len(kept) >= KEPT:
        del kept[next(iter(kept))]
    kept[key] = value


def _picture_key(ob: Any) -> PictureKey:
    masks = tuple(_image_key(mask)._replace(name=name) for name, mask in masks_of(ob).items())
    return _image_key(ob.portrait.portrait)._replace(masks=masks)


def _image_key(image: Any) -> PictureKey:
    path = bpy.path.abspath(image.filepath, library=image.library)
    return PictureKey(image.session_uid, path, stamp(Path(path)), _revisions.get(image.session_uid, 0))


def _portrait_key(ob: Any) -> PortraitKey:
    return PortraitKey(_picture_key(ob), ob.portrait.face, corrections_of(ob).placement)


def stamp(path: Path) -> tuple[int, int]:
    """Changes when a file is written; zeros where there is none."""
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size
