"""The animation rebuilt in the compositor, against the baked frames, in both Blenders."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import cv2
import numpy as np
import OpenEXR
import pytest

from portrait_addon.blender import compat
from portrait_addon.blender.data import frames
from portrait_addon.blender.operators import render as render_operators
from portrait_addon.blender.output import rebuild
from tests.pictures import write_picture
from tools.in_blender import write_still

MOVING = 5


def small_ford(assets: Path, path: Path, width: int) -> Path:
    original = cv2.imread(str(assets / "ford_1888.jpg"))
    write_picture(path, cv2.resize(original, (width, width * 4 // 3 // 2 * 2), interpolation=cv2.INTER_AREA))
    return path


@pytest.fixture(scope="module")
def portrait_file(assets: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Large enough that the tracker sees what an artist's portrait shows."""
    return small_ford(assets, tmp_path_factory.mktemp("portrait") / "ford.png", 512)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where every test looks for frames that another has baked with the same settings."""
    return tmp_path_factory.mktemp("baked")


@pytest.fixture
def bake(ready: Any, shared: Path) -> Callable[..., Path]:
    """Bake with all passes, unless a test before has; gives the folder."""

    def bake_shared(**options: Any) -> Path:
        ready.portrait.output_folder = str(
            shared / (" ".join(f"{name} {options[name]}" for name in options) or "plain")
        )
        return bake_passes(ready, **options)

    return bake_shared


def bake_passes(ob: Any, **options: Any) -> Path:
    for name, value in options.items():
        setattr(ob.portrait, name, value)
    ob.portrait.passes = {*rebuild.INPUTS}
    assert bpy.ops.portrait.bake() == {"FINISHED"}
    folder = frames.frames_folder(ob)
    assert folder is not None
    return folder


@pytest.fixture
def small(ready: Any, assets: Path, tmp_path: Path) -> Any:
    """With a small portrait."""
    ready.portrait.portrait = bpy.data.images.load(str(small_ford(assets, tmp_path / "small.png", 240)))
    return ready


@pytest.fixture
def rebuilt(ready: Any, render: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """Rebuild, and render one frame of it alone, at the portrait's size."""

    def render_rebuilt(frame: int = MOVING) -> np.ndarray:
        assert bpy.ops.portrait.rebuild_in_compositor() == {"FINISHED"}
        bpy.ops.portrait.frame_camera()
        ready.hide_render = True
        return render(frame).astype(float)

    return render_rebuilt


def face_of(folder: Path, frame: int = MOVING) -> np.ndarray:
    with OpenEXR.File(str(folder / "face_matte" / f"frame_{frame:04d}.exr")) as opened:
        return opened.channels()["Y"].pixels > 0.5


CAMERA = {"camera_distance": 0.5, "camera_turn": 8.0, "background_distance": 1.0}


@pytest.mark.parametrize("moved", [{}, CAMERA], ids=["plain", "camera"])
def test_rebuilt_frames_are_the_baked_ones(
    bake: Callable[..., Path], rebuilt: Callable[..., np.ndarray], moved: dict[str, float]
) -> None:
    folder = bake(wrinkles=2.0, **moved)
    compare(rebuilt(), folder, face_of(folder))


def test_passes_of_one_file_give_the_same(
    ready: Any, bake: Callable[..., Path], rebuilt: Callable[..., np.ndarray], tmp_path: Path
) -> None:
    """Where there were passes in folders of their own."""
    before = bake(wrinkles=2.0)
    face = face_of(before)
    shutil.copytree(before, tmp_path / "out" / before.name)
    ready.portrait.output_folder = str(tmp_path / "out")
    bake_passes(ready, multilayer=True)
    compare(rebuilt(), before, face)


def compare(rebuilt: np.ndarray, folder: Path, face: np.ndarray) -> None:
    apart = np.abs(rebuilt - cv2.imread(str(folder / f"frame_{MOVING:04d}.png")).astype(float))
    assert apart[face].mean() <= 1
    assert np.percentile(apart[face], 99.9) <= 6
    assert apart[2:-2, 2:-2].mean() <= 1


def test_it_follows_time(bake: Callable[..., Path], rebuilt: Callable[..., np.ndarray]) -> None:
    folder = bake()
    for frame in (1, 6):
        baked = cv2.imread(str(folder / f"frame_{frame:04d}.png")).astype(float)
        face = face_of(folder, frame)
        assert np.abs(rebuilt(frame) - baked)[face].mean() <= 1
    assert np.abs(rebuilt(40) - rebuilt(6)).max() == 0


def test_strength_of_wrinkles(
    ready: Any, bake: Callable[..., Path], rebuilt: Callable[..., np.ndarray], scene: Any
) -> None:
    folder = bake()
    once = rebuilt()
    node = rebuild.group_node(compat.compositor_tree(scene), ready)
    assert node is not None
    without = bake(wrinkles=0.0)
    baked_without = cv2.imread(str(without / f"frame_{MOVING:04d}.png")).astype(float)
    ready.portrait.wrinkles = 1.0
    bake()
    node.inputs["Wrinkles"].default_value = 0
    face = face_of(folder)
    none = rebuilt()
    assert np.abs(none - baked_without)[face].mean() <= 1
    node.inputs["Wrinkles"].default_value = 3
    assert np.abs(rebuilt() - none)[face].mean() > 2 * np.abs(once - none)[face].mean() > 0


def test_mattes_come_out(ready: Any, bake: Callable[..., Path], rebuilt: Callable[..., np.ndarray], scene: Any) -> None:
    folder = bake()
    rebuilt()
    tree = compat.compositor_tree(scene)
    node = rebuild.group_node(tree, ready)
    assert node is not None
    tree.links.new(node.outputs["Face Matte"], compat.compositor_output(tree).inputs[0])
    seen = rebuilt()
    assert seen[face_of(folder)].min() > 180
    assert seen[0].max() < 2


def test_four_times_the_portrait_is_sharp(
    small: Any, rebuilt: Callable[..., np.ndarray], scene: Any, assets: Path, tmp_path: Path
) -> None:
    """The passes of a small portrait move the large original, and the camera before it."""
    folder = bake_passes(small, **CAMERA)
    rebuilt()
    original = cv2.imread(str(small_ford(assets, tmp_path / "large.png", 960)))
    node = rebuild.group_node(compat.compositor_tree(scene), small)
    assert node is not None
    node.inputs["Portrait"].links[0].from_node.image = bpy.data.images.load(str(tmp_path / "large.png"))
    scene.render.resolution_x, scene.render.resolution_y = 960, 1280
    tree = compat.compositor_tree(scene)
    tree.links.new(node.outputs["Image"], compat.compositor_output(tree).inputs[0])
    scene.frame_set(MOVING)
    write_still(scene, str(tmp_path / "large render.png"))
    bpy.ops.render.render(write_still=True)
    large = cv2.imread(str(tmp_path / "large render.png"))
    assert large.shape == (1280, 960, 3)
    baked = cv2.imread(str(folder / f"frame_{MOVING:04d}.png"))
    face = cv2.resize(face_of(folder).astype(np.uint8), (960, 1280), interpolation=cv2.INTER_NEAREST) > 0

    def sharpness(picture: np.ndarray) -> float:
        return float(np.abs(cv2.Laplacian(picture.astype(np.float32), cv2.CV_32F))[face].mean())

    enlarged = cv2.resize(baked, (960, 1280), interpolation=cv2.INTER_CUBIC)
    assert sharpness(large) > 0.75 * sharpness(original)
    assert sharpness(large) > 2 * sharpness(enlarged)
    small = cv2.resize(large, (240, 320), interpolation=cv2.INTER_AREA)
    assert np.abs(small.astype(float) - baked)[face_of(folder)].mean() < 2.5


def test_done_again_it_adds_nothing(
    ready: Any, bake: Callable[..., Path], rebuilt: Callable[..., np.ndarray], scene: Any
) -> None:
    bake()
    rebuilt()
    tree, groups = compat.compositor_tree(scene), len(bpy.data.node_groups)
    before = len(tree.nodes)
    ready.portrait.start_frame = 20
    rebuilt()
    assert (len(tree.nodes), len(bpy.data.node_groups)) == (before, groups)
    node = rebuild.group_node(tree, ready)
    assert node is not None
    assert node.inputs["ST Map"].links[0].from_node.frame_start == 21


def test_without_an_st_map_the_button_says_so(small: Any) -> None:
    bpy.ops.portrait.bake()
    with pytest.raises(RuntimeError, match="Bake the passes first"):
        bpy.ops.portrait.rebuild_in_compositor()


def test_the_passes_are_chosen_and_baked_where_they_are_missing(small: Any) -> None:
    bpy.ops.portrait.bake()
    assert not render_operators.can_be_rebuilt(small)
    with pytest.raises(RuntimeError, match="The compositor needs the pass ST Map"):
        bpy.ops.portrait.bake_passes(passes={"shading"})
    assert bpy.ops.portrait.bake_passes() == {"FINISHED"}
    assert render_operators.can_be_rebuilt(small)
    assert set(small.portrait.baked_passes.split()) == {*rebuild.INPUTS}
    assert bpy.ops.portrait.rebuild_in_compositor() == {"FINISHED"}
