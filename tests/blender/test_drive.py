"""A portrait driven by expressions: seen at once, keyed, baked frame by frame, saved and loaded, and undone."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.blender.data import drive
from portrait_addon.blender.data.properties import SCHEMA
from portrait_addon.blender.panels import expressions as panels
from portrait_addon.blender.running import expressions, object_cache, staleness, unfinished
from portrait_addon.blender.running.sampling import sample
from portrait_addon.blender.viewport import plane, preview, timeline
from portrait_addon.media.pictures import read_picture
from portrait_addon.pipeline.clip.expression_curves import ExpressionCurves
from portrait_addon.pipeline.head.model import EXPRESSION_UNITS
from portrait_addon.pipeline.records.expression import REST, UNITS
from portrait_addon.pipeline.timeline.rig_channels import RIGHTWARDS, UPWARDS

SMILE = ("mouthSmileLeft", "mouthSmileRight")


@pytest.fixture
def live_preview() -> bool:
    return True


@pytest.fixture
def driven(add: Callable[..., Any], portrait_file: Path, scene: Any, tmp_path: Path) -> Any:
    """A portrait without a clip, in a scene of four frames."""
    ob = add(portrait_file)
    ob.portrait.driving_source = "EXPRESSIONS"
    ob.portrait.output_folder = str(tmp_path / "out")
    scene.frame_start, scene.frame_end = 1, 4
    return ob


def key(ob: Any, frame: int, **values: float) -> None:
    for name, value in values.items():
        setattr(ob.portrait.drive, name, value)
        ob.keyframe_insert(f"portrait.drive.{name}", frame=frame)


def smile(ob: Any) -> None:
    """Four frames: from rest to a smile."""
    for name in SMILE:
        key(ob, 1, **{name: 0.0})
        key(ob, 4, **{name: 1.0})


def shown(ob: Any) -> Any:
    return plane.image_node(ob).image


def pixels_of(image: Any) -> NDArray[np.uint8]:
    """RGB, rows from above."""
    values = np.empty(image.size[0] * image.size[1] * 4, np.float32)
    image.pixels.foreach_get(values)
    return np.rint(values.reshape(image.size[1], image.size[0], 4)[::-1, :, :3] * 255).astype(np.uint8)


def seen(ob: Any) -> NDArray[np.uint8]:
    """What the plane shows once Blender has evaluated the change."""
    bpy.context.view_layer.update()
    return pixels_of(shown(ob))


def frame_file(tmp_path: Path, number: int) -> Path:
    return tmp_path / "out" / "ford" / f"frame_{number:04d}.png"


def test_sliders_are_arkits_in_the_order_of_the_curves() -> None:
    assert UNITS == EXPRESSION_UNITS
    assert len({*UNITS}) == 52
    groups = (drive.BROWS, drive.EYES, drive.JAW, drive.LIPS, drive.CHEEKS)
    assert sorted(name for group in groups for slider in group for name in slider.names) == sorted(UNITS)
    rightwards, leftwards = ([drive.GAZE[name] for name in names] for names in RIGHTWARDS)
    assert rightwards == [("gaze_right", 1)] * 2
    assert leftwards == [("gaze_right", -1)] * 2
    upwards, downwards = ([drive.GAZE[name] for name in names] for names in UPWARDS)
    assert upwards == [("gaze_up", 1)] * 2
    assert downwards == [("gaze_up", -1)] * 2


def test_every_slider_can_be_keyed_and_overridden(driven: Any) -> None:
    for name in drive.KEYED:
        rna = driven.portrait.drive.bl_rna.properties[name]
        assert rna.is_animatable and rna.is_overridable and rna.description, name
        assert driven.portrait.drive.path_from_id(name) == f"portrait.drive.{name}"
    labels = [driven.portrait.drive.bl_rna.properties[name].name for name in drive.KEYED]
    assert "Brow Inner Up" in labels
    assert len({*labels}) == len(labels)


def test_at_rest_all_is_zero_and_the_size_one(driven: Any) -> None:
    assert drive.pose_of(driven.portrait.drive) == REST
    at_rest = expressions.performance_of_poses([REST])
    assert np.array_equal(at_rest.points[0], at_rest.points[1])


def test_numbers_mean_what_curves_say(driven: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[ExpressionCurves] = []
    monkeypatch.setattr(expressions, "performance_of", given.append)
    values = driven.portrait.drive
    values.turn, values.nod, values.tilt = 0.1, 0.2, -0.3
    values.shift_right, values.shift_up, values.size = 0.5, -0.25, 1.125
    values.gaze_right, values.eyeLookInRight, values.gaze_up, values.jawOpen = 0.75, 0.5, -0.5, 0.7
    expressions.performance_of_poses([drive.pose_of(values)])
    (curves,) = given
    assert curves.angles[1].tolist() == [0.1, 0.2, -0.3]
    assert curves.shifts[1].tolist() == [0.5, -0.25]
    assert curves.scales.tolist() == [1, 1.125]
    weights = {name: value for name, value in zip(EXPRESSION_UNITS, curves.weights[1], strict=True) if value}
    assert weights == {
        "jawOpen": 0.7, "eyeLookOutLeft": 0.75, "eyeLookInRight": 1.0, "eyeLookDownLeft": 0.5, "eyeLookDownRight": 0.5,
    }  # fmt: skip
    assert not curves.weights[0].any()


def test_a_slider_is_seen_at_once(driven: Any) -> None:
    assert driven.portrait.preview
    at_rest = seen(driven)
    assert preview.is_preview(shown(driven))
    assert preview.problem(driven) is None
    driven.portrait.drive.jawOpen = 0.6
    opened = seen(driven)
    assert not np.array_equal(at_rest, opened)
    driven.portrait.drive.jawOpen = 0
    assert np.array_equal(seen(driven), at_rest)


def test_dragging_keeps_one_performance(driven: Any) -> None:
    for value in np.linspace(0, 1, 5):
        driven.portrait.drive.jawOpen = value
        seen(driven)
    assert len(object_cache._poses._kept) == 1
    assert not object_cache._performances
    compositor = object_cache.compositor_of(driven, driven.portrait.preview_size)
    assert len(compositor._pairs) == 1
    driven.portrait.preview = False
    bpy.context.view_layer.update()
    assert not object_cache._poses._kept


def test_keys_are_baked_frame_by_frame(driven: Any, scene: Any, tmp_path: Path) -> None:
    smile(driven)
    live = []
    for frame in range(1, 5):
        scene.frame_set(frame)
        live.append(pixels_of(shown(driven)))
    assert bpy.ops.portrait.bake() == {"FINISHED"}
    baked = [read_picture(frame_file(tmp_path, number)).pixels[..., ::-1] for number in range(1, 5)]
    assert all(np.array_equal(one, other) for one, other in zip(live, baked, strict=True))
    assert not np.array_equal(baked[0], baked[3])
    scene.frame_set(3)
    assert shown(driven) == driven.portrait.frames
    assert unfinished.count_unfinished(driven, scene) == (0, 0, 4)


def test_only_frames_that_a_key_moves_are_baked_again(driven: Any, scene: Any, tmp_path: Path) -> None:
    smile(driven)
    bpy.ops.portrait.bake()
    before = {number: frame_file(tmp_path, number).stat().st_mtime_ns for number in range(1, 5)}
    key(driven, 3, eyeBlinkLeft=0.0)
    key(driven, 4, eyeBlinkLeft=1.0)
    assert unfinished.count_unfinished(driven, scene) == (0, 1, 4)
    scene.frame_set(4)
    assert preview.is_preview(shown(driven))  # the baked one is not right any more
    bpy.ops.portrait.bake()
    after = {number: frame_file(tmp_path, number).stat().st_mtime_ns for number in range(1, 5)}
    assert [number for number in before if before[number] != after[number]] == [4]


def test_a_driver_counts_as_keys_do(driven: Any) -> None:
    curve = driven.driver_add("portrait.drive.jawOpen")
    curve.driver.expression = "frame / 10"
    assert [at.pose.weights[EXPRESSION_UNITS.index("jawOpen")] for at in sample(driven, (2, 5))] == [0.2, 0.5]


def test_the_preview_range_is_baked_whatever_the_clips_start(driven: Any, scene: Any, tmp_path: Path) -> None:
    scene.frame_start, scene.use_preview_range = 3, True
    scene.frame_preview_end = 2  # first: Blender lets the start not pass it
    scene.frame_preview_start = 1
    driven.portrait.start_frame = 40  # of a clip that does not count now
    key(driven, 1, jawOpen=0.0)
    key(driven, 2, jawOpen=0.5)
    assert bpy.ops.portrait.bake() == {"FINISHED"}
    assert {path.name for path in frame_file(tmp_path, 1).parent.glob("*.png")} == {"frame_0001.png", "frame_0002.png"}
    scene.frame_set(2)
    assert shown(driven) == driven.portrait.frames
    assert unfinished.count_unfinished(driven, scene) == (0, 0, 2)


def test_film_passes_and_anchors_work_as_with_a_clip(driven: Any, scene: Any, tmp_path: Path) -> None:
    smile(driven)
    driven.portrait.passes = {"person_matte"}
    assert bpy.ops.portrait.add_anchors() == {"FINISHED"}
    assert bpy.ops.portrait.film() == {"FINISHED"}
    assert (tmp_path / "out" / "ford.mp4").is_file()
    assert (tmp_path / "out" / "ford" / "person_matte").is_dir()
    root = driven.portrait.result
    scene.frame_set(1)
    at_rest = root["mouthSmileLeft"]
    scene.frame_set(4)
    assert root["mouthSmileLeft"] > at_rest


def test_a_clip_drives_as_before(ready: Any, scene: Any) -> None:
    assert ready.portrait.driving_source == "CLIP"
    ready.portrait.drive.jawOpen = 1
    bpy.ops.portrait.track()
    bpy.ops.portrait.bake()
    assert unfinished.count_unfinished(ready, scene).stale == 0
    ready.portrait.drive.jawOpen = 0
    assert unfinished.count_unfinished(ready, scene).stale == 0
    (sampled,) = sample(ready, [1])
    assert sampled.pose == REST
    ready.portrait.driving_source = "EXPRESSIONS"
    assert unfinished.count_unfinished(ready, scene).stale > 0
    ready.portrait.driving_source = "CLIP"
    assert unfinished.count_unfinished(ready, scene).stale == 0


def test_a_clip_that_is_loaded_drives(driven: Any, clip_file: Path, scene: Any) -> None:
    assert bpy.ops.portrait.load_clip(filepath=str(clip_file)) == {"FINISHED"}
    assert driven.portrait.driving_source == "CLIP"
    assert timeline.neutral_on_timeline(driven, scene) is not None
    driven.portrait.driving_source = "EXPRESSIONS"
    assert timeline.neutral_on_timeline(driven, scene) is None


def test_reactions_are_blended_over_expressions(driven: Any, clip_file: Path, scene: Any) -> None:
    scene.render.fps = 25
    assert bpy.ops.portrait.add_reaction(filepath=str(clip_file)) == {"FINISHED"}
    driven.portrait.reactions[0].influence = 0.5
    driven.portrait.reactions[0].neutral_frame = 3  # the clip itself may have been tracked before
    bpy.context.view_layer.update()
    assert preview.problem(driven) == "Bake to see man_001"
    assert bpy.ops.portrait.bake() == {"FINISHED"}
    assert driven.portrait.reactions[0].tracked_frames == 6
    take = expressions.take(driven, scene)
    mix = take.specs(driven, scene, object_cache.library_of(driven))[0].mix
    assert [moment.weight for moment in mix] == [0.5, 0.5]
    assert unfinished.count_unfinished(driven, scene) == (0, 0, 4)


def test_symmetric_editing_moves_both_sides(driven: Any) -> None:
    values = driven.portrait.drive
    values.browDownLeft = 0.3
    assert values.browDownRight == 0
    values.symmetric = True
    values.mouthSmileLeft = 0.7
    assert values.mouthSmileRight == pytest.approx(0.7)
    values.mouthSmileRight = 0.2
    assert values.mouthSmileLeft == pytest.approx(0.2)
    values.jawLeft = 0.5  # no side of a pair: both together would do nothing
    assert values.jawRight == 0
    assert values.browDownRight == 0  # what was apart stays so until it is moved


def test_symmetric_editing_leaves_keys_alone(driven: Any, scene: Any) -> None:
    key(driven, 1, eyeBlinkLeft=0.0)
    key(driven, 4, eyeBlinkLeft=1.0)
    driven.portrait.drive.symmetric = True
    scene.frame_set(4)
    assert driven.portrait.drive.eyeBlinkLeft == 1
    assert driven.portrait.drive.eyeBlinkRight == 0


def test_reset_brings_all_to_rest_and_keeps_keys(driven: Any) -> None:
    key(driven, 1, jawOpen=0.5)
    driven.portrait.drive.size, driven.portrait.drive.turn = 1.5, 0.3
    assert bpy.ops.portrait.reset_expressions() == {"FINISHED"}
    assert drive.pose_of(driven.portrait.drive) == REST
    assert driven.animation_data.action is not None


def test_all_are_keyed_at_once(driven: Any, scene: Any) -> None:
    scene.frame_set(3)
    driven.portrait.drive.jawOpen = 0.5
    assert bpy.ops.portrait.key_expressions() == {"FINISHED"}
    driven.portrait.drive.jawOpen = 0
    scene.frame_set(2)
    scene.frame_set(3)
    assert driven.portrait.drive.jawOpen == pytest.approx(0.5)
    paths = {driver.data_path for driver in curves_of(driven)}
    assert paths == {f"portrait.drive.{name}" for name in drive.KEYED}


def curves_of(ob: Any) -> list[Any]:
    from bpy_extras.anim_utils import action_get_channelbag_for_slot

    data = ob.animation_data
    return list(action_get_channelbag_for_slot(data.action, data.action_slot).fcurves)


@pytest.mark.parametrize("operator", ["reset_expressions", "key_expressions"])
def test_buttons_say_what_they_need(ready: Any, operator: str) -> None:
    with pytest.raises(RuntimeError, match="Let the portrait be driven by Expressions first"):
        getattr(bpy.ops.portrait, operator)()


def test_undo_brings_sliders_and_picture_back(driven: Any) -> None:
    name = driven.name
    driven.portrait.drive.jawOpen = 0.6
    before = seen(driven)
    bpy.ops.ed.undo_push(message="Jaw")
    bpy.ops.portrait.reset_expressions()
    bpy.ops.ed.undo_push(message="Reset")
    assert not np.array_equal(seen(driven), before)
    bpy.ops.ed.undo()
    again = bpy.data.objects[name]
    assert again.portrait.drive.jawOpen == pytest.approx(0.6)
    assert np.array_equal(seen(again), before)


def test_a_saved_file_has_sliders_keys_and_source(driven: Any, scene: Any, tmp_path: Path) -> None:
    smile(driven)
    driven.portrait.drive.symmetric = True
    scene.frame_set(4)
    path = tmp_path / "driven.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.open_mainfile(filepath=str(path))
    ob = bpy.data.objects["ford"]
    assert ob.portrait.driving_source == "EXPRESSIONS"
    assert ob.portrait.schema == SCHEMA
    assert ob.portrait.drive.symmetric
    assert ob.portrait.drive.mouthSmileLeft == 1
    assert [at.pose.weights[EXPRESSION_UNITS.index(SMILE[0])] for at in sample(ob, (1, 4))] == [0, 1]
    assert preview.is_preview(shown(ob)) or seen(ob) is not None


def test_a_file_of_before_opens_with_its_clip() -> None:
    folder = Path(__file__).parent / "files"
    version = ".".join(map(str, bpy.app.version[:2]))
    bpy.ops.wm.open_mainfile(filepath=str(folder / f"schema_2_blender_{version}.blend"))
    portraits = [ob for ob in bpy.data.objects if ob.type == "MESH" and ob.portrait.schema]
    assert portraits
    assert {ob.portrait.driving_source for ob in portraits} == {"CLIP"}


def test_panels_show_what_drives(driven: Any, ready: Any) -> None:
    bpy.context.view_layer.objects.active = driven
    assert panels.PORTRAIT_PT_expressions.poll(bpy.context)
    bpy.context.view_layer.objects.active = ready
    assert not panels.PORTRAIT_PT_expressions.poll(bpy.context)


def test_a_farm_bakes_a_file_without_a_clip(driven: Any, tmp_path: Path) -> None:
    from portrait_addon.blender.command_line import bake_file

    smile(driven)
    path = tmp_path / "farm.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    (summary,) = bake_file(
        path, [], force=False, wait=False, save=False, on_progress=lambda _: None, cancelled=lambda: False
    )
    assert (summary["object"], summary["written"]) == ("ford", 4)
    alone = {file.name: file.read_bytes() for file in Path(summary["output"]).glob("frame_*")}
    shutil.rmtree(summary["output"])
    options: Any = {"force": False, "wait": False, "save": False}
    options |= {"on_progress": lambda _: None, "cancelled": lambda: False}
    assert bake_file(path, [], track=True, **options)[0]["clips"] == 0
    numbers = sorted(int(name[6:10]) for name in alone)
    parts = [range(numbers[0] - 5, numbers[1]), range(numbers[1], numbers[-1] + 5), range(500, 600)]
    assert [bake_file(path, [], frames=part, **options)[0]["written"] for part in parts] == [1, 3, 0]
    assert {file.name: file.read_bytes() for file in Path(summary["output"]).glob("frame_*")} == alone


def test_staleness_is_counted_without_a_clip(driven: Any) -> None:
    bpy.ops.portrait.bake()
    staleness.known(driven)
    staleness.count_asked()
    assert staleness.known(driven) == staleness.Count(0, 0)


def test_sliders_add_to_a_clip_where_both_drive(ready: Any, scene: Any) -> None:
    bpy.ops.portrait.track()
    scene.frame_set(1)
    alone = seen(ready)
    ready.portrait.driving_source = "BOTH"
    assert np.array_equal(seen(ready), alone)
    ready.portrait.drive.eyeBlinkLeft = 1
    (sampled,) = sample(ready, [1])
    assert sampled.added.score("eyeBlinkLeft") == 1
    winking = seen(ready)
    assert not np.array_equal(winking, alone)
    assert bpy.ops.portrait.bake() == {"FINISHED"}
    assert unfinished.count_unfinished(ready, scene).stale == 0
    ready.portrait.drive.eyeBlinkLeft = 0.5
    count = unfinished.count_unfinished(ready, scene)
    assert count.stale == count.wanted
    ready.portrait.driving_source = "CLIP"
    assert np.array_equal(seen(ready), alone)


def test_both_need_a_clip(driven: Any) -> None:
    driven.portrait.driving_source = "BOTH"
    with pytest.raises(RuntimeError, match="Choose a driving clip first"):
        bpy.ops.portrait.bake()


def test_an_idle_lies_on_top_and_loops(driven: Any, scene: Any) -> None:
    scene.render.fps = 25
    values = driven.portrait.drive
    assert [at.pose for at in sample(driven, (1, 30))] == [REST, REST]
    values.idle, values.idle_period, values.jawOpen = 1, 4, 0.25
    there = [at.pose for at in sample(driven, range(1, 101))]
    again = [at.pose for at in sample(driven, range(101, 201))]
    assert np.allclose([pose.weights for pose in there], [pose.weights for pose in again], atol=1e-9)
    blinks = [pose.score("eyeBlinkLeft") for pose in there]
    assert max(blinks) > 0.9
    assert min(blinks) == 0
    assert {pose.score("jawOpen") for pose in there} == {0.25}
    values.idle_seed = 1
    assert [at.pose for at in sample(driven, range(1, 101))] != there
    values.idle = 0
    assert sample(driven, [50])[0].pose.weights[EXPRESSION_UNITS.index("eyeBlinkLeft")] == 0


def test_an_idle_runs_at_the_scenes_rate(driven: Any, scene: Any) -> None:
    values = driven.portrait.drive
    values.idle, values.idle_period = 1, 10
    scene.render.fps = 25
    (slow,) = sample(driven, [50])
    scene.render.fps = 50
    (fast,) = sample(driven, [100])
    assert np.allclose(slow.pose.weights, fast.pose.weights)
