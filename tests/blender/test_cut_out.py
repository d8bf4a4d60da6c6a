"""The person cut out: with alpha on its plane, the background behind, together as before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import cv2
import numpy as np
import pytest

from portrait_addon.blender.data.frames import first_frame
from portrait_addon.blender.operators.cut_out import PORTRAIT_OT_cut_out
from portrait_addon.blender.running import runner
from portrait_addon.blender.viewport import cut_out, plane
from portrait_addon.errors import InputError
from portrait_addon.media.pictures import decode_picture, encode_picture, read_picture
from portrait_addon.media.provenance import SYNTHETIC
from tests.pictures import write_picture


@pytest.fixture
def live_preview() -> bool:
    return True


@pytest.fixture
def cut(add: Callable[..., Any], portrait_file: Path) -> Any:
    ob = add(portrait_file)
    assert bpy.ops.portrait.cut_out() == {"FINISHED"}
    return ob


def pixels_of(image: Any) -> Any:
    return decode_picture(image.packed_file.data, image.name).pixels


def inner(person: Any) -> Any:
    """(h, w) bool: well within the person."""
    return cv2.erode((person[..., 3] == 255).astype(np.uint8), np.ones((13, 13), np.uint8)) > 0


def test_the_person_has_alpha_and_the_background_a_plane(cut: Any, portrait_file: Path) -> None:
    original, person = read_picture(portrait_file).pixels, pixels_of(cut.portrait.portrait)
    assert person.shape == (*original.shape[:2], 4)
    inside = inner(person)
    assert inside[100:130, 100:140].all()
    assert np.array_equal(person[inside][:, :3], original[inside])
    assert person[5:40, :20, 3].max() == 0
    backdrop = cut_out.backdrop_of(cut)
    assert backdrop.parent == cut
    background = pixels_of(plane.image_node(backdrop).image)
    assert np.array_equal(background[5:40, :20], original[5:40, :20])
    assert SYNTHETIC.encode() in bytes(cut.portrait.portrait.packed_file.data)


def test_seen_from_the_camera_that_frames_it_all_looks_as_before(
    add: Callable[..., Any], portrait_file: Path, render: Callable[..., Any]
) -> None:
    ob = add(portrait_file)
    bpy.ops.portrait.frame_camera()
    before = render().astype(int)
    bpy.ops.portrait.cut_out(distance=2)
    after = render().astype(int)
    assert np.abs(after - before).mean() < 2
    assert np.abs(after - before)[inner(pixels_of(ob.portrait.portrait))].max() <= 2
    cut_out.backdrop_of(ob).hide_render = True
    bpy.context.scene.render.film_transparent = True
    assert np.abs(render().astype(int) - before).mean() > 20


def test_a_new_camera_sees_the_same(
    add: Callable[..., Any], portrait_file: Path, render: Callable[..., Any], scene: Any
) -> None:
    """Cut out first, framed afterwards."""
    add(portrait_file)
    bpy.ops.portrait.cut_out(distance=2)
    bpy.ops.portrait.frame_camera()
    original = read_picture(portrait_file).pixels.astype(int)
    assert np.abs(render().astype(int) - original).mean() < 3


def test_in_a_new_file_the_background_stands_before_the_cube(
    add: Callable[..., Any], portrait_file: Path, render: Callable[..., Any], scene: Any
) -> None:
    bpy.ops.mesh.primitive_cube_add()
    add(portrait_file)
    bpy.ops.portrait.cut_out()
    bpy.ops.portrait.frame_camera()
    original = read_picture(portrait_file).pixels.astype(int)
    assert np.abs(render().astype(int) - original).mean() < 3


def test_the_background_goes_on_where_a_moved_camera_looks_past_it(
    add: Callable[..., Any], portrait_file: Path, render: Callable[..., Any], scene: Any
) -> None:
    add(portrait_file)
    bpy.ops.portrait.frame_camera()
    bpy.ops.portrait.cut_out()
    scene.world = None
    scene.camera.location.x += 0.15
    assert render()[:, -3:].min() > 30  # no black beyond the border


def test_baked_frames_have_alpha(cut: Any, clip_file: Path, tmp_path: Path) -> None:
    cut.portrait.clip = bpy.data.movieclips.load(str(clip_file))
    cut.portrait.output_folder = str(tmp_path / "out")
    bpy.ops.portrait.bake()
    frame = read_picture(Path(first_frame(cut) or "")).pixels
    assert frame.shape[2] == 4
    assert frame[5:40, :20, 3].max() == 0
    assert frame[100:160, 90:140, 3].min() > 250
    # Sorted blending has no depth of field in EEVEE.
    assert cut.active_material.surface_render_method == "DITHERED"


def test_cut_out_again_it_begins_with_the_whole_picture(cut: Any, portrait_file: Path) -> None:
    before = pixels_of(cut.portrait.portrait)
    painted = np.zeros((320, 240), np.uint8)
    painted[60:, 40:200] = 255
    mask = bpy.data.images.new("mask", 240, 320)
    data = encode_picture(np.repeat(painted[..., None], 3, axis=2))
    mask.pack(data=data, data_len=len(data))
    mask.source = "FILE"
    cut.portrait.person_mask = mask
    bpy.ops.portrait.cut_out()
    again = pixels_of(cut.portrait.portrait)
    assert np.array_equal(again[..., 3], painted)
    assert not np.array_equal(again[..., 3], before[..., 3])
    assert len([child for child in cut.children if cut_out.BACKDROP in child]) == 1
    assert cut_out.whole_picture(cut).filepath.endswith("ford.png")
    assert len([image for image in bpy.data.images if "person" in image.name]) == 1


def test_the_background_is_lit_as_the_person_is(cut: Any) -> None:
    cut.portrait.shading = "LIT"
    nodes = cut_out.backdrop_of(cut).active_material.node_tree.nodes
    assert nodes["Transparency"].inputs[2].links[0].from_node.name == "Lit"


@pytest.mark.parametrize("suffix", ["png", "exr"])
def test_deep_pictures_stay_deep(add: Callable[..., Any], portrait_file: Path, tmp_path: Path, suffix: str) -> None:
    pixels = read_picture(portrait_file).pixels
    path = tmp_path / f"deep.{suffix}"
    if suffix == "exr":
        from portrait_addon.media.exr import picture_layer, write_exr

        write_exr(path, {"": picture_layer(pixels)}, {})
    else:
        write_picture(path, pixels.astype(np.uint16) * 257)
    ob = add(path)
    kind = read_picture(path).pixels.dtype
    bpy.ops.portrait.cut_out()
    assert pixels_of(ob.portrait.portrait).dtype == kind
    assert pixels_of(plane.image_node(cut_out.backdrop_of(ob)).image).dtype == kind
    assert ob.portrait.portrait.colorspace_settings.name == cut_out.whole_picture(ob).colorspace_settings.name


def test_a_picture_with_alpha_is_left_alone(add: Callable[..., Any], tmp_path: Path, portrait_file: Path) -> None:
    pixels = cv2.cvtColor(read_picture(portrait_file).pixels, cv2.COLOR_BGR2BGRA)
    write_picture(tmp_path / "clear.png", pixels)
    add(tmp_path / "clear.png")
    with pytest.raises(RuntimeError, match="has alpha already"):
        bpy.ops.portrait.cut_out()


def test_without_a_face_or_a_person_it_says_so(add: Callable[..., Any], portrait_file: Path) -> None:
    ob = add()
    with pytest.raises(RuntimeError, match="no face"):
        bpy.ops.portrait.cut_out()
    ob.portrait.portrait = bpy.data.images.load(str(portrait_file))
    ob.portrait.person_mask = bpy.data.images.new("nobody", 240, 320)
    with pytest.raises(RuntimeError, match="Paint the mask Person"):
        bpy.ops.portrait.cut_out()
    assert cut_out.backdrop_of(ob) is None


@pytest.fixture
def begun(add: Callable[..., Any], portrait_file: Path, scene: Any) -> Any:
    """A portrait whose cutting out has begun, as a window begins it."""
    ob = add(portrait_file)
    starter = PORTRAIT_OT_cut_out.starter(SimpleNamespace(distance=1.0))  # type: ignore[arg-type]  # stands for an operator
    runner.begin(starter(ob, scene))
    yield ob
    runner.end_all()


def test_it_is_a_job_that_leaves_blender_free(begun: Any) -> None:
    running = runner.current()
    assert running is not None
    whole, texts, steps = begun.portrait.portrait, set(), 0
    with pytest.raises(RuntimeError, match="A job of this portrait is running"):
        bpy.ops.portrait.cut_out()
    while not running.step(0.0001):
        texts.add(running.progress.text)
        steps += 1
        assert begun.portrait.portrait == whole
    assert len(texts) > 1 and steps > 3
    assert plane.is_cut_out(begun.portrait.portrait)
    assert running.message == "Cut out"


def test_cancelled_it_leaves_nothing_behind(begun: Any) -> None:
    running = runner.current()
    assert running is not None
    whole, images = begun.portrait.portrait, len(bpy.data.images)
    running.step(0.0001)
    assert bpy.ops.portrait.cancel() == {"FINISHED"}
    assert begun.portrait.portrait == whole and len(bpy.data.images) == images
    assert cut_out.backdrop_of(begun) is None


def test_another_picture_chosen_meanwhile_stays(begun: Any) -> None:
    running = runner.current()
    assert running is not None
    other = begun.portrait.portrait = bpy.data.images.new("other", 64, 64)
    with pytest.raises(InputError, match="ford has another picture now"):
        while not running.step():
            pass
    assert begun.portrait.portrait == other and cut_out.backdrop_of(begun) is None


def test_undo_in_its_midst_does_not_break_it(begun: Any) -> None:
    running = runner.current()
    assert running is not None
    bpy.ops.ed.undo_push(message="before")
    begun.location.x = 3
    bpy.ops.ed.undo_push(message="moved")
    running.step(0.0001)
    bpy.ops.ed.undo()
    while not running.step():
        pass
    ob = running.object
    assert ob is not None and ob.location.x == 0
    assert plane.is_cut_out(ob.portrait.portrait)
