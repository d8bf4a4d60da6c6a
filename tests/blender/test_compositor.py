"""Render set-up: the frames over the scene, in both Blenders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from portrait_addon.blender import compat
from portrait_addon.blender.output import compositor


@pytest.fixture
def baked(baked: Any) -> Any:
    """Its plane is not rendered."""
    baked.hide_render = True
    return baked


def test_frames_render_over_the_scene_at_their_time(baked: Any, render: Callable[..., np.ndarray]) -> None:
    assert bpy.ops.portrait.set_up_render() == {"FINISHED"}
    shown = [render(frame)[32, 24].tolist() for frame in (1, 10, 11, 13, 50)]
    assert np.abs(np.array(shown) - [[200, 128, red] for red in (20, 20, 40, 80, 80)]).max() <= 1


def test_the_picture_fits_a_frame_of_other_proportions(
    baked: Any, render: Callable[..., np.ndarray], scene: Any
) -> None:
    scene.render.resolution_x, scene.render.resolution_y = 128, 32
    scene.render.film_transparent = False
    bpy.ops.portrait.set_up_render()
    rendered = render(10)
    assert np.abs(rendered[16, 64].astype(int) - (200, 128, 20)).max() <= 1
    assert np.abs(rendered[2, 64].astype(int) - (200, 128, 20)).max() <= 1
    assert (rendered[16, 10] != (200, 128, 20)).any()


def test_the_grading_node_grades(baked: Any, render: Callable[..., np.ndarray], scene: Any) -> None:
    bpy.ops.portrait.set_up_render()
    tree = compat.compositor_tree(scene)
    grade = next(node for node in tree.nodes if node.label == "Grade colours")
    next(socket for socket in grade.inputs if socket.identifier == "Color Gain").default_value = (0, 0, 0, 1)
    assert render(10)[32, 24].max() <= 1


def test_done_again_it_only_brings_the_frames_up_to_date(
    baked: Any, write_frames: Callable[..., Path], scene: Any
) -> None:
    bpy.ops.portrait.set_up_render()
    tree = compat.compositor_tree(scene)
    before = len(tree.nodes)
    baked.portrait.start_frame = 20
    bpy.ops.portrait.set_up_render()
    assert len(tree.nodes) == before
    node = compositor.sequence_node(tree, baked)
    assert node is not None
    assert node.frame_start == 21


def test_the_artists_nodes_stay_as_background(baked: Any, scene: Any) -> None:
    tree = compat.new_compositor_tree(scene)
    blur = tree.nodes.new("CompositorNodeBlur")
    output = compat.compositor_output(tree)
    tree.links.new(blur.outputs[0], output.inputs[0])
    bpy.ops.portrait.set_up_render()
    assert [link.to_node.type for link in blur.outputs[0].links] == ["ALPHAOVER"]
    assert output.inputs[0].links[0].from_node.type == "COLORBALANCE"
    assert not any(node.type == "R_LAYERS" for node in tree.nodes)


def test_before_a_bake_the_button_is_grey(add: Callable[..., Any]) -> None:
    add()
    assert not bpy.ops.portrait.set_up_render.poll()
    with pytest.raises(RuntimeError, match="Bake the portrait first"):
        bpy.ops.portrait.set_up_render()


def test_without_a_portrait_it_says_what_to_do() -> None:
    with pytest.raises(RuntimeError, match="Select a portrait first"):
        bpy.ops.portrait.set_up_render()


def test_what_is_laid_over_is_seen_in_a_viewer_and_framed_by_name(baked: Any, scene: Any) -> None:
    bpy.ops.portrait.set_up_render()
    tree = compat.compositor_tree(scene)
    (viewer,) = (node for node in tree.nodes if node.bl_idname == compositor.VIEWER)
    assert viewer.inputs[0].links[0].from_node.label == "Grade colours"
    (frame,) = (node for node in tree.nodes if node.type == "FRAME")
    assert frame.label == "colours"
    node = compositor.sequence_node(tree, baked)
    assert node is not None
    assert node.parent == frame
