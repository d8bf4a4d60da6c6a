"""Track and bake in Blender: to the end, in steps, cancelled, with bad input; and the word before a stale render."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import bpy
import cv2
import numpy as np
import pytest

from portrait_addon.blender import handlers
from portrait_addon.blender.data import frames
from portrait_addon.blender.data.frame_rate import scene_rate
from portrait_addon.blender.operators.jobs import JobOperator, progress_text
from portrait_addon.blender.running import job_builders, object_cache, runner, timing, unfinished
from portrait_addon.blender.viewport import plane
from portrait_addon.errors import InputError
from portrait_addon.jobs.cache import Cache
from portrait_addon.media.provenance import SYNTHETIC
from portrait_addon.pipeline.records.progress import Progress

CLIP_FRAMES = 6  # of conftest's clip
TICK, ESCAPE = SimpleNamespace(type="TIMER", value="NOTHING"), SimpleNamespace(type="ESC", value="PRESS")


class SteppedOperator(JobOperator):
    """The bake operator as a window would run it, without a window."""

    bl_label = "Bake"

    def __init__(self, ob: Any) -> None:
        self.reports: list[str] = []
        bpy.context.view_layer.objects.active = ob

    def starter(self) -> Callable[[Any, Any], runner.RunningJob]:
        return job_builders.bake

    def report(self, kind: set[str], text: str) -> None:
        self.reports.append(f"{min(kind)}: {text}")


def test_tracking_notes_what_it_found(ready: Any) -> None:
    assert bpy.ops.portrait.track() == {"FINISHED"}
    assert ready.portrait.tracked_frames == CLIP_FRAMES
    assert 1 <= ready.portrait.tracked_neutral <= CLIP_FRAMES


def test_a_film_is_written_beside_the_frames(ready: Any, scene: Any, tmp_path: Path) -> None:
    scene.render.fps, scene.render.fps_base = 30, 1.001
    assert bpy.ops.portrait.film() == {"FINISHED"}
    with av.open(str(tmp_path / "out" / "ford.mp4")) as container:
        assert container.streams.video[0].average_rate == Fraction(30000, 1001)
        assert SYNTHETIC in container.metadata["comment"]
    shown = len(list((tmp_path / "out" / "ford").glob("*.png")))
    assert container_frames(tmp_path / "out" / "ford.mp4") == shown > 0
    assert frames.frames_folder(ready) == tmp_path / "out" / "ford"


def container_frames(path: Path) -> int:
    with av.open(str(path)) as container:
        return len(list(container.decode(video=0)))


def test_a_film_that_is_cancelled_is_not_there(ready: Any, scene: Any, tmp_path: Path) -> None:
    running = job_builders.bake(ready, scene, film=True)
    runner.begin(running)
    while running.progress.text != "Filming":
        assert not running.step(0.0001)
    runner.end()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["ford"]


def test_baking_shows_the_frames(ready: Any, tmp_path: Path) -> None:
    ready.portrait.start_frame = 101
    assert bpy.ops.portrait.bake() == {"FINISHED"}
    names = sorted(path.name for path in (tmp_path / "out" / "ford").glob("*.png"))
    assert names == [f"frame_{number:04d}.png" for number in range(101, 101 + CLIP_FRAMES)]
    assert frames.frames_folder(ready) == tmp_path / "out" / "ford"
    user = plane.image_node(ready).image_user
    assert (user.frame_start, user.frame_offset, user.frame_duration) == (102, 101, CLIP_FRAMES - 1)
    assert ready.dimensions.x / ready.dimensions.z == pytest.approx(240 / 320)


def test_a_second_bake_keeps_what_is_right_and_follows_keyframes(ready: Any, tmp_path: Path) -> None:
    bpy.ops.portrait.bake()
    folder = tmp_path / "out" / "ford"
    before = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.png")}
    for frame, value in ((3, 1.0), (4, 0.0)):
        ready.portrait.expression = value
        ready.keyframe_insert("portrait.expression", frame=frame)
    bpy.ops.portrait.bake()
    changed = [name for name, time in before.items() if (folder / name).stat().st_mtime_ns != time]
    assert sorted(changed) == ["frame_0004.png", "frame_0005.png", "frame_0006.png"]


def test_a_duplicate_bakes_into_its_own_folder(ready: Any, tmp_path: Path) -> None:
    bpy.ops.portrait.bake()
    bpy.ops.object.duplicate()
    duplicate = bpy.context.object
    duplicate.portrait.head_motion = 0
    bpy.ops.portrait.bake()
    assert frames.frames_folder(ready) == tmp_path / "out" / "ford"
    assert frames.frames_folder(duplicate) == tmp_path / "out" / "ford.001"
    assert plane.image_node(ready).image != plane.image_node(duplicate).image


def test_a_packed_portrait_in_a_file_without_name_bakes(ready: Any) -> None:
    ready.portrait.output_folder = ""
    ready.portrait.portrait.pack()
    assert bpy.ops.portrait.bake() == {"FINISHED"}
    folder = frames.frames_folder(ready)
    assert folder is not None
    assert len(list(folder.glob("frame_*.png"))) == CLIP_FRAMES


def test_a_generated_portrait_bakes(ready: Any, portrait_file: Path) -> None:
    bgr = cv2.imread(str(portrait_file))
    image = bpy.data.images.new("painted", bgr.shape[1], bgr.shape[0])
    rgba = np.ones((*bgr.shape[:2], 4), np.float32)
    rgba[..., :3] = bgr[::-1, :, ::-1] / 255
    image.pixels.foreach_set(rgba.ravel())
    ready.portrait.portrait = image
    assert bpy.ops.portrait.bake() == {"FINISHED"}


def test_a_portrait_without_a_face_is_named(ready: Any) -> None:
    ready.portrait.portrait = bpy.data.images.new("empty sky", 64, 64)
    with pytest.raises(RuntimeError, match="empty sky: no face found"):
        bpy.ops.portrait.bake()
    assert runner.current() is None
    assert ready.portrait.frames is None


def test_a_clip_that_went_away_is_named(ready: Any, tmp_path: Path) -> None:
    ready.portrait.clip.filepath = str(tmp_path / "gone.mp4")
    with pytest.raises(RuntimeError, match=r"gone\.mp4: there is no such file"):
        bpy.ops.portrait.track()


def test_a_neutral_frame_outside_the_clip_is_refused(ready: Any) -> None:
    ready.portrait.neutral_frame = 99
    with pytest.raises(RuntimeError, match="there is no frame 99; choose a neutral frame from 1 to 6"):
        bpy.ops.portrait.track()


def test_a_folder_that_cannot_be_made_is_named(ready: Any, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("in the way")
    with pytest.raises(RuntimeError, match=r"out.*Choose"):
        bpy.ops.portrait.bake()


@pytest.mark.parametrize(
    ("missing", "reason"), [("portrait", "Choose a portrait first"), ("clip", "Choose a driving clip first")]
)
def test_grey_buttons_say_why(ready: Any, missing: str, reason: str) -> None:
    setattr(ready.portrait, missing, None)
    for operator in (bpy.ops.portrait.track, bpy.ops.portrait.bake):
        with pytest.raises(RuntimeError, match=reason):
            operator()


def test_stepped_by_a_timer_it_bakes_the_same(ready: Any) -> None:
    operator = SteppedOperator(ready)
    assert operator._start(bpy.context)
    with pytest.raises(RuntimeError, match="A job of this portrait is running: wait for it, or stop it by its cross"):
        bpy.ops.portrait.track()
    answers: list[Any] = []
    while not answers or answers[-1] == {"PASS_THROUGH"}:
        answers.append(operator.modal(bpy.context, TICK))
    assert answers[-1] == {"FINISHED"}
    assert len(answers) > 1
    assert operator.reports[-1].startswith(f"INFO: Baked {CLIP_FRAMES} frames")
    assert ready.portrait.frame_count == CLIP_FRAMES
    assert runner.current() is None


def test_escape_cancels_and_the_next_bake_goes_on(ready: Any, tmp_path: Path) -> None:
    bpy.ops.portrait.track()
    operator = SteppedOperator(ready)
    operator._start(bpy.context)
    running = runner.current()
    assert running is not None
    while running.progress.text != "Baking":
        running.progress = next(running._steps)  # not a tick: that takes several steps
    assert operator.modal(bpy.context, ESCAPE) == {"CANCELLED"}
    assert runner.current() is None
    assert operator.reports == ["INFO: Baking cancelled"]
    assert ready.portrait.frames is None
    assert not list((tmp_path / "out").rglob("*.part"))
    assert bpy.ops.portrait.bake() == {"FINISHED"}


def test_the_cancel_button_ends_the_operator(ready: Any) -> None:
    operator = SteppedOperator(ready)
    operator._start(bpy.context)
    assert operator.modal(bpy.context, TICK) == {"PASS_THROUGH"}
    bpy.ops.portrait.cancel()
    assert operator.modal(bpy.context, TICK) == {"CANCELLED"}


@pytest.fixture
def queue(ready: Any) -> tuple[SteppedOperator, Any, Any]:
    """An operator at work on one portrait while another waits."""
    bpy.ops.object.duplicate()
    second = bpy.context.object
    operator = SteppedOperator(ready)
    assert operator._start(bpy.context)
    waiting = SteppedOperator(second)
    assert not waiting._start(bpy.context)
    assert waiting.reports == ["INFO: Bake of ford.001 begins when baking is done"]
    return operator, ready, second


def work_on(operator: SteppedOperator) -> set[str]:
    while (answer := operator.modal(bpy.context, TICK)) == {"PASS_THROUGH"}:
        pass
    return answer


def test_two_portraits_are_baked_one_after_the_other(queue: tuple[SteppedOperator, Any, Any]) -> None:
    operator, first, second = queue
    assert [job.object for job in runner.waiting()] == [second]
    assert work_on(operator) == {"FINISHED"}
    assert (first.portrait.frame_count, second.portrait.frame_count) == (CLIP_FRAMES, CLIP_FRAMES)
    assert frames.frames_folder(first) != frames.frames_folder(second)
    assert runner.current() is None
    assert not runner.waiting()


def test_a_portrait_that_waits_is_not_taken_twice(queue: tuple[SteppedOperator, Any, Any]) -> None:
    with pytest.raises(RuntimeError, match="A job of this portrait is running"):
        bpy.ops.portrait.bake()


def test_the_cancel_button_leaves_the_next_its_turn(queue: tuple[SteppedOperator, Any, Any]) -> None:
    operator, first, second = queue
    operator.modal(bpy.context, TICK)
    bpy.ops.portrait.cancel()
    assert operator.modal(bpy.context, TICK) == {"PASS_THROUGH"}
    running = runner.current()
    assert running is not None
    assert running.object == second
    work_on(operator)
    assert (first.portrait.frame_count, second.portrait.frame_count) == (0, CLIP_FRAMES)


def test_escape_ends_all(queue: tuple[SteppedOperator, Any, Any]) -> None:
    assert queue[0].modal(bpy.context, ESCAPE) == {"CANCELLED"}
    assert runner.current() is None
    assert not runner.waiting()


def test_what_cannot_begin_is_passed_over_and_said(queue: tuple[SteppedOperator, Any, Any], tmp_path: Path) -> None:
    operator, first, second = queue
    second.portrait.clip = second.portrait.clip.copy()
    second.portrait.portrait = second.portrait.portrait.copy()
    second.portrait.portrait.filepath = str(tmp_path / "gone.png")
    work_on(operator)
    assert first.portrait.frame_count == CLIP_FRAMES
    assert any("gone.png: there is no such file" in text for text in operator.reports)


def test_a_portrait_deleted_while_it_waits_is_passed_over(queue: tuple[SteppedOperator, Any, Any]) -> None:
    operator, first, second = queue
    bpy.data.objects.remove(second)
    assert work_on(operator) == {"FINISHED"}
    assert first.portrait.frame_count == CLIP_FRAMES


def test_the_time_that_is_left_is_told(ready: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(runner, "monotonic", lambda: now[0])
    running = job_builders.bake(ready, bpy.context.scene)
    for done, seconds in ((1, 0), (2, 0.5)):
        now[0] = seconds
        running._note(Progress(done, 41, "Baking"))
    assert progress_text(running) == "Baking 2 of 41"
    now[0] = 5
    running._note(Progress(11, 41, "Baking"))
    assert progress_text(running) == "Baking 11 of 41, 14 s left"
    now[0] = 100
    assert progress_text(running) == "Baking 11 of 41, 5 min left"
    running._note(Progress(1, 10, "Checking"))
    assert progress_text(running) == "Checking 1 of 10"


def test_loading_a_file_ends_the_job(ready: Any) -> None:
    operator = SteppedOperator(ready)
    operator._start(bpy.context)
    operator.modal(bpy.context, TICK)
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    assert runner.current() is None
    assert operator.modal(bpy.context, TICK) == {"CANCELLED"}


def test_deleting_the_portrait_ends_the_job(ready: Any) -> None:
    operator = SteppedOperator(ready)
    operator._start(bpy.context)
    operator.modal(bpy.context, TICK)
    bpy.data.objects.remove(ready)
    assert operator.modal(bpy.context, TICK) == {"FINISHED"}
    assert operator.reports[-1].endswith("ended: its portrait was deleted")


def test_a_job_survives_undo(ready: Any) -> None:
    bpy.ops.ed.undo_push(message="before")
    ready.location.x = 3
    bpy.ops.ed.undo_push(message="moved")
    operator = SteppedOperator(ready)
    operator._start(bpy.context)
    operator.modal(bpy.context, TICK)
    bpy.ops.ed.undo()
    while operator.modal(bpy.context, TICK) == {"PASS_THROUGH"}:
        pass
    assert bpy.data.objects["ford"].portrait.frame_count == CLIP_FRAMES


def test_rendering_right_frames_is_silent(ready: Any, capfd: pytest.CaptureFixture[str]) -> None:
    bpy.ops.portrait.bake()
    assert handlers.warnings(bpy.context.scene) == []


def test_rendering_missing_or_stale_frames_says_so(
    ready: Any, render: Callable[..., np.ndarray], capfd: pytest.CaptureFixture[str]
) -> None:
    bpy.ops.portrait.bake()
    folder = frames.frames_folder(ready)
    assert folder is not None
    (folder / "frame_0002.png").unlink()
    for frame, value in ((4, 1.0), (5, 0.0)):
        ready.portrait.expression = value
        ready.keyframe_insert("portrait.expression", frame=frame)
    bpy.ops.portrait.frame_camera()
    capfd.readouterr()
    render(1)
    expected = f"Living Portraits: ford: 1 missing and 2 out of date of {CLIP_FRAMES} frames. Bake it again."
    assert expected in capfd.readouterr().err


def test_a_moved_start_is_not_stale(ready: Any) -> None:
    bpy.ops.portrait.bake()
    ready.portrait.start_frame = 50
    assert unfinished.describe(ready, bpy.context.scene) is None


def test_on_a_machine_without_the_inputs_only_missing_frames_are_told(ready: Any) -> None:
    bpy.ops.portrait.bake()
    ready.portrait.clip = None
    assert unfinished.describe(ready, bpy.context.scene) is None


@pytest.mark.parametrize(
    ("fps", "base", "rate"),
    [(24, 1.0, Fraction(24)), (30, 1.001, Fraction(30000, 1001)), (24, 1.001, Fraction(24000, 1001))],
)
def test_the_scenes_rate_is_exact(scene: Any, fps: int, base: float, rate: Fraction) -> None:
    scene.render.fps, scene.render.fps_base = fps, base
    assert scene_rate(scene) == rate


def test_a_clip_plays_at_its_true_speed(ready: Any, scene: Any) -> None:
    bpy.ops.portrait.track()
    performance = object_cache.performance_of(ready)
    assert performance is not None
    scene.render.fps = 50  # the clip has 25
    specs = timing.plan_specs(ready, scene, performance, {})
    assert [spec.mix[0].t for spec in specs] == [1 + step / 2 for step in range(2 * CLIP_FRAMES - 1)]
    assert [spec.number for spec in specs] == list(range(1, 2 * CLIP_FRAMES))


def test_frames_before_zero_count_from_zero(ready: Any, scene: Any) -> None:
    ready.portrait.start_frame, ready.portrait.bake_range = -3, "CLIP"
    bpy.ops.portrait.bake()
    folder = frames.frames_folder(ready)
    assert folder is not None
    assert sorted(path.name for path in folder.glob("*.png"))[0] == "frame_0000.png"
    assert plane.image_node(ready).image_user.frame_start == -2


def test_a_fault_of_ours_does_not_block_the_next_job(ready: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    operator = SteppedOperator(ready)
    operator._start(bpy.context)
    monkeypatch.setattr(runner.RunningJob, "step", lambda job: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        operator.modal(bpy.context, TICK)
    assert runner.current() is None


def run(job: runner.RunningJob) -> str:
    """Let a job that was begun come to its end, and answer its message."""
    while not job.step():
        pass
    return job.message


def choose_another_clip(properties: Any) -> None:
    properties.clip = properties.clip.copy()
    properties.clip.filepath = properties.clip.filepath.replace("man_001", "man_002")


def choose_no_clip(properties: Any) -> None:
    properties.clip = None


def choose_neutral(properties: Any) -> None:
    properties.neutral_frame = 4


def choose_face(properties: Any) -> None:
    properties.driving_face = 2


@pytest.fixture
def untracked(ready: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A portrait whose clip no test has tracked before."""
    monkeypatch.setattr(object_cache, "cache", lambda: Cache(tmp_path / "cache", 10**9))
    object_cache.forget_all()
    return ready


CHOICES = [choose_another_clip, choose_no_clip, choose_neutral, choose_face]


@pytest.mark.parametrize("choose", CHOICES)
def test_what_was_tracked_is_filed_under_what_it_was_tracked_for(untracked: Any, choose: Callable[[Any], None]) -> None:
    ready = untracked
    key = object_cache.clip_key(ready.portrait)
    job = job_builders.track(ready)
    job.step(0.001)
    choose(ready.portrait)
    assert "track it again" in run(job)
    assert object_cache._performances[key].frame_count == CLIP_FRAMES
    assert ready.portrait.tracked_frames == 0
    if ready.portrait.clip is not None:
        assert object_cache._performances.get(object_cache.clip_key(ready.portrait)) is None


@pytest.mark.parametrize("choose", CHOICES)
def test_a_bake_whose_clip_was_changed_while_it_was_tracked_ends(untracked: Any, choose: Callable[[Any], None]) -> None:
    ready = untracked
    job = job_builders.bake(ready, bpy.context.scene)
    job.step(0.001)
    choose(ready.portrait)
    with pytest.raises(InputError, match="ford: another clip, neutral frame or face was chosen meanwhile"):
        run(job)
    assert (ready.portrait.frames, ready.portrait.tracked_frames) == (None, 0)


@pytest.mark.parametrize("choose", CHOICES)
def test_what_is_changed_while_frames_are_baked_is_not_noted(ready: Any, choose: Callable[[Any], None]) -> None:
    job = job_builders.bake(ready, bpy.context.scene)
    while (job.progress.text, job.progress.total) != ("Baking", CLIP_FRAMES):
        job._note(next(job._steps))
    choose(ready.portrait)
    run(job)
    assert ready.portrait.frame_count == CLIP_FRAMES
    assert ready.portrait.tracked_frames == 0


def test_the_fields_of_a_clip_are_grey_while_it_is_tracked(ready: Any) -> None:
    bpy.ops.portrait.track()
    runner.begin(job_builders.track(ready))
    for operator in (bpy.ops.portrait.step_neutral, bpy.ops.portrait.use_current_frame, bpy.ops.portrait.add_reaction):
        with pytest.raises(RuntimeError, match="A job of this portrait is running"):
            operator()


def test_escape_is_the_playing_animations(ready: Any) -> None:
    operator = SteppedOperator(ready)
    operator._start(bpy.context)
    screen = SimpleNamespace(is_animation_playing=True)
    windows = [SimpleNamespace(screen=screen)]
    playing = SimpleNamespace(workspace=None, scene=bpy.context.scene, window_manager=SimpleNamespace(windows=windows))
    assert operator.modal(playing, ESCAPE) == {"PASS_THROUGH"}
    assert runner.current() is not None
    screen.is_animation_playing = False
    assert operator.modal(playing, ESCAPE) == {"CANCELLED"}


def test_a_deleted_portrait_that_a_strip_still_names_ends_its_job(ready: Any, scene: Any) -> None:
    operator = SteppedOperator(ready)
    operator._start(bpy.context)
    keeper = bpy.data.objects.new("keeper", None)
    keeper["portrait"] = ready  # as a sound strip does
    scene.collection.objects.link(keeper)
    ready.select_set(True)
    bpy.ops.object.delete()
    assert ready.users
    assert operator.modal(bpy.context, TICK) == {"FINISHED"}
    assert operator.reports[-1].endswith("ended: its portrait was deleted")


def test_another_clip_forgets_the_frames_that_were_chosen_on_the_one_before(ready: Any) -> None:
    properties = ready.portrait
    properties.neutral_frame, properties.first_frame, properties.last_frame, properties.driving_face = 5, 2, 4, 2
    properties.clip = properties.clip
    assert properties.neutral_frame == 5
    other = properties.clip.copy()
    properties.clip = None
    assert properties.neutral_frame == 5
    properties.clip = other
    assert (properties.neutral_frame, properties.first_frame, properties.last_frame) == (0, 0, 0)
    assert properties.driving_face == 1


def test_of_several_clips_progress_tells_which(untracked: Any) -> None:
    ready = untracked
    item = ready.portrait.reactions.add()
    item.name, item.clip, item.neutral_frame = "smile", ready.portrait.clip, 3
    job = job_builders.track(ready)
    told = set()
    while not job.step(0.001):
        told.add(job.progress.text)
    assert any(text.endswith("man_001.png (2 of 2)") for text in told)
    assert (item.tracked_frames, item.tracked_neutral) == (CLIP_FRAMES, 3)


def test_a_bake_follows_the_scenes_range(ready: Any, scene: Any, tmp_path: Path) -> None:
    scene.frame_start, scene.frame_end = 3, 4
    bpy.ops.portrait.bake()
    folder = tmp_path / "out" / "ford"
    assert sorted(path.name for path in folder.glob("*.png")) == ["frame_0003.png", "frame_0004.png"]
    user = plane.image_node(ready).image_user
    assert (user.frame_start, user.frame_offset, user.frame_duration) == (4, 3, 1)
    assert unfinished.count_unfinished(ready, scene) == (0, 0, 2)
    scene.frame_end = 6
    assert unfinished.count_unfinished(ready, scene) == (2, 0, 4)
    assert str(unfinished.describe(ready, scene)).startswith("ford: 2 missing of 4 frames")


def test_a_preview_range_is_baked_into_the_frames_that_are_there(ready: Any, scene: Any, tmp_path: Path) -> None:
    bpy.ops.portrait.bake()
    scene.use_preview_range, scene.frame_preview_start, scene.frame_preview_end = True, 2, 3
    ready.portrait.expression = 0.5
    bpy.ops.portrait.bake()
    assert (ready.portrait.first_file, ready.portrait.frame_count, ready.portrait.first_offset) == (1, CLIP_FRAMES, 0)
    assert unfinished.count_unfinished(ready, scene) == (0, 0, 2)
    assert str(unfinished.describe(ready, scene)).startswith("ford: 4 out of date of 6 frames")  # as F12 renders


def test_a_range_apart_from_the_frames_that_are_there_is_shown_alone(ready: Any, scene: Any) -> None:
    scene.frame_start, scene.frame_end = 1, 2
    bpy.ops.portrait.bake()
    scene.frame_start, scene.frame_end = 5, 6
    bpy.ops.portrait.bake()
    assert (ready.portrait.first_file, ready.portrait.frame_count, ready.portrait.first_offset) == (5, 2, 4)
    scene.frame_start, scene.frame_end = 3, 4
    bpy.ops.portrait.bake()
    assert (ready.portrait.first_file, ready.portrait.frame_count, ready.portrait.first_offset) == (3, 4, 2)


def test_a_clip_outside_the_scenes_range_says_so(ready: Any, scene: Any) -> None:
    ready.portrait.start_frame = 900
    with pytest.raises(RuntimeError, match="plays from frame 900 to 905 of the scene, outside its range"):
        bpy.ops.portrait.bake()
    ready.portrait.bake_range = "CLIP"
    assert bpy.ops.portrait.bake() == {"FINISHED"}


def changed_files(folder: Path, before: dict[str, int]) -> list[str]:
    return [path.name for path in sorted(folder.glob("*.png")) if before.get(path.name) != path.stat().st_ino]


def test_a_file_that_gets_a_name_keeps_what_was_baked(ready: Any, scene: Any, tmp_path: Path) -> None:
    ready.portrait.output_folder = ""
    ready.portrait.passes = {"st_map", "shading"}
    bpy.ops.portrait.bake()
    unsaved = frames.frames_folder(ready)
    assert unsaved is not None
    before = {path.name: path.stat().st_ino for path in unsaved.glob("*.png")}
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    ready.portrait.expression = 0.5
    ready.portrait.keyframe_insert("expression", frame=1)
    ready.portrait.expression = 1.0
    ready.portrait.keyframe_insert("expression", frame=2)
    job = job_builders.bake(ready, scene)
    assert run(job).startswith(f"Baked 1 frames, kept {CLIP_FRAMES - 1}")
    folder = tmp_path / "ford"
    assert frames.frames_folder(ready) == folder
    assert len(list((folder / "st_map").glob("*.exr"))) == CLIP_FRAMES
    assert changed_files(folder, before) == ["frame_0001.png"]
    assert unfinished.count_unfinished(ready, scene) == (0, 0, CLIP_FRAMES)
    assert unsaved.is_dir()  # the saved file may still show them
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    assert not unsaved.exists()
    assert len(list(folder.glob("*.png"))) == CLIP_FRAMES


def test_a_file_that_is_left_unsaved_keeps_the_frames_that_it_shows(ready: Any, tmp_path: Path) -> None:
    ready.portrait.output_folder = ""
    bpy.ops.portrait.bake()
    unsaved = frames.frames_folder(ready)
    assert unsaved is not None
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    bpy.ops.portrait.bake()
    ready.location.x = 1
    bpy.ops.ed.undo_push(message="moved")  # the file as saved shows the old frames
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    assert len(list(unsaved.glob("*.png"))) == CLIP_FRAMES


def test_a_renamed_portrait_keeps_what_was_baked(ready: Any, tmp_path: Path) -> None:
    bpy.ops.portrait.bake()
    before = {path.name: path.stat().st_ino for path in (tmp_path / "out" / "ford").glob("*.png")}
    ready.name = "henry"
    bpy.ops.portrait.bake()
    assert len(before) == CLIP_FRAMES
    assert changed_files(tmp_path / "out" / "henry", before) == []
    assert len(list((tmp_path / "out" / "ford").glob("*.png"))) == CLIP_FRAMES


def test_a_damaged_frame_is_not_taken_over(ready: Any, tmp_path: Path) -> None:
    bpy.ops.portrait.bake()
    damaged = tmp_path / "out" / "ford" / "frame_0002.png"
    content = bytearray(damaged.read_bytes())
    content[-20] ^= 1
    damaged.write_bytes(bytes(content))
    ready.name = "henry"
    assert run(job_builders.bake(ready, bpy.context.scene)).startswith(f"Baked 1 frames, kept {CLIP_FRAMES - 1}")
