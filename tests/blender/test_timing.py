"""Time in Blender: scene and clip at different rates, retiming, loops, reactions; preview, bake and counts agree."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import bpy
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.blender.data import frames, points
from portrait_addon.blender.data.frame_rate import rate_settings, scene_rate
from portrait_addon.blender.running import object_cache, timing, unfinished
from portrait_addon.blender.viewport import plane, preview
from portrait_addon.blender.viewport.timeline import neutral_on_timeline
from portrait_addon.media.clips import open_clip
from portrait_addon.media.pictures import read_picture

NTSC = Fraction(30000, 1001)
FRAMES = 12


def cut(source: Path, path: Path, first: int, count: int = FRAMES) -> Path:
    """A few frames of a real clip, at the rate of television."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), float(NTSC), (480, 270))
    for number, (_, frame) in enumerate(open_clip(source), start=1):
        if first <= number < first + count:
            writer.write(cv2.resize(frame, (480, 270), interpolation=cv2.INTER_AREA))
    writer.release()
    return path


@pytest.fixture(scope="session")
def clips(assets: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Four real clips: somebody at rest, the same who smiles, a talk, other faces."""
    folder = tmp_path_factory.mktemp("clips")
    return {
        "idle": cut(assets / "demo_smile_mit.mp4", folder / "idle.mp4", 1),
        "smile": cut(assets / "demo_smile_mit.mp4", folder / "smile.mp4", 30),
        "talk": cut(assets / "demo_talk_ccby.mp4", folder / "talk.mp4", 38),
        "surprise": cut(assets / "demo_expressions_mit.mp4", folder / "surprise.mp4", 20),
    }


@pytest.fixture
def live(add: Callable[..., Any], portrait_file: Path, clips: dict[str, Path], scene: Any, tmp_path: Path) -> Any:
    """A portrait that was tracked, with a clip of 29.97 in a scene of 24."""
    scene.render.fps = 24
    ob = add(portrait_file)
    ob.portrait.output_folder = str(tmp_path / "out")
    ob.portrait.preview_size = 320
    assert bpy.ops.portrait.load_clip(filepath=str(clips["idle"])) == {"FINISHED"}
    return ob


def planned(ob: Any, scene: Any) -> list[tuple[tuple[float, float], ...]]:
    """Clip times and weights of every frame that a bake would write."""
    performance: Any = object_cache.tracked_of(ob)
    specs = timing.plan_specs(ob, scene, performance, object_cache.library_of(ob))
    return [tuple((moment.t, moment.weight) for moment in spec.mix) for spec in specs]


def whole(ob: Any, scene: Any) -> list[float]:
    """The clip times of frames that show one moment each."""
    return [t for ((t, _),) in planned(ob, scene)]


def pixels_of(image: Any) -> NDArray[np.uint8]:
    values = np.empty(image.size[0] * image.size[1] * 4, np.float32)
    image.pixels.foreach_get(values)
    return np.rint(values.reshape(image.size[1], image.size[0], 4)[::-1, :, 2::-1] * 255).astype(np.uint8)


def seen(ob: Any) -> NDArray[np.uint8]:
    """What the preview shows."""
    image = plane.image_node(ob).image
    assert preview.is_preview(image)
    return pixels_of(image)


def test_a_clip_of_2997_in_a_scene_of_24_keeps_its_speed(live: Any, scene: Any) -> None:
    times = whole(live, scene)
    assert len(times) == int((FRAMES - 1) / NTSC * 24) + 1
    np.testing.assert_allclose(times, 1 + np.arange(len(times)) * float(NTSC) / 24, atol=2e-3)


def test_matched_the_scene_shows_every_frame_once(live: Any, scene: Any) -> None:
    live.portrait.start_frame = 5
    assert bpy.ops.portrait.match_scene() == {"FINISHED"}
    assert scene_rate(scene) == NTSC
    assert scene.render.fps == 30
    assert (scene.frame_start, scene.frame_end) == (5, 5 + FRAMES - 1)
    assert whole(live, scene) == list(range(1, FRAMES + 1))


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (24000 / 1001, (24, 1.001)),
        (23.98, (24, 1.001)),
        (24, (24, 1.0)),
        (30.0003, (30, 1.0)),
        (60000 / 1001, (60, 1.001)),
        (15.3, (15, 15 / 15.3)),
    ],
)
def test_rates_become_blenders_two_numbers(rate: float, expected: tuple[int, float]) -> None:
    assert rate_settings(rate) == pytest.approx(expected)


def test_in_and_out_point(live: Any, scene: Any) -> None:
    bpy.ops.portrait.match_scene()
    live.portrait.first_frame, live.portrait.last_frame = 4, 9
    assert whole(live, scene) == [4, 5, 6, 7, 8, 9]
    live.portrait.tracked_neutral = 6
    assert neutral_on_timeline(live, scene) == (3, "Neutral")


def test_retiming_begins_with_what_is_there(live: Any, scene: Any) -> None:
    bpy.ops.portrait.match_scene()
    before = whole(live, scene)
    assert bpy.ops.portrait.start_retiming() == {"FINISHED"}
    assert whole(live, scene) == before
    assert neutral_on_timeline(live, scene) is None
    live.portrait.retime = False
    live.portrait.last_frame = 5
    bpy.ops.portrait.start_retiming()
    curve = live.animation_data.action.fcurve_ensure_for_datablock(live, "portrait.clip_frame")
    assert [key.co.y for key in curve.keyframe_points] == [1, FRAMES]


def test_the_clip_holds_and_runs_backwards(live: Any, scene: Any) -> None:
    live.portrait.retime = True
    for frame, number in ((1, 8.0), (5, 8.0), (9, 4.5)):
        live.portrait.clip_frame = number
        live.keyframe_insert("portrait.clip_frame", frame=frame)
    for key in live.animation_data.action.fcurve_ensure_for_datablock(live, "portrait.clip_frame").keyframe_points:
        key.interpolation = "LINEAR"
    scene.frame_end = 10
    expected = [8, 8, 8, 8, 8, 7.125, 6.25, 5.375, 4.5, 4.5]
    assert whole(live, scene) == expected


@pytest.mark.parametrize("repeat", ["LOOP", "PING_PONG"])
def test_repeated_the_frames_go_on_to_the_scenes_end(live: Any, scene: Any, repeat: str) -> None:
    live.portrait.repeat, live.portrait.seam = repeat, 3
    scene.frame_end = 40
    assert len(planned(live, scene)) == 40
    scene.frame_set(31)
    shown = seen(live)
    bpy.ops.portrait.bake()
    baked = read_picture(Path(frames.frames_folder(live) or "") / "frame_0031.png").pixels
    np.testing.assert_array_equal(shown, baked)


def test_a_loop_is_found_and_used(live: Any, scene: Any) -> None:
    live.portrait.seam = 2
    assert bpy.ops.portrait.find_loop(shortest=6) == {"FINISHED"}
    first, last = live.portrait.first_frame, live.portrait.last_frame
    assert 1 <= first < last <= FRAMES
    assert last - first + 1 >= 6
    assert live.portrait.repeat == "LOOP"


@pytest.fixture
def library(live: Any, scene: Any, clips: dict[str, Path]) -> Any:
    """Three clips and six markers."""
    for name in ("talk", "surprise", "smile"):
        assert bpy.ops.portrait.add_reaction(filepath=str(clips[name])) == {"FINISHED"}
    names = [item.name for item in live.portrait.reactions]
    assert names == ["talk", "surprise", "smile"]
    live.portrait.repeat = "LOOP"
    live.portrait.reactions[0].repeat = "PING_PONG"
    live.portrait.reaction_blend = 3
    calls = ((5, "Talk"), (15, "surprise"), (24, "smile"), (34, "talk"), (44, "Idle"), (50, "surprise"))
    for frame, name in calls:
        scene.timeline_markers.new(name, frame=frame)
    scene.timeline_markers.new("camera B", frame=9)
    scene.frame_end = 60
    bpy.ops.portrait.track()
    return live


def playing(ob: Any, scene: Any) -> list[set[str]]:
    """Which clips each frame shows."""
    names = {object_cache.tracked_of(ob): "clip"} | {found: name for name, found in object_cache.library_of(ob).items()}
    performance: Any = object_cache.tracked_of(ob)
    specs = timing.plan_specs(ob, scene, performance, object_cache.library_of(ob))
    return [{names[moment.performance] for moment in spec.mix} for spec in specs]


def test_three_clips_and_six_markers(library: Any, scene: Any) -> None:
    shown = playing(library, scene)
    for frame, expected in (
        (4, {"clip"}),
        (7, {"clip", "talk"}),
        (12, {"talk"}),
        (16, {"talk", "surprise"}),
        (19, {"surprise"}),
        (28, {"smile"}),
        (33, {"clip"}),
        (40, {"talk"}),
        (48, {"clip"}),
        (54, {"surprise"}),
        (60, {"clip"}),
    ):
        assert shown[frame - 1] == expected, frame


def test_nothing_jumps_where_clips_follow_each_other(library: Any, scene: Any) -> None:
    """Over all markers and ends the largest step between two frames is far less than with hard cuts."""

    def largest_step() -> float:
        frames = []
        for frame in range(1, 61):
            scene.frame_set(frame)
            frames.append(seen(library).astype(int))
        return max(float(np.abs(after - before).mean()) for before, after in pairwise(frames))

    blended = largest_step()
    library.portrait.reaction_blend = 0
    assert blended < 0.65 * largest_step()


def test_reactions_are_baked_as_previewed_and_counted(library: Any, scene: Any) -> None:
    scene.frame_set(16)
    shown = seen(library)
    assert bpy.ops.portrait.bake() == {"FINISHED"}
    baked = read_picture(Path(frames.frames_folder(library) or "") / "frame_0016.png").pixels
    np.testing.assert_array_equal(shown, baked)
    assert unfinished.count_unfinished(library, scene)[:2] == (0, 0)
    scene.timeline_markers["camera B"].frame = 11
    assert unfinished.count_unfinished(library, scene)[:2] == (0, 0)
    scene.timeline_markers["smile"].frame = 25
    missing, stale, _ = unfinished.count_unfinished(library, scene)
    assert missing == 0
    assert 8 < stale < 20


def test_a_keyed_influence_brings_a_reaction_in(library: Any, scene: Any) -> None:
    scene.timeline_markers.clear()
    item = library.portrait.reactions["surprise"]
    item.start_frame = 10
    for frame, value in ((10, 0.0), (14, 1.0)):
        item.influence = value
        library.keyframe_insert('portrait.reactions["surprise"].influence', frame=frame)
    shown = playing(library, scene)
    assert [shown[9], shown[11], shown[14]] == [{"clip"}, {"clip", "surprise"}, {"surprise"}]


def test_at_rest_the_portrait_shows_between_reactions(library: Any, scene: Any) -> None:
    library.portrait.between = "REST"
    scene.frame_set(3)
    assert playing(library, scene)[2] == set()
    rest = cv2.resize(read_picture(Path(bpy.path.abspath(library.portrait.portrait.filepath))).pixels, (240, 320))
    assert np.abs(seen(library).astype(int) - rest).max() <= 1


def test_a_clip_that_is_put_right_is_so_as_a_reaction_too(live: Any, scene: Any, clips: dict[str, Path]) -> None:
    bpy.ops.portrait.add_reaction(filepath=str(clips["idle"]))
    points.move_on_clip(live, "jaw_9", 5, (0.0, 0.2))
    scene.timeline_markers.new("idle 2", frame=1)
    live.portrait.reaction_blend = 0
    scene.frame_end = 5
    scene.frame_set(4)
    shown = seen(live)
    bpy.ops.portrait.bake()
    baked = read_picture(Path(frames.frames_folder(live) or "") / "frame_0004.png").pixels
    np.testing.assert_array_equal(shown, baked)


def test_a_marker_calls_the_chosen_reaction(live: Any, scene: Any, clips: dict[str, Path]) -> None:
    bpy.ops.portrait.add_reaction(filepath=str(clips["talk"]))
    scene.frame_set(7)
    bpy.ops.portrait.call_reaction()
    bpy.ops.portrait.call_reaction(idle=True)
    assert [(marker.name, marker.frame) for marker in scene.timeline_markers] == [("Idle", 7)]
    bpy.ops.portrait.remove_reaction()
    assert not live.portrait.reactions
    assert not bpy.ops.portrait.call_reaction.poll()


def test_a_reaction_that_is_not_tracked_says_so(live: Any, scene: Any, clips: dict[str, Path]) -> None:
    bpy.ops.portrait.add_reaction(filepath=str(clips["surprise"]))
    live.portrait.reactions[0].neutral_frame = 3
    scene.frame_set(2)
    assert preview.problem(live) == "Track to see surprise"
    bpy.ops.portrait.track()
    assert preview.problem(live) is None


def test_a_reaction_whose_clip_is_gone_is_named(live: Any, clips: dict[str, Path], tmp_path: Path) -> None:
    bpy.ops.portrait.add_reaction(filepath=str(clips["talk"]))
    live.portrait.reactions[0].clip.filepath = str(tmp_path / "gone.mp4")
    with pytest.raises(RuntimeError, match=r"gone\.mp4: there is no such file"):
        bpy.ops.portrait.bake()


def test_the_library_is_saved_and_copied_with_the_portrait(library: Any, tmp_path: Path) -> None:
    bpy.ops.object.duplicate()
    copied = bpy.context.object.portrait
    assert [item.name for item in copied.reactions] == ["talk", "surprise", "smile"]
    path = str(tmp_path / "saved.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    reopened = bpy.data.objects["ford"].portrait
    assert [item.clip.name for item in reopened.reactions] == ["talk.mp4", "surprise.mp4", "smile.mp4"]


def test_while_it_is_retimed_no_loop_is_looked_for(ready: Any) -> None:
    bpy.ops.portrait.track()
    bpy.ops.portrait.start_retiming()
    with pytest.raises(RuntimeError, match="Retime is on"):
        bpy.ops.portrait.find_loop()
    assert ready.portrait.repeat == "ONCE"


def test_a_reaction_that_is_added_is_tracked(ready: Any, clip_file: Path) -> None:
    bpy.ops.portrait.add_reaction(filepath=str(clip_file))
    (item,) = ready.portrait.reactions
    assert item.tracked_frames == ready.portrait.tracked_frames > 0
