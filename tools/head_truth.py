"""Render heads of which everything is known, and track them: ``make head-truth``, for ``tests/head_truth/``.

The persons are random combinations of all of MakeHuman's targets, of which the packed head holds but the strongest
modes. Skin, lips, brows and eyes are painted on; some have hair, some glasses. Each is seen from several distances,
through lenses that show the head alike. What the tracker finds is kept as points, with where these points are in truth,
the lens and the distance of each picture, and a sheet of small pictures to look at.

The same head from near and from far, as pictures: ``make head-truth OPTIONS="--pictures FOLDER --width 256"``.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from head.pack import changes_of  # noqa: E402
from head.rendering import turned  # noqa: E402
from head.wheel import Doubles, Wheel, fetch_wheel  # noqa: E402
from in_blender import run_and_exit  # noqa: E402

from portrait_addon.pipeline import analyse  # noqa: E402
from portrait_addon.pipeline.face.mesh import EYES, OUTER_LIPS  # noqa: E402
from portrait_addon.pipeline.head.camera import Camera, Pose  # noqa: E402
from portrait_addon.pipeline.head.model import (  # noqa: E402
    EXPRESSION_UNITS,
    HeadModel,
    Part,
    load_head,
    tracked_points,
)
from portrait_addon.pipeline.records.face import NoFaceError  # noqa: E402

BUILD, OUTPUT = ROOT / "build" / "head", ROOT / "tests" / "head_truth"

WIDTH, HEIGHT_SHARE = 400, 1.25
"""Of a picture, in pixels, and its height in widths."""

DISTANCES = (450.0, 600.0, 900.0, 1200.0, 4800.0)
LENS_SHARE = 0.1
"""Millimetres: of the camera, and its lens as a share of its distance, with which a head nearly fills the picture."""

SHEET = (100, 125)
"""Pixels of a picture on the sheet."""

PERSONS, ODDNESS, MOST_YAW = 8, 0.45, 15.0
"""Number of persons; standard deviation of their coefficients; largest turn in degrees."""

BROW_SHAPES = ((70, 63, 105, 66, 107, 55, 65, 52, 53, 46), (336, 296, 334, 293, 300, 276, 283, 282, 295, 285))
SKIN, LIP, BROW, WHITE, IRIS, PUPIL = (
    np.array(colour)
    for colour in ((0.5, 0.3, 0.22), (0.34, 0.1, 0.09), (0.05, 0.03, 0.02), (0.7,) * 3, (0.08, 0.05, 0.03), (0.0,) * 3)
)
"""Linear red, green, blue."""

IRIS_RADIUS, PUPIL_RADIUS = 5.85, 2.0
HAIR_ABOVE, HAIR_THICKNESS = 68.0, 9.0
"""Millimetres above the eyes at which hair begins, and by which it stands out."""

SUBDIVISION = 2

FACING = np.diag([1.0, -1.0, -1.0])
"""Rotation of a head that looks at the camera."""


@dataclass(frozen=True)
class Sitter:
    """A made-up person."""

    vertices: Doubles
    hair: bool
    glasses: bool
    yaw: float


def sitters(head: HeadModel, changes: Doubles) -> Iterator[Sitter]:
    """Random persons, each with a little smile or none."""
    random = np.random.default_rng(19)
    for number in range(PERSONS):
        odd = ODDNESS * random.normal(size=len(changes))
        weights = np.zeros(len(EXPRESSION_UNITS))
        for side in ("Left", "Right"):
            weights[EXPRESSION_UNITS.index(f"mouthSmile{side}")] = 0.15 * (number % 3)
        shape = head.vertices(np.zeros(len(head.identity)), weights) + np.tensordot(odd, changes, 1)
        yield Sitter(shape, number % 2 == 0, number % 3 == 1, float(random.uniform(-MOST_YAW, MOST_YAW)))


class Studio:
    """Blender's scene in millimetres: the head at the origin looks along z, where the camera stands."""

    def __init__(self, head: HeadModel, size: tuple[int, int]) -> None:
        import bpy

        self._bpy: Any = bpy
        self._head, self._size = head, size
        bpy.ops.wm.read_factory_settings(use_empty=True)
        scene = bpy.context.scene
        scene.render.engine = "CYCLES"
        scene.cycles.samples, scene.cycles.use_denoising, scene.cycles.max_bounces = 24, False, 1
        scene.render.resolution_x, scene.render.resolution_y = size
        scene.view_settings.view_transform = "Standard"
        scene.world = bpy.data.worlds.new("grey")
        scene.world.use_nodes = True
        scene.world.node_tree.nodes["Background"].inputs["Color"].default_value = (0.35, 0.4, 0.45, 1)
        lamp = bpy.data.objects.new("sun", bpy.data.lights.new("sun", "SUN"))
        lamp.data.energy, lamp.rotation_euler = 2.0, (-0.5, 0.4, 0)
        scene.camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
        scene.camera.data.clip_end = 10000
        for ob in (lamp, scene.camera):
            scene.collection.objects.link(ob)

    def seat(self, sitter: Sitter) -> None:
        """Put a person before the camera, instead of the last."""
        bpy = self._bpy
        for ob in [ob for ob in bpy.data.objects if ob.type == "MESH"]:
            bpy.data.objects.remove(ob)
        tracked = tracked_points().of(sitter.vertices)
        for part in (Part.SKIN, Part.LEFT_EYEBALL, Part.RIGHT_EYEBALL):
            fine = self._part(part, sitter.vertices)
            points = np.array([vertex.co for vertex in fine.data.vertices])
            colours = _skin(points, tracked, sitter.hair) if part == Part.SKIN else _eye(points, tracked, part)
            layer = fine.data.color_attributes.new("paint", "FLOAT_COLOR", "POINT")
            layer.data.foreach_set(
                "color", np.column_stack([colours, np.ones(len(colours))]).astype(np.float32).ravel()
            )
            if part == Part.SKIN and sitter.hair:
                points = (
                    points + HAIR_THICKNESS * _hair(points)[:, None] * points / np.linalg.norm(points, axis=1)[:, None]
                )
            fine.data.vertices.foreach_set("co", turned(points, sitter.yaw).astype(np.float32).ravel())
            fine.data.materials.append(self._painted())
        if sitter.glasses:
            self._glasses(turned(tracked[[468, 473]], sitter.yaw), sitter.yaw)

    def picture(self, distance: float, focal: float) -> NDArray[np.uint8]:
        """BGR picture from a distance in millimetres, with a focal length in pixels."""
        scene = self._bpy.context.scene
        camera = scene.camera
        camera.location = (0, 0, distance)
        camera.data.sensor_fit, camera.data.sensor_width = "HORIZONTAL", 36
        camera.data.lens = focal * 36 / self._size[0]
        with tempfile.TemporaryDirectory() as folder:
            scene.render.filepath = str(Path(folder) / "head.png")
            self._bpy.ops.render.render(write_still=True)
            return np.asarray(cv2.imread(scene.render.filepath, cv2.IMREAD_COLOR), np.uint8)

    def _part(self, part: Part, vertices: Doubles) -> Any:
        """A smooth mesh of one part."""
        bpy = self._bpy
        mesh = bpy.data.meshes.new("part")
        own = self._head.of(part)
        new = np.cumsum(own) - 1
        quads = self._head.quads[own[self._head.quads].all(axis=1)]
        mesh.from_pydata(vertices[own].tolist(), [], new[quads].tolist())
        coarse = bpy.data.objects.new("coarse", mesh)
        bpy.context.scene.collection.objects.link(coarse)
        coarse.modifiers.new("smooth", "SUBSURF").levels = SUBDIVISION
        evaluated = coarse.evaluated_get(bpy.context.evaluated_depsgraph_get())
        fine = bpy.data.objects.new(part.name, bpy.data.meshes.new_from_object(evaluated))
        fine.data.shade_smooth()
        bpy.data.objects.remove(coarse)
        bpy.context.scene.collection.objects.link(fine)
        return fine

    def _painted(self) -> Any:
        """Matt, in the colours of the vertices."""
        material = self._bpy.data.materials.new("paint")
        material.use_nodes = True
        nodes, links = material.node_tree.nodes, material.node_tree.links
        nodes.clear()
        colour, matt, out = (
            nodes.new(f"ShaderNode{kind}") for kind in ("VertexColor", "BsdfDiffuse", "OutputMaterial")
        )
        colour.layer_name = "paint"
        links.new(colour.outputs["Color"], matt.inputs["Color"])
        links.new(matt.outputs["BSDF"], out.inputs["Surface"])
        return material

    def _glasses(self, pupils: Doubles, yaw: float) -> None:
        """Two dark rims before the eyes."""
        for pupil in pupils:
            self._bpy.ops.mesh.primitive_torus_add(
                location=(*pupil[:2], pupil[2] + 14),
                rotation=(0, np.radians(yaw), 0),
                major_radius=23,
                minor_radius=1.2,
            )
            self._bpy.context.object.data.materials.append(self._dark())

    def _dark(self) -> Any:
        material = self._bpy.data.materials.new("rim")
        material.use_nodes = True
        material.node_tree.nodes["Principled BSDF"].inputs["Base Color"].default_value = (0.01, 0.01, 0.01, 1)
        return material


def _hair(points: Doubles) -> NDArray[np.bool_]:
    """Which points of the skin have hair: the top and the back of the head."""
    return np.asarray(points[:, 1] > HAIR_ABOVE - 0.5 * np.maximum(points[:, 2] * -1, 0))


def _skin(points: Doubles, tracked: Doubles, hair: bool) -> Doubles:
    """(n, 3) colours of skin: blotches, lips, brows, hair."""
    random = np.random.default_rng(1)
    field = cv2.resize(random.normal(0, 1, (64, 64)), (512, 512), interpolation=cv2.INTER_CUBIC)
    at = np.clip(2 * points[:, :2] + 256, 0, 511).astype(int)
    colours = np.exp(0.08 * field[at[:, 1], at[:, 0]])[:, None] * SKIN
    front = points[:, 2] > 0
    outlines = [(OUTER_LIPS.contour.tolist(), LIP), *(([*brow], BROW) for brow in BROW_SHAPES)]
    for shape, colour in outlines:
        outline = tracked[shape, :2].astype(np.float32)
        inside = np.array([cv2.pointPolygonTest(outline, (float(x), float(y)), False) >= 0 for x, y, _ in points])
        colours[front & inside] = colour
    if hair:
        colours[_hair(points)] = BROW
    return np.asarray(colours)


def _eye(points: Doubles, tracked: Doubles, part: Part) -> Doubles:
    """(n, 3) colours of an eyeball."""
    _, iris = EYES[0 if part == Part.RIGHT_EYEBALL else 1]
    away = np.linalg.norm(points[:, :2] - tracked[iris[0], :2], axis=1)
    colours = np.where(away[:, None] < IRIS_RADIUS, IRIS, WHITE)
    colours = np.where(away[:, None] < PUPIL_RADIUS, PUPIL, colours)
    return np.asarray(np.where(points[:, 2:] > 0, colours, WHITE))


@dataclass(frozen=True)
class Photograph:
    """A picture of a person, and what is known of it; `points` and `scores` are the tracker's."""

    person: int
    distance: float
    lens: float
    yaw: float
    true_points: Doubles
    points: NDArray[np.float32]
    scores: NDArray[np.float32]


def photograph(size: tuple[int, int], turn: float) -> Iterator[tuple[NDArray[np.uint8], Photograph | None]]:
    """All persons, turned by so many degrees more, from all distances; None where the tracker finds no face."""
    head = load_head()
    studio = Studio(head, size)
    for number, sitter in enumerate(sitters(head, changes_of(Wheel(fetch_wheel(BUILD)), head, tracked_points()))):
        sitter = replace(sitter, yaw=sitter.yaw + turn)
        studio.seat(sitter)
        shape = turned(tracked_points().of(sitter.vertices), sitter.yaw)
        for distance in DISTANCES:
            camera = Camera.of_picture(size, LENS_SHARE * distance)
            picture = studio.picture(distance, camera.focal)
            true_points = camera.project(Pose(FACING, np.array([0, 0, distance]))(shape))
            try:
                found = analyse(picture)
            except NoFaceError:
                print(f"no face: person {number} from {distance:g} mm")
                yield picture, None
                continue
            lens = LENS_SHARE * distance
            yield (
                picture,
                Photograph(number, distance, lens, sitter.yaw, true_points, found.points, found.blendshapes),
            )


def write_truth(path: Path, size: tuple[int, int], photographs: Sequence[Photograph]) -> None:
    """All that is known of the pictures, one row a picture."""
    np.savez_compressed(
        path,
        size=size,
        persons=[photograph.person for photograph in photographs],
        distances=[photograph.distance for photograph in photographs],
        lenses=[photograph.lens for photograph in photographs],
        yaws=[photograph.yaw for photograph in photographs],
        true_points=np.array([photograph.true_points for photograph in photographs], np.float32),
        points=np.array([photograph.points for photograph in photographs], np.float32),
        scores=np.array([photograph.scores for photograph in photographs], np.float32),
    )


def sheet_of(pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Two persons a row, from all distances."""
    small = [cv2.resize(picture, SHEET, interpolation=cv2.INTER_AREA) for picture in pictures]
    columns = 2 * len(DISTANCES)
    return np.vstack([np.hstack(small[first : first + columns]) for first in range(0, len(small), columns)])


def main() -> None:
    """Render all persons from all distances, and keep what the tracker finds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--pictures", type=Path, help="a folder: write the pictures there, and change no test")
    parser.add_argument("--width", type=int, default=WIDTH, help="of the pictures, in pixels")
    parser.add_argument("--turn", type=float, default=0.0, help="degrees by which each head is turned further")
    arguments = parser.parse_args()
    folder = arguments.pictures or OUTPUT
    for needed in (BUILD, folder):
        needed.mkdir(parents=True, exist_ok=True)
    size = (arguments.width, round(HEIGHT_SHARE * arguments.width))
    pictures, found = zip(*photograph(size, arguments.turn), strict=True)
    tracked = [one for one in found if one is not None]
    write_truth(folder / "truth.npz", size, tracked)
    if arguments.pictures:
        for number, picture in enumerate(pictures):
            person, distance = divmod(number, len(DISTANCES))
            cv2.imwrite(str(folder / f"person{person}_{DISTANCES[distance]:04.0f}.png"), picture)
    else:
        cv2.imwrite(str(folder / "sheet.jpg"), sheet_of(pictures))
    print(f"{len(tracked)} of {len(pictures)} pictures tracked")


if __name__ == "__main__":
    run_and_exit(main)
