"""Live preview: the plane shows what a bake would write, while scrubbing, dragging, undoing, saving, rendering."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.blender import handlers
from portrait_addon.blender.data.properties import SCHEMA
from portrait_addon.blender.running import job_builders, main_thread, object_cache, runner
from portrait_addon.blender.viewport import pixels, plane, preview, provisional
from portrait_addon.jobs.cache import Cache
from portrait_addon.media.pictures import read_picture
from portrait_addon.pipeline.frame.compositor import Compositor
from portrait_addon.pipeline.records.moment import Mix
from portrait_addon.pipeline.records.progress import TrackedFace
from portrait_addon.pipeline.records.settings import Settings


@pytest.fixture
def live_preview() -> bool:
    return True


@pytest.fixture
def live(ready: Any) -> Any:
    """A portrait that was tracked: it previews from then on."""
    bpy.ops.portrait.track()
    return ready


def shown(ob: Any) -> Any:
    return plane.image_node(ob).image


def pixels_of(image: Any) -> NDArray[np.uint8]:
    """RGB, rows from above."""
    values = np.empty(image.size[0] * image.size[1] * 4, np.float32)
    image.pixels.foreach_get(values)
    return np.rint(values.reshape(image.size[1], image.size[0], 4)[::-1, :, :3] * 255).astype(np.uint8)


@pytest.fixture
def composed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, Settings]]:
    """Time and settings of every frame that is composed from now on."""
    calls: list[tuple[float, Settings]] = []
    compose = Compositor.frame

    def counting(compositor: Compositor, mix: Mix, settings: Settings, *passes: Any) -> Any:
        calls.append((mix[0].t, settings))
        return compose(compositor, mix, settings, *passes)

    monkeypatch.setattr(Compositor, "frame", counting)
    return calls


def test_the_plane_shows_the_frame_that_a_bake_writes(live: Any, scene: Any, tmp_path: Path) -> None:
    scene.frame_set(4)
    assert preview.is_preview(shown(live))
    seen = pixels_of(shown(live))
    bpy.ops.portrait.bake()
    baked = read_picture(tmp_path / "out" / "ford" / "frame_0004.png").pixels[..., ::-1]
    assert np.array_equal(seen, baked)


def test_after_a_bake_the_plane_shows_the_frames(live: Any, scene: Any) -> None:
    bpy.ops.portrait.bake()
    scene.frame_set(3)
    assert live.portrait.preview
    assert shown(live) == live.portrait.frames


def test_before_tracking_the_panel_says_what_is_missing(ready: Any, scene: Any) -> None:
    ready.portrait.neutral_frame = 5  # the clip itself may have been tracked before
    scene.frame_set(2)
    assert shown(ready) == ready.portrait.portrait
    assert preview.problem(ready) == "Track the clip to see the preview"


def test_a_portrait_without_a_face_says_so(live: Any, scene: Any) -> None:
    live.portrait.portrait = bpy.data.images.new("empty sky", 64, 64)
    scene.frame_set(2)
    assert "no face found" in str(preview.problem(live))
    assert shown(live) == live.portrait.portrait


def test_scrubbing_composes_each_frame_once(live: Any, scene: Any, composed: list[Any]) -> None:
    scene.frame_set(3)
    scene.frame_set(3)
    bpy.context.view_layer.update()
    scene.frame_set(4)
    assert [time for time, _ in composed] == [3, 4]


def test_frames_between_frames_are_shown(live: Any, scene: Any, composed: list[Any]) -> None:
    scene.frame_set(3, subframe=0.5)
    assert composed[-1][0] == 3.5


def test_a_dragged_slider_is_seen_at_once(live: Any, scene: Any, composed: list[Any]) -> None:
    scene.frame_set(6)
    before = pixels_of(shown(live))
    live.portrait.head_motion = 0
    live.portrait.expression = 0
    bpy.context.view_layer.update()
    assert (composed[-1][1].head_motion, composed[-1][1].expression) == (0, 0)
    assert not np.array_equal(pixels_of(shown(live)), before)


def test_keys_and_drivers_are_seen(live: Any, scene: Any, composed: list[Any]) -> None:
    for frame, value in ((1, 0.0), (5, 1.0)):
        live.portrait.expression = value
        live.keyframe_insert("portrait.expression", frame=frame)
    live.driver_add("portrait.head_motion").driver.expression = "frame / 10"
    scene.frame_set(3)
    assert composed[-1][1].expression == pytest.approx(0.5)
    assert composed[-1][1].head_motion == pytest.approx(0.3)


def test_nla_strips_are_seen(live: Any, scene: Any, composed: list[Any]) -> None:
    for frame, value in ((1, 0.0), (5, 1.0)):
        live.portrait.expression = value
        live.keyframe_insert("portrait.expression", frame=frame)
    data = live.animation_data
    action, slot = data.action, data.action_slot
    data.action = None
    strip = data.nla_tracks.new().strips.new("keys", 1, action)
    strip.action_slot = slot
    scene.frame_set(3)
    assert composed[-1][1].expression == pytest.approx(0.5)


def test_outside_the_clip_its_ends_are_held_with_their_settings(live: Any, scene: Any, composed: list[Any]) -> None:
    for frame, value in ((6, 0.5), (100, 0.0)):
        live.portrait.expression = value
        live.keyframe_insert("portrait.expression", frame=frame)
    scene.frame_set(100)
    assert composed[-1] == (6, Settings(expression=0.5))
    assert scene.frame_current == 100


def test_the_clips_own_speed_is_kept(live: Any, scene: Any, composed: list[Any]) -> None:
    scene.render.fps = 50
    live.portrait.start_frame = 11
    scene.frame_set(12)
    assert composed[-1][0] == 1.5


def test_the_preview_has_the_size_that_was_set(live: Any, scene: Any) -> None:
    scene.frame_set(3)
    assert tuple(shown(live).size) == (240, 320)
    live.portrait.preview_size = 160
    assert tuple(shown(live).size) == (120, 160)
    assert sum(preview.is_preview(image) for image in bpy.data.images) == 1


def test_the_small_preview_is_the_large_frame_shrunk(live: Any, scene: Any) -> None:
    import cv2

    scene.frame_set(5)
    large = pixels_of(shown(live))
    live.portrait.preview_size = 160
    small = pixels_of(shown(live))
    shrunk = cv2.resize(large, (120, 160), interpolation=cv2.INTER_AREA)
    assert np.abs(shrunk.astype(int) - small).mean() < 3


def test_off_or_hidden_it_composes_nothing(live: Any, scene: Any, composed: list[Any]) -> None:
    live.hide_set(True)
    scene.frame_set(2)
    assert not composed
    live.hide_set(False)
    scene.frame_set(3)
    assert len(composed) == 1
    live.portrait.preview = False
    assert shown(live) == live.portrait.portrait
    scene.frame_set(4)
    assert len(composed) == 1


def test_several_portraits_preview_side_by_side(live: Any, scene: Any) -> None:
    bpy.ops.object.duplicate(linked=True)
    second = bpy.context.object
    second.portrait.head_motion = second.portrait.expression = 0
    scene.frame_set(6)
    assert preview.is_preview(shown(live))
    assert preview.is_preview(shown(second))
    assert shown(live) != shown(second)
    assert not np.array_equal(pixels_of(shown(live)), pixels_of(shown(second)))


def test_the_performance_is_read_and_the_portrait_analysed_once(
    live: Any, scene: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.frame_set(2)
    monkeypatch.setattr(object_cache, "analyse", lambda picture: pytest.fail("analysed again"))
    monkeypatch.setattr(object_cache, "job_for", lambda properties: pytest.fail("read again"))
    bpy.ops.object.duplicate()
    for frame in (3, 4):
        scene.frame_set(frame)
    assert preview.is_preview(shown(bpy.context.object))


def test_paint_on_the_portrait_is_seen(live: Any, scene: Any, composed: list[Any]) -> None:
    scene.frame_set(2)
    image = live.portrait.portrait
    values = np.empty(len(image.pixels), np.float32)
    image.pixels.foreach_get(values)
    values.reshape(-1, 4)[:2400, :3] = 1  # ten rows at the bottom
    image.pixels.foreach_set(values)
    image.update_tag()
    bpy.context.view_layer.update()
    assert (pixels_of(shown(live))[-2] > 250).all()


def test_a_render_shows_no_preview(live: Any, scene: Any, render: Callable[..., NDArray[np.uint8]]) -> None:
    bpy.ops.portrait.frame_camera()
    during: list[Any] = []
    look = lambda *_: during.append(shown(live))  # noqa: E731
    bpy.app.handlers.render_pre.append(look)
    render(4)
    bpy.app.handlers.render_pre.remove(look)
    assert during == [live.portrait.portrait]
    assert preview.is_preview(shown(live))


class Watched:
    """Blender's module for the code under test, in a window: only the main thread may ask it for anything but `app`."""

    app = SimpleNamespace(background=False, timers=bpy.app.timers)

    def __getattr__(self, name: str) -> Any:
        assert threading.current_thread() is threading.main_thread(), f"bpy.{name} is used in the render's thread"
        return getattr(bpy, name)


@pytest.fixture
def call_as_a_window_does(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Call handlers in a thread of their own, while the main thread makes the calls that its timer finds."""
    for module in (handlers, main_thread, plane, preview, runner):
        monkeypatch.setattr(module, "bpy", Watched())
    monkeypatch.setattr(handlers, "show_warnings", lambda scene: None)  # pops up a menu, and there is no window

    def call(listeners: list[Any], *arguments: Any) -> None:
        with ThreadPoolExecutor(1) as thread:
            for listener in listeners:
                if str(listener.__module__).startswith("portrait_addon."):
                    called = thread.submit(listener, *arguments)
                    while not called.done():
                        main_thread.make_calls()
                    called.result()

    return call


def test_a_render_in_a_window_leaves_blenders_data_to_the_main_thread(
    live: Any, scene: Any, call_as_a_window_does: Callable[..., None]
) -> None:
    scene.frame_set(4)
    call_as_a_window_does(bpy.app.handlers.render_init, scene, None)
    assert shown(live) == live.portrait.portrait
    call_as_a_window_does(bpy.app.handlers.frame_change_post, scene, None)
    bpy.ops.wm.save_as_mainfile(filepath=str(Path(bpy.app.tempdir) / "meanwhile.blend"))
    assert shown(live) == live.portrait.portrait
    call_as_a_window_does(bpy.app.handlers.render_complete, scene, None)
    main_thread.make_calls()
    assert preview.is_preview(shown(live))


def test_a_render_right_after_another_shows_no_preview(
    live: Any, scene: Any, call_as_a_window_does: Callable[..., None]
) -> None:
    scene.frame_set(4)
    call_as_a_window_does(bpy.app.handlers.render_init, scene, None)
    preview.after_render()  # the main thread learns of it only when the next render has begun
    call_as_a_window_does(bpy.app.handlers.render_init, scene, None)
    scene.frame_set(5)
    assert shown(live) == live.portrait.portrait
    preview.after_render()
    main_thread.make_calls()
    assert preview.is_preview(shown(live))


def test_a_window_that_is_too_busy_is_told_of(
    live: Any, scene: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    scene.frame_set(4)
    monkeypatch.setattr(preview, "PATIENCE", 0.0)
    with ThreadPoolExecutor(1) as thread:
        thread.submit(preview.before_render).result()
    assert "this render may show a preview. Render again." in capsys.readouterr().err
    main_thread.make_calls()  # late, but it is done
    assert shown(live) == live.portrait.portrait
    preview.after_render()
    assert preview.is_preview(shown(live))


def test_a_call_that_fails_keeps_no_other_from_being_made(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(main_thread, "bpy", Watched())
    made: list[int] = []
    main_thread.call_soon(lambda: 1 / 0)
    main_thread.call_soon(lambda: made.append(1))
    assert not made
    main_thread.make_calls()
    assert made == [1]
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_a_render_before_the_bake_warns(live: Any, scene: Any) -> None:
    expected = "ford: not baked, so the render shows the still portrait. Bake it first."
    assert handlers.warnings(scene) == [expected]


def test_a_saved_file_holds_no_preview_and_opens_with_it(live: Any, scene: Any, tmp_path: Path) -> None:
    scene.frame_set(5)
    before = pixels_of(shown(live))
    path = str(tmp_path / "saved.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    assert preview.is_preview(shown(live))
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    with bpy.data.libraries.load(path) as (inside, _):
        assert inside.images == ["ford.png"]
    bpy.ops.wm.open_mainfile(filepath=path)
    reopened = bpy.data.objects["ford"]
    assert preview.is_preview(shown(reopened))
    assert np.array_equal(pixels_of(shown(reopened)), before)


def test_undo_and_redo_are_seen(live: Any, scene: Any) -> None:
    scene.frame_set(6)
    bpy.ops.ed.undo_push(message="before")
    before = pixels_of(shown(live))
    live.portrait.head_motion = 0
    bpy.context.view_layer.update()
    bpy.ops.ed.undo_push(message="no head motion")
    after = pixels_of(shown(live))
    bpy.ops.ed.undo()
    assert np.array_equal(pixels_of(shown(bpy.data.objects["ford"])), before)
    bpy.ops.ed.redo()
    assert np.array_equal(pixels_of(shown(bpy.data.objects["ford"])), after)


def test_a_deleted_portrait_leaves_no_image(live: Any, scene: Any) -> None:
    scene.frame_set(2)
    bpy.data.objects.remove(live)
    scene.frame_set(3)
    assert not any(preview.is_preview(image) for image in bpy.data.images)


def test_a_job_beside_the_preview(live: Any, scene: Any) -> None:
    runner.begin(job_builders.bake(live, scene))
    running = runner.current()
    assert running is not None
    frame = 1
    while not running.step(0.001):
        frame = frame % 6 + 1
        scene.frame_set(frame)
        assert preview.is_preview(shown(live))
    assert shown(live) == live.portrait.frames


def test_a_file_of_an_earlier_version_shows_what_it_showed(live: Any, tmp_path: Path) -> None:
    live.portrait.schema = 1
    path = str(tmp_path / "old.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    reopened = bpy.data.objects["ford"]
    assert (reopened.portrait.schema, reopened.portrait.preview) == (SCHEMA, False)
    assert shown(reopened) == reopened.portrait.portrait


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [3, 4])
def test_every_kind_of_picture_is_handed_over(kind: type, channels: int) -> None:
    picture: NDArray[Any] = np.zeros((2, 3, channels), kind)
    white = 1 if kind is np.float32 else np.iinfo(kind).max
    picture[0, 0, 2] = white  # red, above to the left
    picture[0, 1:, 0] = white * 0.4 if kind is np.float32 else np.iinfo(kind).max // 5 * 2
    picture[..., 3:] = white
    if channels == 4:
        picture[1, :, 3] = 0
    image = pixels.new_image("shown", (3, 2), bpy.data.images.new("like", 3, 2))
    pixels.hand_over(image, picture)
    values = np.array(image.pixels).reshape(2, 3, 4)
    assert values[1, 0].tolist() == [1, 0, 0, 1]
    assert values[1, 1] == pytest.approx([0, 0, 0.4, 1], abs=1e-3)
    assert values[0, 0, 3] == (channels == 3)


def test_blender_does_not_ask_to_save_the_preview(live: Any, scene: Any) -> None:
    scene.frame_set(3)
    assert preview.is_preview(shown(live))
    assert not shown(live).is_dirty


def test_after_a_bake_a_slider_is_seen_at_once_and_back_again(live: Any, scene: Any, composed: list[Any]) -> None:
    bpy.ops.portrait.bake()
    composed.clear()
    scene.frame_set(4)
    assert shown(live) == live.portrait.frames
    assert not composed
    live.portrait.expression = 0.5
    bpy.context.view_layer.update()
    assert preview.is_preview(shown(live))
    assert composed[-1] == (4, Settings(expression=0.5))
    live.portrait.expression = 1
    bpy.context.view_layer.update()
    assert shown(live) == live.portrait.frames


def test_only_the_frames_that_a_key_concerns_are_live(live: Any, scene: Any) -> None:
    bpy.ops.portrait.bake()
    for frame, value in ((3, 1.0), (4, 0.0)):
        live.portrait.expression = value
        live.keyframe_insert("portrait.expression", frame=frame)
    kinds = []
    for frame in range(1, 7):
        scene.frame_set(frame)
        kinds.append(preview.is_preview(shown(live)))
    assert kinds == [False, False, False, True, True, True]


def test_a_missing_frame_and_one_between_frames_are_live(live: Any, scene: Any, tmp_path: Path) -> None:
    bpy.ops.portrait.bake()
    (tmp_path / "out" / "ford" / "frame_0003.png").unlink()
    scene.frame_set(3)
    assert preview.is_preview(shown(live))
    scene.frame_set(4, subframe=0.5)
    assert preview.is_preview(shown(live))
    scene.frame_set(5)
    assert shown(live) == live.portrait.frames


def test_corrected_points_are_seen_over_baked_frames(live: Any, scene: Any) -> None:
    bpy.ops.portrait.bake()
    bpy.ops.portrait.move_point(handle="nose_4", offset=(0.0, 0.1), frame=3)
    live.portrait.ease = 0
    scene.frame_set(3)
    assert preview.is_preview(shown(live))
    bpy.ops.portrait.bake()
    scene.frame_set(3)
    assert shown(live) == live.portrait.frames


def test_with_the_preview_off_the_baked_frames_stay(live: Any, scene: Any) -> None:
    bpy.ops.portrait.bake()
    live.portrait.preview = False
    live.portrait.expression = 0
    scene.frame_set(3)
    assert shown(live) == live.portrait.frames


@pytest.fixture
def tracking(ready: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[runner.RunningJob]:
    """A clip that is being tracked for the first time; no face was shown yet."""
    monkeypatch.setattr(object_cache, "cache", lambda: Cache(tmp_path / "cache", 10**9))
    monkeypatch.setattr(provisional, "_rests_until", 0.0)
    object_cache.forget_all()
    job = job_builders.track(ready)
    runner.begin(job)
    yield job
    runner.end_all()


def next_face(job: runner.RunningJob) -> TrackedFace:
    while job.progress.tracked is None:
        job._note(next(job._steps))
    return job.progress.tracked


def test_frames_are_shown_as_they_are_tracked(tracking: runner.RunningJob, ready: Any, scene: Any) -> None:
    provisional.show(ready, next_face(tracking))
    rest = pixels_of(shown(ready))
    assert preview.is_preview(shown(ready))
    assert preview.problem(ready) is None
    for _ in range(4):
        tracking._note(next(tracking._steps))
    provisional._rests_until = 0.0
    provisional.show(ready, next_face(tracking))
    assert not np.array_equal(pixels_of(shown(ready)), rest)
    scene.frame_set(2)
    bpy.context.view_layer.update()
    assert preview.is_preview(shown(ready))
    runner.end()
    preview.refresh(scene)
    assert shown(ready) == ready.portrait.portrait


def test_the_frames_of_a_clip_that_is_tracked_take_their_share_of_the_time(
    tracking: runner.RunningJob, ready: Any, composed: list[Any]
) -> None:
    face = next_face(tracking)
    provisional.show(ready, face)
    provisional.show(ready, face)
    assert len(composed) == 1
    ready.portrait.preview = False
    provisional._rests_until = 0.0
    provisional.show(ready, face)
    assert len(composed) == 1
