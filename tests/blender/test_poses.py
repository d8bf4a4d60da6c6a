"""Poses: ready ones, one's own as assets, blended and keyed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import pytest

from portrait_addon.blender.output import pose_actions
from portrait_addon.blender.panels.shelf import PORTRAIT_AST_assets
from portrait_addon.pipeline.clip.ready_poses import READY_POSES
from portrait_addon.pipeline.records.expression import UNITS


@pytest.fixture
def live_preview() -> bool:
    return True


@pytest.fixture
def driven(add: Callable[..., Any], portrait_file: Path) -> Any:
    """A portrait that sliders drive."""
    ob = add(portrait_file)
    ob.portrait.driving_source = "EXPRESSIONS"
    return ob


def test_a_ready_pose_sets_all_expressions_and_leaves_the_head(driven: Any) -> None:
    values = driven.portrait.drive
    values.jawOpen, values.turn = 0.5, 0.2
    assert bpy.ops.portrait.apply_pose(pose="READY Smile") == {"FINISHED"}
    found = {name: pytest.approx(getattr(values, name)) for name in UNITS if getattr(values, name)}
    assert found == dict(READY_POSES["Smile"])
    assert values.turn == pytest.approx(0.2)


def test_a_pose_is_blended_over_what_the_sliders_say(driven: Any) -> None:
    driven.portrait.drive.jawOpen = 0.5
    bpy.ops.portrait.apply_pose(pose="READY Smile", blend=0.5)
    assert driven.portrait.drive.jawOpen == pytest.approx(0.25)
    assert driven.portrait.drive.mouthSmileLeft == pytest.approx(READY_POSES["Smile"]["mouthSmileLeft"] / 2)


def test_a_wink_stays_a_wink_in_symmetric_editing(driven: Any) -> None:
    driven.portrait.drive.symmetric = True
    bpy.ops.portrait.apply_pose(pose="READY Wink")
    assert driven.portrait.drive.eyeBlinkLeft == 1
    assert driven.portrait.drive.eyeBlinkRight == 0
    assert driven.portrait.drive.symmetric


def test_auto_keying_keys_a_pose(driven: Any, scene: Any) -> None:
    bpy.ops.portrait.apply_pose(pose="READY Smile")
    assert driven.animation_data is None or driven.animation_data.action is None
    scene.tool_settings.use_keyframe_insert_auto = True
    scene.frame_set(7)
    bpy.ops.portrait.apply_pose(pose="READY Sad")
    curves = {curve.data_path: curve for curve in pose_actions.curves_of(driven.animation_data.action)}
    assert {*curves} == {f"portrait.drive.{name}" for name in UNITS}
    assert [tuple(key.co) for key in curves["portrait.drive.browInnerUp"].keyframe_points] == [
        (7, pytest.approx(READY_POSES["Sad"]["browInnerUp"]))
    ]


def test_ones_own_pose_is_an_asset_with_a_picture(driven: Any) -> None:
    driven.portrait.drive.cheekPuff, driven.portrait.drive.turn = 0.75, 0.25
    assert bpy.ops.portrait.save_pose(name="Trumpet") == {"FINISHED"}
    action = bpy.data.actions["Trumpet"]
    assert action.asset_data is not None
    assert pose_actions.poses() == [action]
    assert max(action.preview.image_size) > 64
    assert len({*action.preview.image_pixels_float[:400]}) > 4
    assert pose_actions.values_of(action).keys() == {*UNITS}
    bpy.ops.portrait.reset_expressions()
    bpy.ops.portrait.apply_pose(pose="OWN Trumpet")
    assert driven.portrait.drive.cheekPuff == pytest.approx(0.75)
    assert driven.portrait.drive.turn == 0


def test_a_pose_may_hold_the_head(driven: Any) -> None:
    driven.portrait.drive.turn, driven.portrait.drive.size = 0.25, 1.1
    bpy.ops.portrait.save_pose(name="Aside", with_head=True)
    bpy.ops.portrait.reset_expressions()
    bpy.ops.portrait.apply_pose(pose="OWN Aside", blend=0.5)
    assert driven.portrait.drive.turn == pytest.approx(0.125)
    assert driven.portrait.drive.size == pytest.approx(1.05)


def test_ready_poses_become_assets_once(driven: Any) -> None:
    assert bpy.ops.portrait.add_ready_poses() == {"FINISHED"}
    assert {action.name for action in pose_actions.poses()} == {*READY_POSES}
    bpy.ops.portrait.add_ready_poses()
    assert len(bpy.data.actions) == len(READY_POSES)


def test_an_asset_of_a_library_is_used_on_a_portrait(driven: Any, tmp_path: Path) -> None:
    bpy.ops.portrait.apply_pose(pose="READY Kiss")
    bpy.ops.portrait.save_pose(name="Peck")
    library = tmp_path / "library"
    library.mkdir()
    bpy.data.libraries.write(str(library / "poses.blend"), {bpy.data.actions["Peck"]})
    bpy.data.actions.remove(bpy.data.actions["Peck"])
    bpy.ops.portrait.reset_expressions()
    bpy.context.preferences.filepaths.asset_libraries.new(name="Mine", directory=str(library))
    driven.portrait.driving_source = "CLIP"
    reference = {"asset_library_type": "CUSTOM", "asset_library_identifier": "Mine"}
    try:
        bpy.ops.portrait.use_asset(**reference, relative_asset_identifier="poses.blend/Action/Peck")
        with pytest.raises(RuntimeError, match="there is no such asset"):
            bpy.ops.portrait.use_asset(**reference, relative_asset_identifier="poses.blend/Action/None")
    finally:
        libraries = bpy.context.preferences.filepaths.asset_libraries
        libraries.remove(libraries["Mine"])
    assert driven.portrait.driving_source == "EXPRESSIONS"
    assert driven.portrait.drive.mouthPucker == pytest.approx(READY_POSES["Kiss"]["mouthPucker"])


def test_what_is_neither_pose_nor_performance_is_refused(driven: Any) -> None:
    bpy.data.actions.new("Walk").asset_mark()
    with pytest.raises(RuntimeError, match="Walk: is no pose and no performance"):
        bpy.ops.portrait.use_asset(relative_asset_identifier="Action/Walk")


def test_the_shelf_shows_what_a_portrait_can_use(driven: Any, scene: Any) -> None:
    bpy.ops.portrait.save_pose(name="Mine")
    other = bpy.data.actions.new("Walk")
    other.asset_mark()

    def asset(action: Any) -> Any:
        return SimpleNamespace(id_type="ACTION", metadata=action.asset_data)

    assert PORTRAIT_AST_assets.asset_poll(asset(bpy.data.actions["Mine"]))
    assert not PORTRAIT_AST_assets.asset_poll(asset(other))
    assert PORTRAIT_AST_assets.poll(bpy.context)
    bpy.data.objects.remove(driven)
    assert not PORTRAIT_AST_assets.poll(bpy.context)
