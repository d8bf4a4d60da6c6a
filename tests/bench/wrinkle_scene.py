"""A face rendered by Blender of which everything is known: points, crease, cast shadow.

The tracked points of a clip's neutral and strongest frame are the corners of a smooth surface, lit by one sun. As it
passes from one to the other, creases deepen on the brow and beside the nose. Something outside the picture casts a
shadow on a cheek, which wanders with the lamp. Every frame is rendered twice: as a camera would see it, and without
the shadow and the lamp's motion, which is the shading that the expression alone makes.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from portrait_addon.pipeline.face.mesh import SKIN_POINTS, face_triangles, outer_eye_distance
from portrait_addon.pipeline.imaging.arrays import Float32Array, Float64Array, Points, UInt8Array

EYE_DISTANCE = 110.0
"""Of the rendered face, in pixels."""

MARGIN = 0.35
"""Room round the face, in outer-eye distances."""

SUBDIVISION = 4

CREASES = (
    ((10, -0.34, 0.26), (10, 0.0, 0.22), (10, 0.34, 0.26)),
    ((129, -0.10, 0.02), (202, -0.08, 0.0)),
    ((358, 0.10, 0.02), (422, 0.08, 0.0)),
)
"""Lines through mesh points with an offset right and down, in outer-eye distances: the brow, and beside the nose."""

CREASE_WIDTH = 0.022
CREASE_DEPTH = 0.030
"""Standard deviation of a crease's profile and its depth at full expression, in outer-eye distances."""

GRAIN = 1.2
"""Standard deviation of the camera's noise, in 8-bit values."""


@dataclass(frozen=True, eq=False)
class Rendered:
    """One frame of which everything is known.

    Attributes
    ----------
    expression_only : (h, w, 3) array
        Without the cast shadow: what the expression alone makes of the light.
    seen : dict
        What a camera sees, by how far the shadow moves at most.
    points : (478, 3) array
    """

    expression_only: UInt8Array
    seen: dict[float, UInt8Array]
    points: Float32Array


def render(neutral: Points, peak: Points, paths: Sequence[float], frames: int) -> Iterator[Rendered]:
    """Render from the neutral points to the peak and back.

    Cycles, one light and no bounces: nearly without noise at few samples.

    Parameters
    ----------
    neutral, peak : (478, 3) arrays
        Points of two frames of a clip, the second in the pose of the first.
    paths : sequence of float
        How far the shadow moves at most, in outer-eye distances.
    frames : int
    """
    scale = EYE_DISTANCE / outer_eye_distance(neutral)
    skin = neutral[:SKIN_POINTS, :2]
    corner = skin.min(axis=0) - MARGIN * EYE_DISTANCE / scale
    size = np.ceil(np.ptp(skin, axis=0) * scale + 2 * MARGIN * EYE_DISTANCE).astype(int)
    origin = np.array([*corner, neutral[:SKIN_POINTS, 2].mean()])
    start, end = (((points - origin) * scale).astype(np.float64) for points in (neutral, peak))
    studio = _Studio(start, (int(size[0]), int(size[1])))
    noise = np.random.default_rng(0)
    for phase in np.linspace(0, 1, frames):
        strength = np.sin(np.pi * phase) ** 2
        points = start + strength * (end - start)
        studio.pose(points, CREASE_DEPTH * strength)
        seen = {}
        for path in paths:
            clean = studio.picture(path * np.sin(1.5 * np.pi * phase), shadow=True)
            grainy = clean + noise.normal(0, GRAIN, clean.shape)
            seen[path] = np.clip(np.rint(grainy), 0, 255).astype(np.uint8)
        yield Rendered(studio.picture(0.0, shadow=False), seen, points.astype(np.float32))


class _Studio:
    """Blender's scene: y up, the camera looks along -z from above the picture, one unit is a pixel."""

    def __init__(self, neutral: Float64Array, size: tuple[int, int]) -> None:
        import bpy

        self._bpy: Any = bpy
        self._size = size
        bpy.ops.wm.read_factory_settings(use_empty=True)
        self._coarse = self._object("coarse", neutral[:SKIN_POINTS])
        subdivision = self._coarse.modifiers.new("smooth", "SUBSURF")
        subdivision.levels = subdivision.render_levels = SUBDIVISION
        self._coarse.hide_render = True
        fine = self._evaluated()
        self._pits = _creases(fine, neutral)
        evaluated = self._coarse.evaluated_get(bpy.context.evaluated_depsgraph_get())
        self._fine = bpy.data.objects.new("face", bpy.data.meshes.new_from_object(evaluated))
        self._fine.data.shade_smooth()
        self._fine.data.materials.append(self._skin(fine))
        bpy.context.scene.collection.objects.link(self._fine)
        self._light()
        self._camera()

    def pose(self, points: Float64Array, depth: float) -> None:
        """Set the points, and the depth of the creases in outer-eye distances."""
        self._coarse.data.vertices.foreach_set("co", _up(points[:SKIN_POINTS]).ravel())
        self._coarse.data.update()
        fine = self._evaluated()
        fine[:, 2] -= depth * EYE_DISTANCE * self._pits
        self._fine.data.vertices.foreach_set("co", fine.ravel())
        self._fine.data.update()

    def picture(self, shift: float, shadow: bool) -> UInt8Array:
        """Render; the lamp's shadow has moved by `shift` outer-eye distances."""
        scene = self._bpy.context.scene
        self._veil.hide_render = not shadow
        # The veil stands well before the face: a small turn of the lamp moves its shadow a lot.
        self._sun.rotation_euler[1] = self._turn + np.arctan(shift * EYE_DISTANCE / self._veil.location.z)
        with tempfile.TemporaryDirectory() as folder:
            scene.render.filepath = str(Path(folder) / "frame.png")
            self._bpy.ops.render.render(write_still=True)
            return np.asarray(cv2.imread(scene.render.filepath, cv2.IMREAD_COLOR), np.uint8)

    def _object(self, name: str, points: Points) -> Any:
        mesh = self._bpy.data.meshes.new(name)
        mesh.from_pydata(_up(points).tolist(), [], face_triangles()[:, ::-1].tolist())
        ob = self._bpy.data.objects.new(name, mesh)
        self._bpy.context.scene.collection.objects.link(ob)
        return ob

    def _evaluated(self) -> Float64Array:
        """(n, 3) corners of the subdivided surface."""
        graph = self._bpy.context.evaluated_depsgraph_get()
        mesh = self._coarse.evaluated_get(graph).data
        corners = np.empty(3 * len(mesh.vertices), np.float32)
        mesh.vertices.foreach_get("co", corners)
        return corners.reshape(-1, 3).astype(np.float64)

    def _skin(self, fine: Float64Array) -> Any:
        """Matt, with the soft blotches of skin that stay with the material, and a little light of its own."""
        blotches = self._bpy.data.materials.new("skin")
        blotches.use_nodes = True
        colours = self._fine.data.color_attributes.new("skin", "FLOAT_COLOR", "POINT")
        random = np.random.default_rng(1)
        field = cv2.resize(random.normal(0, 1, (60, 60)), (600, 600), interpolation=cv2.INTER_CUBIC)
        place = np.clip(fine[:, :2] - fine[:, :2].min(axis=0), 0, 599).astype(int)
        tone = np.exp(0.04 * field[place[:, 1], place[:, 0]])[:, None] * np.array([0.62, 0.42, 0.33])
        colours.data.foreach_set("color", np.column_stack([tone, np.ones(len(tone))]).astype(np.float32).ravel())
        nodes, links = blotches.node_tree.nodes, blotches.node_tree.links
        nodes.clear()
        kinds = ("VertexColor", "BsdfDiffuse", "Emission", "AddShader", "OutputMaterial")
        colour, matt, glow, both, out = (nodes.new(f"ShaderNode{kind}") for kind in kinds)
        colour.layer_name = "skin"
        glow.inputs["Strength"].default_value = 0.12
        for node in (matt, glow):
            links.new(colour.outputs["Color"], node.inputs["Color"])
        links.new(matt.outputs["BSDF"], both.inputs[0])
        links.new(glow.outputs["Emission"], both.inputs[1])
        links.new(both.outputs["Shader"], out.inputs["Surface"])
        return blotches

    def _light(self) -> None:
        bpy = self._bpy
        lamp = bpy.data.lights.new("sun", "SUN")
        lamp.energy, lamp.angle = 2.4, 0.01
        self._sun = bpy.data.objects.new("sun", lamp)
        self._turn = -0.35
        self._sun.rotation_euler = (-0.45, self._turn, 0.0)
        # A bar between lamp and face, unseen by the camera: its shadow falls on one cheek.
        width, height = self._size
        mesh = bpy.data.meshes.new("veil")
        bar = [(-0.12, -0.5), (0.12, -0.5), (0.12, 0.5), (-0.12, 0.5)]
        mesh.from_pydata([(EYE_DISTANCE * x, EYE_DISTANCE * y, 0) for x, y in bar], [], [(0, 1, 2, 3)])
        self._veil = bpy.data.objects.new("veil", mesh)
        self._veil.visible_camera = False
        distance = 4 * EYE_DISTANCE
        aim = np.array([0.70 * width, -0.60 * height])
        towards_lamp = np.array([np.tan(self._turn), np.tan(0.45) / np.cos(self._turn)])
        self._veil.location = (*(aim + distance * towards_lamp), distance)
        for ob in (self._sun, self._veil):
            bpy.context.scene.collection.objects.link(ob)

    def _camera(self) -> None:
        bpy, (width, height) = self._bpy, self._size
        camera = bpy.data.cameras.new("camera")
        camera.type, camera.ortho_scale, camera.clip_end = "ORTHO", max(width, height), 10_000
        ob = bpy.data.objects.new("camera", camera)
        ob.location = ((width - 1) / 2, -(height - 1) / 2, 2_000)
        scene = bpy.context.scene
        scene.collection.objects.link(ob)
        scene.camera = ob
        scene.world = bpy.data.worlds.new("night")
        scene.world.color = (0, 0, 0)
        render = scene.render
        render.engine, render.resolution_x, render.resolution_y = "CYCLES", width, height
        render.resolution_percentage, render.image_settings.file_format = 100, "PNG"
        scene.cycles.samples, scene.cycles.use_denoising, scene.cycles.max_bounces = 8, False, 0
        scene.view_settings.view_transform = "Standard"


def _up(points: Points) -> Float32Array:
    """From the picture's axes to Blender's: y up, z towards the viewer."""
    return (points * (1, -1, -1)).astype(np.float32)


def _creases(fine: Float64Array, neutral: Float64Array) -> Float64Array:
    """(n,) 0..1 profile of the creases at corners of the surface in its neutral shape."""
    place = fine[:, :2] * (1, -1)
    profile = np.zeros(len(place))
    for line in CREASES:
        nodes = np.array([neutral[point, :2] + EYE_DISTANCE * np.array(offset) for point, *offset in line])
        for start, end in itertools.pairwise(nodes):
            along = end - start
            share = np.clip((place - start) @ along / (along @ along), 0, 1)
            distance = np.linalg.norm(place - start - share[:, None] * along, axis=1)
            profile = np.maximum(profile, np.exp(-0.5 * (distance / (CREASE_WIDTH * EYE_DISTANCE)) ** 2))
    return profile
