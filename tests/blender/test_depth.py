"""Depth on a portrait's plane."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
import pytest
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector

from portrait_addon.blender.output.displacement import DEPTH, SUBDIVISION
from portrait_addon.blender.running import object_cache
from portrait_addon.pipeline.face.mesh import NOSE_TIP


def shown(ob: Any) -> tuple[np.ndarray, np.ndarray]:
    """Places of the evaluated mesh in the object's space, and their UVs."""
    mesh = ob.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    uvs = np.zeros((len(mesh.vertices), 2))
    for loop, uv in zip(mesh.loops, mesh.uv_layers[0].data, strict=True):
        uvs[loop.vertex_index] = uv.uv
    return np.array([vertex.co for vertex in mesh.vertices]), uvs


def test_the_person_rises_and_the_camera_sees_the_same_picture(ready: Any, scene: Any) -> None:
    bpy.ops.portrait.frame_camera()
    assert bpy.ops.portrait.add_depth(strength=1) == {"FINISHED"}
    places, uvs = shown(ready)
    portrait = object_cache.portrait_of(ready)
    nose = np.linalg.norm(uvs * (240, 320) - (portrait.points[NOSE_TIP, :2] * (1, -1) + (0, 320)), axis=1).argmin()
    corner = np.linalg.norm(uvs - (0, 1), axis=1).argmin()
    assert places[:, 1].max() < 1e-6
    assert places[nose, 1] < places[:, 1].min() + 0.01  # the tip of the nose is the nearest
    assert places[corner, 1] == pytest.approx(0, abs=1e-4)
    camera = scene.camera
    size = np.ptp([vertex.co for vertex in ready.data.vertices], axis=0)
    flat = size * np.column_stack([uvs[:, 0] - 0.5, np.zeros(len(uvs)), uvs[:, 1] - 0.5])
    seen, wanted = (
        [world_to_camera_view(scene, camera, ready.matrix_world @ Vector(place))[:2] for place in rows[::200]]
        for rows in (places, flat)
    )
    np.testing.assert_allclose(seen, wanted, atol=0.003)


def test_made_again_it_keeps_its_modifiers_and_takes_a_new_strength(ready: Any) -> None:
    for strength in (0.2, 0.6):
        bpy.ops.portrait.add_depth(strength=strength)
    assert [modifier.name for modifier in ready.modifiers] == [SUBDIVISION, DEPTH]
    assert ready.modifiers[DEPTH].strength == pytest.approx(0.6)
    assert [image.name for image in bpy.data.images if "depth" in image.name] == [f"{ready.name} depth"]


def test_without_a_picture_it_says_what_is_missing(ready: Any) -> None:
    ready.portrait.portrait = None
    with pytest.raises(RuntimeError, match="Choose a portrait first"):
        bpy.ops.portrait.add_depth()
