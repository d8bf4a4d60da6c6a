"""What was read, analysed and tracked, kept for as long as a file is open.

A preview needs the portrait and the performance at every frame, the panel their fingerprints at every redraw. Both are
found here again by what they come from: the data-block, its file and the file's time stamp.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import bpy

from ..errors import InputError
from ..jobs.baking import analyse, portrait_fingerprint
from ..jobs.tracking import TrackJob, performance_fingerprint
from ..media.pictures import Picture
from ..pipeline.performance import Performance
from ..pipeline.portrait import Portrait, scaled
from .sources import cache_folder, clip_path, portrait_picture

KEPT = 8
"""Portraits and clips; a scene has rarely more, and long clips are mapped, not loaded."""


class PictureKey(NamedTuple):
    """Where a portrait's pixels come from. `revision` counts what was painted on it or loaded anew."""

    image: int
    path: str
    stamp: tuple[int, int]
    revision: int


class ClipKey(NamedTuple):
    """Where a performance comes from."""

    path: Path
    stamp: tuple[int, int]
    neutral: int


_revisions: dict[int, int] = {}
_pictures: dict[PictureKey, Picture] = {}
_portraits: dict[PictureKey, Portrait | InputError] = {}
_performances: dict[ClipKey, Performance | None] = {}

performance_print = lru_cache(KEPT)(performance_fingerprint)
scaled_portrait = lru_cache(KEPT)(scaled)


def forget_all() -> None:
    """Before another file is opened."""
    for kept in (_revisions, _pictures, _portraits, _performances):
        kept.clear()
    for function in (fingerprint_of_portrait, performance_print, scaled_portrait):
        function.cache_clear()


def image_changed(image: Any) -> None:
    """Its pixels may have changed: they were painted on, or loaded again."""
    if image.session_uid in {key.image for key in _pictures}:
        _revisions[image.session_uid] = _revisions.get(image.session_uid, 0) + 1


def picture_of(ob: Any) -> Picture:
    """Pixels of the object's portrait.

    Raises
    ------
    InputError
        If they cannot be read.
    """
    key = _picture_key(ob)
    if key not in _pictures:
        _keep(_pictures, key, portrait_picture(ob.portrait.portrait))
    return _pictures[key]


def portrait_of(ob: Any) -> Portrait:
    """The object's portrait, analysed.

    Raises
    ------
    InputError
        If it cannot be read or shows no face.
    """
    key = _picture_key(ob)
    if key not in _portraits:
        _keep(_portraits, key, _analysed(picture_of(ob)))
    portrait = _portraits[key]
    if isinstance(portrait, InputError):
        raise portrait
    return portrait


def performance_of(ob: Any) -> Performance | None:
    """What the object's clip says; None if it was not tracked yet with this neutral frame.

    Raises
    ------
    InputError
        If the clip cannot be opened.
    """
    key = _clip_key(ob)
    if key not in _performances:
        _keep(_performances, key, track_job(ob).fetch())
    return _performances[key]


def keep_performance(ob: Any, performance: Performance) -> None:
    """Remember what was tracked just now."""
    if ob.portrait.clip is None:  # taken away while it was tracked
        return
    _keep(_performances, _clip_key(ob), performance)


def any_performance_of(ob: Any) -> Performance | None:
    """What the object's clip says with one neutral frame or another: its times are the same with all.

    Raises
    ------
    InputError
        If the clip cannot be opened.
    """
    return (
        performance_of(ob)
        or performance_in_memory(ob)
        or TrackJob(clip_path(ob.portrait.clip), cache=cache_folder()).fetch()
    )


def performance_in_memory(ob: Any) -> Performance | None:
    """What the object's clip says with one neutral frame or another, if it was loaded already; reads nothing."""
    key = _clip_key(ob)
    alike = (performance for of, performance in _performances.items() if performance and of[:2] == key[:2])
    return _performances.get(key) or next(alike, None)


def track_job(ob: Any) -> TrackJob:
    """The job that tracks the object's clip, or fetches what was tracked before."""
    return TrackJob(clip_path(ob.portrait.clip), neutral=ob.portrait.neutral_frame or None, cache=cache_folder())


@lru_cache(KEPT)
def fingerprint_of_portrait(key: PictureKey) -> str:
    """Fingerprint of a picture that was read."""
    return portrait_fingerprint(_pictures[key].pixels)


def fingerprints_of(ob: Any) -> tuple[str, str] | None:
    """Fingerprints of portrait and performance; None if the clip is not tracked yet.

    Raises
    ------
    InputError
        If one of them cannot be read.
    """
    performance = performance_of(ob)
    if performance is None:
        return None
    picture_of(ob)
    return fingerprint_of_portrait(_picture_key(ob)), performance_print(performance)


def _analysed(picture: Picture) -> Portrait | InputError:
    try:
        return analyse(picture)
    except InputError as error:
        return error


def _keep(kept: dict[Any, Any], key: Any, value: Any) -> None:
    kept.pop(key, None)
    while len(kept) >= KEPT:
        del kept[next(iter(kept))]
    kept[key] = value


def _picture_key(ob: Any) -> PictureKey:
    image = ob.portrait.portrait
    path = bpy.path.abspath(image.filepath, library=image.library)
    return PictureKey(image.session_uid, path, _stamp(Path(path)), _revisions.get(image.session_uid, 0))


def _clip_key(ob: Any) -> ClipKey:
    path = clip_path(ob.portrait.clip)
    return ClipKey(path, _stamp(path), ob.portrait.neutral_frame)


def _stamp(path: Path) -> tuple[int, int]:
    """Changes when a file is written; zeros where there is none."""
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size
