"""Several faces of one picture on one plane, each a portrait of its own that the host shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import OpenEXR
import pytest
from numpy.typing import NDArray

from portrait_addon.blender.data.faces import faces_of, host_of
from portrait_addon.blender.output import rebuild
from portrait_addon.blender.panels import workflow
from portrait_addon.blender.running import object_cache, runner, unfinished
from portrait_addon.blender.viewport import plane, preview
from portrait_addon.media.pictures import read_picture
from tests.family import APART, family_picture
from tests.family import faces_of as found_in
from tests.pictures import write_picture

HEIGHT = 200


@pytest.fixture(scope="module")
def family_file(assets: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("family") / "family.png"
    write_picture(path, family_picture(assets, APART, HEIGHT))
    return path


@pytest.fixture
def host(add: Callable[..., Any], family_file: Path, scene: Any, tmp_path: Path) -> Iterator[Any]:
    """A portrait of the family, whose largest face opens its jaw over four frames."""
    scene.render.fps, scene.frame_end = 25, 4
    ob = add(family_file)
    ob.portrait.output_folder = str(tmp_path / "out")
    follow_jaw(ob)
    yield ob
    runner.end_all()


def follow_jaw(ob: Any, most: float = 0.8) -> None:
    ob.portrait.driving_source = "EXPRESSIONS"
    for frame, value in ((1, 0.0), (4, most)):
        ob.portrait.drive.jawOpen = value
        ob.keyframe_insert("portrait.drive.jawOpen", frame=frame)


def add_face(host: Any, face: int = 0) -> Any:
    bpy.context.view_layer.objects.active = host
    assert bpy.ops.portrait.add_face(face=face) == {"FINISHED"}
    guest = bpy.context.object
    follow_jaw(guest)
    return guest


@pytest.fixture
def guest(host: Any) -> Any:
    return add_face(host)


def boxes(pixels: NDArray[Any]) -> list[tuple[slice, slice]]:
    """Rows and columns of each face, the largest first."""
    found = []
    for face in found_in(pixels):
        (left, top), (right, bottom) = face.points[:, :2].min(axis=0), face.points[:, :2].max(axis=0)
        found.append((slice(int(top), int(bottom)), slice(int(left), int(right))))
    return found


def frame_of(host: Any, number: int) -> NDArray[Any]:
    folder = Path(bpy.path.abspath(host.portrait.frames.filepath)).parent
    return read_picture(folder / f"frame_{number:04d}.png").pixels


def test_a_face_is_added_to_the_plane(host: Any, guest: Any) -> None:
    assert host_of(guest) == host
    assert faces_of(guest) == [host, guest]
    assert (guest.portrait.face, guest.hide_render, guest.display_type) == (2, True, "WIRE")
    assert guest.portrait.portrait == host.portrait.portrait
    bpy.context.view_layer.update()
    assert np.allclose(guest.matrix_world, host.matrix_world)
    assert add_face(guest).portrait.face == 3
    assert host_of(bpy.context.object) == host
    with pytest.raises(RuntimeError, match="there is no other face; the picture has 3"):
        bpy.ops.portrait.add_face()


def test_one_bake_makes_all_faces(host: Any, guest: Any, family_file: Path) -> None:
    """Baked from the guest: its host's frames."""
    bpy.context.view_layer.objects.active = guest
    assert bpy.ops.portrait.bake() == {"FINISHED"}
    assert guest.portrait.frames is None
    still = read_picture(family_file).pixels
    last, places = frame_of(host, 4), boxes(still)
    moved = [(last[place] != still[place]).any() for place in places]
    assert moved == [True, True, False]
    assert unfinished.count_unfinished(host, bpy.context.scene) == (0, 0, 4)

    guest.portrait.animate_face = False
    assert unfinished.count_unfinished(host, bpy.context.scene).stale == 4
    bpy.ops.portrait.bake()
    off = frame_of(host, 4)
    np.testing.assert_array_equal(off[places[0]], last[places[0]])
    np.testing.assert_array_equal(off[places[1]], still[places[1]])

    guest.portrait.animate_face, host.portrait.animate_face = True, False
    bpy.ops.portrait.bake()
    off = frame_of(host, 4)
    np.testing.assert_array_equal(off[places[0]], still[places[0]])
    np.testing.assert_array_equal(off[places[1]], last[places[1]])


def test_a_key_of_one_face_makes_its_frames_stale(host: Any, guest: Any) -> None:
    bpy.ops.portrait.bake()
    guest.portrait.drive.jawOpen = 0.1
    guest.keyframe_insert("portrait.drive.jawOpen", frame=3)
    bpy.context.view_layer.update()
    assert unfinished.count_unfinished(host, bpy.context.scene).stale == 2
    assert workflow.state_lines(guest)[0] == f"Shown by {host.name}"
    bpy.ops.portrait.bake()
    assert unfinished.count_unfinished(host, bpy.context.scene) == (0, 0, 4)


def test_the_compositor_rebuilds_a_frame_of_several_faces(
    host: Any, guest: Any, render: Callable[..., NDArray[np.uint8]]
) -> None:
    host.portrait.passes = {*rebuild.INPUTS}
    bpy.context.view_layer.objects.active = host
    assert bpy.ops.portrait.bake() == {"FINISHED"}
    assert bpy.ops.portrait.rebuild_in_compositor() == {"FINISHED"}
    bpy.ops.portrait.frame_camera()
    host.hide_render = True
    rebuilt, baked = render(4).astype(float), frame_of(host, 4).astype(float)
    apart, folder = np.abs(rebuilt - baked), Path(bpy.path.abspath(host.portrait.frames.filepath)).parent
    with OpenEXR.File(str(folder / "face_matte" / "frame_0004.exr")) as opened:
        faces = opened.channels()["Y"].pixels > 0.5
    assert apart[faces].mean() <= 1
    assert np.percentile(apart[faces], 99.9) <= 6
    assert apart[2:-2, 2:-2].mean() <= 1


def test_the_preview_shows_all_faces(host: Any, guest: Any, scene: Any, family_file: Path) -> None:
    """What is previewed is what a bake writes, at the picture's own size."""
    host.portrait.preview_size = 2 * HEIGHT
    scene.frame_set(4)
    image = plane.image_node(host).image
    assert preview.is_preview(image)
    shown = pixels_of(image)
    bpy.ops.portrait.bake()
    np.testing.assert_array_equal(shown, frame_of(host, 4))
    assert plane.image_node(host).image == host.portrait.frames
    guest.portrait.drive.jawOpen = 0.0
    guest.keyframe_insert("portrait.drive.jawOpen", frame=4)
    bpy.context.view_layer.update()
    assert preview.is_preview(plane.image_node(host).image)


def pixels_of(image: Any) -> NDArray[Any]:
    """(h, w, 3) BGR as encoded."""
    width, height = image.size
    values = np.empty((height, width, image.channels), np.float32)
    image.pixels.foreach_get(values.ravel())
    return np.rint(255 * values[::-1, :, 2::-1]).astype(np.uint8)


def test_points_of_a_face_are_put_right_on_the_plane(host: Any, guest: Any, scene: Any) -> None:
    scene.frame_set(4)
    guest.portrait.show_points = True
    assert plane.image_node(host).image == host.portrait.portrait
    assert object_cache.portrait_in_memory(guest) is not None
    guest.portrait.show_points = False
    assert preview.is_preview(plane.image_node(host).image)


def test_a_face_is_given_to_another_portrait_and_back(
    host: Any, guest: Any, add: Callable[..., Any], family_file: Path
) -> None:
    other = add(family_file)
    guest.portrait.host = other
    assert (host_of(guest), faces_of(host), faces_of(other)) == (other, [host], [other, guest])
    assert guest.parent == other
    guest.portrait.host = None
    assert (host_of(guest), guest.parent, guest.hide_render, guest.display_type) == (guest, None, False, "TEXTURED")
    assert guest.portrait.preview
    guest.portrait.host = host
    assert faces_of(host) == [host, guest]


def test_only_a_portrait_of_the_same_picture_that_shows_itself_can_show_a_face(
    host: Any, guest: Any, add: Callable[..., Any]
) -> None:
    stranger = add()
    stranger.portrait.host = guest  # a script may say what the panel does not offer
    assert host_of(stranger) == stranger
    stranger.portrait.host = host
    assert host_of(stranger) == stranger
    host.portrait.host = host
    assert host_of(guest) == guest


def test_another_picture_goes_to_all_faces(host: Any, guest: Any, portrait_file: Path) -> None:
    host.portrait.portrait = bpy.data.images.load(str(portrait_file))
    assert guest.portrait.portrait == host.portrait.portrait
    assert host_of(guest) == host
    with pytest.raises(RuntimeError, match="there is no face 2; choose one from 1 to 1"):
        bpy.ops.portrait.bake()


def test_a_removed_face_stays_as_it_is(host: Any, guest: Any, family_file: Path) -> None:
    third = add_face(host)
    bpy.context.view_layer.objects.active = third
    assert bpy.ops.portrait.remove_face() == {"FINISHED"}
    assert faces_of(host) == [host, guest]
    assert bpy.context.object == host
    assert not bpy.ops.portrait.remove_face.poll()


def test_the_file_keeps_the_faces(host: Any, guest: Any, tmp_path: Path) -> None:
    bpy.ops.portrait.bake()
    names = host.name, guest.name
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "family.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "family.blend"))
    host, guest = (bpy.data.objects[name] for name in names)
    assert faces_of(host) == [host, guest]
    assert unfinished.count_unfinished(host, bpy.context.scene) == (0, 0, 4)


def test_undo_takes_a_face_back(host: Any) -> None:
    name = host.name
    bpy.ops.ed.undo_push(message="before")
    bpy.context.view_layer.objects.active = host
    bpy.ops.portrait.add_face()
    bpy.ops.ed.undo_push(message="after")
    bpy.ops.ed.undo()
    assert faces_of(bpy.data.objects[name]) == [bpy.data.objects[name]]


def test_mattes_by_face_are_baked(host: Any, guest: Any) -> None:
    host.portrait.passes = {"st_map", "face_matte"}
    bpy.ops.portrait.bake()
    assert host.portrait.baked_passes.split() == ["st_map", "face_matte", "face_matte_1", "face_matte_2"]
    folder = Path(bpy.path.abspath(host.portrait.frames.filepath)).parent
    assert len(list((folder / "face_matte_2").glob("*.exr"))) == 4
