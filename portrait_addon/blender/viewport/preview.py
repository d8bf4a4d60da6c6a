"""Live preview: the plane shows the composed frame while the artist scrubs or drags, before any bake.

What is shown is the frame that a bake would write, composed from a smaller copy of the portrait. It lives in an image
of its own, which the plane's material shows only meanwhile: never in a render, never in a saved file.

Blender says at every change of frame and after every evaluation that something may be different. Portraits that
preview are known by their `session_uid`; for each, what it shows is remembered, so that only a different frame is
composed. Without any, nothing is done.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import bpy
from bpy.app.handlers import persistent

from ...errors import InputError
from ..data import events
from ..data.app_handlers import append_handlers, remove_handlers
from ..data.faces import animated_guests, faces_of, host_of, shows_several
from ..data.properties import follows_expressions, has_driver, is_portrait
from ..running import main_thread, runner, sampling
from . import plane

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ...pipeline.frame.result import Result
    from ...pipeline.records.moment import Moment, Shown
    from ...pipeline.records.performance import Performance
    from ...pipeline.timeline.reactions import Timeline
    from ..running.sampling import Sample

MARK = "living_portraits_preview"
"""Custom property of the images that hold previews."""

PATIENCE = 30.0
"""Seconds that a render waits at most for a busy window to take the preview away."""

_previewing: set[int] = set()
_shown: dict[int, tuple[Any, ...]] = {}
_results: dict[int, Result] = {}
_problems: dict[int, str] = {}
_images: dict[int, int] = {}
_tracked: set[int] = set()
"""Objects that show a frame of a clip that is still being tracked."""

_suspended: set[str] = set()
"""What goes on during which no preview is shown: ``render``, ``save``."""


def switch(ob: Any, scene: Any) -> None:
    """Follow what the artist chose for the object: start, stop, or another size."""
    if _wants(ob):
        _previewing.add(ob.session_uid)
    refresh(scene)


def refresh(scene: Any, depsgraph: Any | None = None) -> None:
    """Bring the previews of a scene up to date.

    Parameters
    ----------
    scene
    depsgraph : optional
        The one that was evaluated; the current one if left out.
    """
    if not _previewing or _suspended or sampling.sampling():
        return
    for uid in tuple(_previewing):
        ob = runner.find(bpy.data.objects, uid)
        if ob is None or not _wants(ob):
            _leave(uid, ob)
        elif ob.name in scene.objects:
            _refresh(ob, scene, depsgraph or bpy.context.evaluated_depsgraph_get())


def show_while_tracked(ob: Any, picture: NDArray[Any]) -> None:
    """Show a frame of the clip that is being tracked, until the job ends.

    Parameters
    ----------
    ob : bpy.types.Object
    picture : (h, w, 3 or 4) array
        BGR or BGRA.
    """
    if _suspended or not _wants(ob):
        return
    from .pixels import hand_over

    height, width = picture.shape[:2]
    image = _image(ob, (width, height))
    _previewing.add(ob.session_uid)
    _tracked.add(ob.session_uid)  # before Blender says that the image has changed
    _shown.pop(ob.session_uid, None)
    hand_over(image, picture)
    plane.show_live(ob, image)


def problem(ob: Any) -> str | None:
    """Why a portrait cannot preview or show its points, or None if it does or is not asked to."""
    return _problems.get(ob.session_uid) if _wants(ob) else None


def is_preview(image: Any | None) -> bool:
    """Whether an image holds a preview."""
    return image is not None and MARK in image


def _wants(ob: Any) -> bool:
    """Whether something is to be shown of an object that must be kept at hand; what is linked cannot be changed."""
    if not is_portrait(ob) or ob.library is not None:
        return False
    return ob.portrait.preview or ob.portrait.show_clip_points or _shows_points(ob)


def _shows_points(ob: Any) -> bool:
    """Whether the points of a face are put right on the plane of an object."""
    return any(face.portrait.show_points for face in (faces_of(ob) if host_of(ob) == ob else [ob]))


def _refresh(ob: Any, scene: Any, depsgraph: Any) -> None:
    if not ob.visible_get(view_layer=scene.view_layers.get(depsgraph.view_layer.name)):
        return
    uid = ob.session_uid
    _problems.pop(uid, None)
    if uid in _tracked:
        if runner.is_busy_with(ob) and not ob.portrait.show_points:
            return
        _tracked.discard(uid)
    performance = _performance(ob, depsgraph)
    if _shows_points(ob):
        _show_at_rest(ob)
        return
    if host_of(ob) != ob:
        return
    if performance is None or not ob.portrait.preview:
        _show_own(ob)
        return
    from ..running import object_cache, timing, unfinished

    frame, sampled = _sampled(ob, scene, depsgraph, performance)
    settings = sampled.settings
    try:
        if frame == int(frame) and not runner.is_busy_with(ob):
            tracked: Any = performance if follows_expressions(ob) else object_cache.tracked_of(ob)  # there is one
            library = object_cache.library_of(ob)
            mix = _moving(ob, timing.mix_at(_timeline(ob, scene, tracked, library), frame, sampled))
            others = _other_faces(ob, scene, depsgraph, frame, corrected=False)
            if unfinished.is_up_to_date(ob, int(frame), mix, settings, others):
                plane.show_own(ob)
                return
        library = object_cache.corrected_library_of(ob)
        mix = _moving(ob, timing.mix_at(_timeline(ob, scene, performance, library), frame, sampled))
        others = _other_faces(ob, scene, depsgraph, frame, corrected=True)
        group = object_cache.group_of(ob, ob.portrait.preview_size) if shows_several(ob) else None
        compositor = object_cache.compositor_of(ob, ob.portrait.preview_size) if group is None else group.compositors[0]
    except InputError as error:
        _problems[uid] = str(error)
        _show_own(ob)
        return
    image = _image(ob, compositor.prepared.portrait.size)
    shown = (compositor, mix, settings, image.session_uid, group, others)
    if _shown.get(uid) != shown:
        from ...pipeline.frame.result import Result
        from ...pipeline.records.moment import Shown
        from .pixels import hand_over

        _shown[uid] = shown  # before Blender says that the image has changed
        composed = compositor.frame(mix, settings) if group is None else group.frame([Shown(mix, settings), *others])
        hand_over(image, composed.picture)
        _results[uid] = Result.of(composed.pose, compositor.prepared, mix, settings)
    plane.show_live(ob, image)
    events.frame_previewed.emit(ob, _results[uid])


def _performance(ob: Any, depsgraph: Any) -> Performance | None:
    if ob.portrait.portrait is None or not has_driver(ob):
        return None
    from ..running import object_cache

    if follows_expressions(ob):
        return object_cache.performance_of_pose(ob, sampling.current_sample(ob, depsgraph).pose)
    try:
        performance = object_cache.performance_of(ob)
    except InputError as error:
        _problems[ob.session_uid] = str(error)
        return None
    if performance is None and not runner.is_busy_with(ob):
        _problems[ob.session_uid] = "Track the clip to see the preview"
    return performance


def _sampled(ob: Any, scene: Any, depsgraph: Any, performance: Performance) -> tuple[float, Sample]:
    """The frame that a bake would show, the first before it and the last after, and what is keyed there.

    Sliders show what they say in any frame.
    """
    from ..running import object_cache, timing

    library = object_cache.library_of(ob)
    if missing := [item.name for item in object_cache.reactions_with_clips(ob) if item.name not in library]:
        _problems[ob.session_uid] = f"{'Track' if ob.portrait.clip else 'Bake'} to see {', '.join(missing)}"
    frame = scene.frame_current_final
    if follows_expressions(ob):
        return frame, _at_pose(sampling.current_sample(ob, depsgraph))
    timeline = timing.timeline_of(ob, scene, performance, library)
    within = min(max(frame, timeline.start), timing.last_frame(timeline, scene))
    if within == frame:
        return frame, sampling.current_sample(ob, depsgraph)
    (sampled,) = sampling.sample(ob, [int(within)])
    return within, sampled


def _moving(ob: Any, mix: tuple[Moment, ...]) -> tuple[Moment, ...]:
    """A mix; nothing of it where the object's own face is one of several and switched off."""
    return () if shows_several(ob) and not ob.portrait.animate_face else mix


def _other_faces(ob: Any, scene: Any, depsgraph: Any, frame: float, *, corrected: bool) -> list[Shown]:
    """What the other faces on the plane of an object show in a frame; those whose clips are not tracked rest."""
    from ...pipeline.records.moment import Shown
    from ..running import object_cache, several_faces, timing

    shown = []
    for guest in animated_guests(ob):
        if frame == scene.frame_current_final:
            sampled = sampling.current_sample(guest, depsgraph)
        else:
            (sampled,) = sampling.sample(guest, [int(frame)])
        library = object_cache.corrected_library_of(guest) if corrected else object_cache.library_of(guest)
        if follows_expressions(guest):
            pose = object_cache.performance_of_pose(guest, sampled.pose)
            mix = timing.mix_at(_timeline(guest, scene, pose, library), frame, _at_pose(sampled))
        else:
            performance = object_cache.performance_of(guest) if corrected else object_cache.tracked_of(guest)
            if performance is None:
                _problems[ob.session_uid] = f"Track the clip of {guest.name} to see its face move"
                shown.append(Shown((), sampled.settings))
                continue
            timeline = _timeline(guest, scene, performance, library)
            last = timing.last_frame(timeline, scene)
            mix = several_faces.mix_within(timeline, last, frame, sampled, partial(_sampled_at, guest))
        shown.append(Shown(mix, sampled.settings))
    return shown


def _sampled_at(ob: Any, frame: int) -> Sample:
    return sampling.sample(ob, [frame])[0]


def _at_pose(sampled: Sample) -> Sample:
    """What is keyed, with the frame of a performance of one pose that shows it."""
    from ..running import expressions

    return replace(sampled, clip_frame=expressions.FIRST)


def _timeline(ob: Any, scene: Any, performance: Performance, library: Mapping[str, Performance]) -> Timeline:
    from ..running import expressions, timing

    timeline_of = expressions.timeline_of if follows_expressions(ob) else timing.timeline_of
    return timeline_of(ob, scene, performance, library)


def _image(ob: Any, size: tuple[int, int]) -> Any:
    """The object's preview image, made when first needed; one of another size is made anew."""
    uid = ob.session_uid
    image = runner.find(bpy.data.images, _images[uid]) if uid in _images else None
    if image is not None and tuple(image.size) != size:
        bpy.data.images.remove(image)
        image = None
    if image is None:
        from .pixels import new_image

        image = new_image(f"{ob.name} preview", size, ob.portrait.portrait)
        image[MARK] = True
        _images[uid] = image.session_uid
    return image


def _show_at_rest(ob: Any) -> None:
    """Show the portrait itself, on which its points are put right; that they can be drawn, it is analysed."""
    from ..running import object_cache

    if ob.portrait.portrait is None:
        return
    plane.show_live(ob, ob.portrait.portrait)
    try:
        object_cache.uncorrected_portrait_of(ob)
    except InputError as error:
        _problems[ob.session_uid] = str(error)


def _show_own(ob: Any) -> None:
    _shown.pop(ob.session_uid, None)
    node = plane.image_node(ob)
    if node is not None and (is_preview(node.image) or node.image == ob.portrait.portrait):
        plane.show_own(ob)


def _leave(uid: int, ob: Any | None) -> None:
    """Preview an object no more; it may have been deleted."""
    _previewing.discard(uid)
    _problems.pop(uid, None)
    _shown.pop(uid, None)
    _results.pop(uid, None)
    _tracked.discard(uid)
    from ..running import object_cache

    object_cache.forget_preview(uid)
    if ob is not None:
        _show_own(ob)
    image = runner.find(bpy.data.images, _images.pop(uid)) if uid in _images else None
    if image is not None:
        bpy.data.images.remove(image)


def _suspend(reason: str) -> None:
    """Show no preview until `_resume`: what is written or rendered now must be the artist's own."""
    _suspended.add(reason)
    for uid in tuple(_previewing):
        if (ob := runner.find(bpy.data.objects, uid)) is not None:
            _show_own(ob)


def _resume(reason: str) -> None:
    _suspended.discard(reason)
    refresh(bpy.context.scene)


def _find_all() -> None:
    """Know the portraits that preview in the file as it now is."""
    _shown.clear()
    _tracked.clear()
    _previewing.clear()
    _previewing.update(ob.session_uid for ob in bpy.data.objects if _wants(ob))
    _images.clear()
    for ob in bpy.data.objects:
        node = plane.image_node(ob) if is_portrait(ob) else None
        if node is not None and is_preview(node.image):
            if ob.session_uid in _previewing:
                _images[ob.session_uid] = node.image.session_uid
            else:
                plane.show_own(ob)


@persistent
def on_frame(scene: Any, depsgraph: Any) -> None:
    """The artist scrubs, or the scene plays."""
    refresh(scene, depsgraph)


@persistent
def on_update(scene: Any, depsgraph: Any) -> None:
    """Something was evaluated: a slider dragged, a key moved, a picture painted on, an object duplicated."""
    if _suspended or sampling.sampling():
        return
    for update in depsgraph.updates:
        changed = update.id.original
        if isinstance(changed, bpy.types.Object):
            if _wants(changed):
                _previewing.add(changed.session_uid)
        elif _previewing and isinstance(changed, bpy.types.Image) and not is_preview(changed):
            from ..running import object_cache

            object_cache.image_changed(changed)
    refresh(scene, depsgraph)


@persistent
def on_undo(*_arguments: Any) -> None:
    """Undo has put other data in place; previews in it are as old as the step."""
    _find_all()
    refresh(bpy.context.scene)


@persistent
def on_load(*_arguments: Any) -> None:
    """Another file was opened."""
    _suspended.clear()
    _problems.clear()
    on_undo()


@persistent
def before_save(*_arguments: Any) -> None:
    """Blender is about to save the file."""
    _suspend("save")


@persistent
def after_save(*_arguments: Any) -> None:
    """The file is written."""
    _resume("save")


@persistent
def before_render(*_arguments: Any) -> None:
    """Blender is about to render; a window calls this from the render's thread.

    That thread waits until the main one has taken the preview away: the render reads the scene only afterwards.
    """
    _suspended.add("render")  # at once: a render also changes frames in its thread
    seconds = PATIENCE if _previewing else 0.0
    if not main_thread.call_and_wait(lambda: _suspend("render"), seconds) and _previewing:
        print("Living Portraits: Blender is busy, so this render may show a preview. Render again.", file=sys.stderr)


@persistent
def after_render(*_arguments: Any) -> None:
    """The render has ended; a window calls this from the render's thread."""
    main_thread.call_soon(lambda: _resume("render"))


HANDLERS = {
    "frame_change_post": on_frame,
    "depsgraph_update_post": on_update,
    "undo_post": on_undo,
    "redo_post": on_undo,
    "load_post": on_load,
    "save_pre": before_save,
    "save_post": after_save,
    "save_post_fail": after_save,
    "render_init": before_render,
    "render_complete": after_render,
    "render_cancel": after_render,
}


def _clip_tracked(_ob: Any) -> None:
    refresh(bpy.context.scene)


def _host_chosen(ob: Any) -> None:
    """A face that another plane shows previews there; one that has come back, on its own."""
    ob.portrait.preview = host_of(ob) == ob
    for face in faces_of(ob):
        _shown.pop(face.session_uid, None)
    refresh(bpy.context.scene)


SUBSCRIPTIONS: events.Subscriptions = (
    (events.preview_changed, switch),
    (events.clip_tracked, _clip_tracked),
    (events.host_chosen, _host_chosen),
)


def register() -> None:
    """Listen."""
    append_handlers(HANDLERS)
    events.subscribe_all(SUBSCRIPTIONS)


def unregister() -> None:
    """Listen no more, and leave every plane with its own picture."""
    events.unsubscribe_all(SUBSCRIPTIONS)
    remove_handlers(HANDLERS)
    for uid in tuple(_previewing):
        _leave(uid, runner.find(bpy.data.objects, uid))
    _suspended.clear()
