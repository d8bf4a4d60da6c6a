"""Points seen, chosen, put right and placed by hand: what an artist does with them, and what becomes of the frames."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from math import pi
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bmesh
import bpy
import cv2
import numpy as np
import pytest
from mathutils import Matrix

import portrait_addon
from portrait_addon.blender.data import frames, points
from portrait_addon.blender.operators import points as operators
from portrait_addon.blender.running import object_cache, unfinished
from portrait_addon.blender.viewport import face_views, gizmo_handles, plane, preview
from portrait_addon.media.pictures import read_picture
from portrait_addon.pipeline.editing.corrections import EASE
from portrait_addon.pipeline.editing.placing import Placement
from portrait_addon.pipeline.records.performance import no_head
from tests.films import write_video
from tests.pictures import write_picture

REGION = 800, 600
CORNER = "right_eye_1"


@pytest.fixture
def live_preview() -> bool:
    return True


@pytest.fixture
def tracked(ready: Any) -> Any:
    """A portrait that was tracked; its neutral frame is the first."""
    ready.portrait.neutral_frame = 1
    bpy.ops.portrait.track()
    return ready


@pytest.fixture
def pair_file(portrait_file: Path, tmp_path: Path) -> Path:
    """Two sitters in one picture, the second a little smaller."""
    pixels = read_picture(portrait_file).pixels
    small = cv2.copyMakeBorder(cv2.resize(pixels, (216, 288)), 0, 32, 0, 24, cv2.BORDER_REPLICATE)
    path = tmp_path / "pair.png"
    write_picture(path, np.hstack([pixels, small]))
    return path


@pytest.fixture
def wall_file(tmp_path: Path) -> Path:
    """No face."""
    path = tmp_path / "wall.png"
    write_picture(path, np.full((320, 240, 3), 120, np.uint8) + np.arange(240, dtype=np.uint8)[None, :, None] // 4)
    return path


def front_view(ob: Any, picture: tuple[int, int] = REGION) -> Any:
    """What an operator sees of a 3D view that looks at an object from the front, two units high."""
    camera = Matrix.Translation((0, -5, 0)) @ Matrix.Rotation(pi / 2, 4, "X")
    lens = Matrix.Diagonal((picture[1] / picture[0], 1, -0.1, 1))
    return SimpleNamespace(
        object=ob,
        view_layer=bpy.context.view_layer,
        space_data=SimpleNamespace(type="VIEW_3D"),
        region=SimpleNamespace(width=picture[0], height=picture[1]),
        region_data=SimpleNamespace(perspective_matrix=lens @ camera.inverted()),
        window_manager=SimpleNamespace(modal_handler_add=lambda operator: None),
    )


def clip_view(ob: Any, frame: int) -> Any:
    """What an operator sees of a Clip editor that shows the object's clip 480 pixels wide."""
    clip = ob.portrait.clip
    view2d = SimpleNamespace(view_to_region=lambda x, y, clip: (round(10 + 480 * x), round(20 + 270 * y)))
    space = SimpleNamespace(type="CLIP_EDITOR", clip=clip, clip_user=SimpleNamespace(frame_current=frame))
    return SimpleNamespace(
        object=ob,
        space_data=space,
        region=SimpleNamespace(width=500, height=310, view2d=view2d),
        window_manager=SimpleNamespace(modal_handler_add=lambda operator: None),
    )


def stand_in(operator: type, **properties: Any) -> Any:
    """An operator as a window would run it, without a window: Blender makes none for us."""
    methods = {name: value for name, value in vars(operator).items() if callable(value)}
    fake = type("Fake", (operators.DragOperator,), methods)()
    for name, value in {"reset": False, "frame": 0, **properties}.items():
        setattr(fake, name, value)
    return fake


def event(kind: str, x: float = 0, y: float = 0, value: str = "PRESS", **keys: bool) -> Any:
    held = {"shift": False, "ctrl": False, **keys}
    return SimpleNamespace(type=kind, value=value, mouse_region_x=x, mouse_region_y=y, **held)


def drag(operator: Any, context: Any, start: Any, end: Any, last: Any) -> set[str]:
    """Click at a place of the region, go to another, and end with an event."""
    assert operator.invoke(context, event("LEFTMOUSE", *start)) == {"RUNNING_MODAL"}
    assert operator.modal(context, event("MOUSEMOVE", *end)) == {"RUNNING_MODAL"}
    answer: set[str] = operator.modal(context, last)
    return answer


def face_view(context: Any) -> face_views.FaceView:
    found = face_views.face_view_of(context)
    assert found is not None
    return found


RELEASE, ESCAPE = event("LEFTMOUSE", value="RELEASE"), event("ESC")


def shown(ob: Any) -> Any:
    return plane.image_node(ob).image


def stale(ob: Any) -> list[int]:
    """Numbers of the frames that are out of date."""
    folder = frames.frames_folder(ob)
    assert folder is not None
    return [spec.number for spec in unfinished.stale_specs_of(ob, bpy.context.scene)]


def test_while_points_are_shown_the_plane_shows_the_portrait_at_rest(tracked: Any, scene: Any) -> None:
    scene.frame_set(5)
    assert preview.is_preview(shown(tracked))
    tracked.portrait.show_points = True
    assert shown(tracked) == tracked.portrait.portrait
    tracked.portrait.show_points = False
    assert preview.is_preview(shown(tracked))


def test_after_a_bake_too_and_never_in_a_render_or_a_file(tracked: Any, scene: Any, tmp_path: Path) -> None:
    bpy.ops.portrait.bake()
    tracked.portrait.show_points = True
    assert shown(tracked) == tracked.portrait.portrait
    for before, after in (
        (preview.before_render, preview.after_render),
        (preview.before_save, preview.after_save),
    ):
        before()
        assert shown(tracked) == tracked.portrait.frames
        after()
        assert shown(tracked) == tracked.portrait.portrait
    tracked.portrait.show_points = False
    assert shown(tracked) == tracked.portrait.frames


def test_points_of_the_clip_leave_the_plane_alone(tracked: Any, scene: Any) -> None:
    tracked.portrait.show_clip_points = True
    scene.frame_set(3)
    assert preview.is_preview(shown(tracked))
    tracked.portrait.preview = False
    assert shown(tracked) == tracked.portrait.portrait
    object_cache.forget_all()
    scene.frame_set(4)
    assert face_views.face_view_of(clip_view(tracked, 4)) is not None  # its points are kept at hand without a preview


def test_the_fitted_head_is_shown_over_portrait_and_clip_where_one_wants_it(tracked: Any) -> None:
    tracked.portrait.show_points = tracked.portrait.show_clip_points = True
    views = [lambda: front_view(tracked), lambda: clip_view(tracked, 2), lambda: clip_view(tracked, 5)]
    assert [face_view(view()).head for view in views] == [None] * 3
    tracked.portrait.show_head = True
    shown = []
    for view in views:
        seen = face_view(view())
        assert seen.head is not None
        low, high = (bound(seen.points[:, :2], axis=0) for bound in (np.min, np.max))
        inside = ((seen.head > low) & (seen.head < high)).all(axis=2)
        assert 50 < inside.sum() < len(seen.head) * 2  # over the face, and beyond it
        shown.append(seen.head)
    assert shown[1].shape != shown[2].shape or np.abs(shown[1] - shown[2]).max() > 0.1  # it follows the clip


def test_a_clip_of_an_earlier_version_shows_no_head(tracked: Any) -> None:
    tracked.portrait.show_clip_points = tracked.portrait.show_head = True
    performance = object_cache.tracked_in_memory(tracked)
    assert performance is not None
    earlier = replace(performance, **no_head(1))
    object_cache.keep_performance(object_cache.clip_key(tracked.portrait), earlier)
    assert face_view(clip_view(tracked, 2)).head is None


def test_the_clip_editor_counts_even_frames_of_a_variable_rate(tracked: Any, tmp_path: Path) -> None:
    """At 25 a second it shows the third frame, which comes after half a second, as its 13th and until the next."""
    tracked.portrait.show_clip_points = True
    performance = object_cache.tracked_in_memory(tracked)
    assert performance is not None
    times = np.array([0, 0.04, 0.48, 0.8, 0.84, 0.88])
    varied = replace(performance, times=times)
    pictures = [np.zeros((48, 64, 3), np.uint8)] * len(times)
    path = write_video(tmp_path / "varied.mp4", pictures, stamps=np.rint(1000 * times).astype(int).tolist())
    tracked.portrait.clip = bpy.data.movieclips.load(str(path))
    object_cache.keep_performance(object_cache.clip_key(tracked.portrait), varied)
    rate = tracked.portrait.clip.fps
    seen = [face_view(clip_view(tracked, 1 + round(rate * s))).frame for s in (0, 0.04, 0.44, 0.48, 0.76, 0.8, 0.88)]
    assert seen == [1, 2, 2, 3, 3, 4, 6]


def test_points_lie_on_the_picture_that_the_view_shows(tracked: Any) -> None:
    tracked.portrait.show_points = True
    seen = face_view(front_view(tracked))
    corners = seen.on_screen(np.array([(-0.5, -0.5), (239.5, 319.5)]))
    # One unit high in a view of two: the middle half of the region, in its proportions, y up.
    assert corners == pytest.approx(np.array([(400 - 112.5, 450), (400 + 112.5, 150)]), abs=0.01)
    assert seen.in_picture(400, 300) == pytest.approx([119.5, 159.5], abs=0.01)
    place = seen.on_screen(seen.place_of(CORNER)[None])[0]
    assert seen.handle_at(float(place[0]), float(place[1]), reach=3) == CORNER
    assert seen.handle_at(5, 5, reach=10) is None


def test_a_plane_that_is_turned_and_moved_keeps_its_points(tracked: Any) -> None:
    tracked.portrait.show_points = True
    before = face_view(front_view(tracked)).on_screen(np.array([(0, 0), (100, 200)]))
    tracked.rotation_euler, tracked.location.x, tracked.scale = (0, pi, 0), 0.5, (0.5, 0.5, 0.5)
    bpy.context.view_layer.update()
    after = face_view(front_view(tracked)).on_screen(np.array([(0, 0), (100, 200)]))
    assert after == pytest.approx(np.array((550, 300)) - 0.5 * (before - np.array((400, 300))), abs=0.01)


def bend(ob: Any, narrower: float = 0.0, nearer: float = 0.0) -> None:
    """Cut the plane into many faces; a shape key makes its sides narrower, and brings them nearer to the viewer."""
    mesh = bmesh.new()
    mesh.from_mesh(ob.data)
    bmesh.ops.subdivide_edges(mesh, edges=mesh.edges, cuts=15, use_grid_fill=True)
    mesh.to_mesh(ob.data)
    mesh.free()
    ob.shape_key_add(name="flat")
    key = ob.shape_key_add(name="bent")
    for point in key.data:
        point.co.y = -nearer * abs(point.co.x)
        point.co.x *= 1 - narrower * abs(point.co.x)
    key.value = 1
    bpy.context.view_layer.update()


def test_points_follow_a_bent_plane(tracked: Any) -> None:
    tracked.portrait.show_points = True
    flat = face_view(front_view(tracked))
    width, height = flat.size
    places = np.array([(0.3 * width, 0.2 * height), (width / 2 - 0.5, height / 2 - 0.5), (0.9 * width, 0.7 * height)])
    bend(tracked)
    assert face_view(front_view(tracked)).on_screen(places) == pytest.approx(flat.on_screen(places), abs=0.01)
    tracked.shape_key_clear()
    bend(tracked, narrower=0.5)
    bent = face_view(front_view(tracked))
    middle = REGION[0] / 2
    before, after = (np.abs(view.on_screen(places)[:, 0] - middle) for view in (flat, bent))
    assert after[1] == pytest.approx(0, abs=0.05)
    across = 0.375 * np.abs(2 * (places[:, 0] + 0.5) / width - 1)  # of a plane one unit high, before it was bent
    assert after == pytest.approx(before * (1 - 0.5 * across), abs=1)
    for place, (x, y) in zip(places, bent.on_screen(places), strict=True):
        assert bent.in_picture(x, y) == pytest.approx(place, abs=0.01)


def test_a_bent_plane_partly_behind_the_viewer_shows_no_points(tracked: Any) -> None:
    tracked.portrait.show_points = True
    view = front_view(tracked)
    lens = Matrix(((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, -1, -0.2), (0, 0, -1, 0)))
    camera = Matrix.Translation((0, -5, 0)) @ Matrix.Rotation(pi / 2, 4, "X")
    view.region_data.perspective_matrix = lens @ camera.inverted()
    bend(tracked)
    assert face_views.face_view_of(view) is not None
    tracked.shape_key_clear()
    bend(tracked, nearer=20.0)
    assert face_views.face_view_of(view) is None


def test_nothing_is_to_be_seen_edge_on_hidden_or_elsewhere(tracked: Any) -> None:
    assert face_views.face_view_of(front_view(tracked)) is None
    tracked.portrait.show_points = True
    tracked.hide_set(True)
    assert face_views.face_view_of(front_view(tracked)) is None
    tracked.hide_set(False)
    tracked.rotation_euler.z = pi / 2
    bpy.context.view_layer.update()
    assert face_views.face_view_of(front_view(tracked)) is None
    other = clip_view(tracked, 1)
    assert face_views.face_view_of(other) is None
    tracked.portrait.show_clip_points = True
    other.space_data.clip = None
    assert face_views.face_view_of(other) is None


def test_drawing_reads_nothing(tracked: Any) -> None:
    tracked.portrait.show_points = tracked.portrait.show_clip_points = True
    object_cache.forget_all()
    assert face_views.face_view_of(front_view(tracked)) is None
    assert face_views.face_view_of(clip_view(tracked, 1)) is None


def test_a_point_is_dragged_to_where_the_mouse_goes(tracked: Any) -> None:
    tracked.portrait.show_points = True
    context = front_view(tracked)
    start = face_view(context).on_screen(face_view(context).place_of(CORNER)[None])[0]
    operator = stand_in(operators.PORTRAIT_OT_move_point, handle=CORNER)
    assert drag(operator, context, start, start + np.array((-6, 4)), RELEASE) == {"FINISHED"}
    seen = face_view(context)
    assert seen.on_screen(seen.place_of(CORNER)[None])[0] == pytest.approx(start + np.array((-6, 4)), abs=0.05)
    assert [*json.loads(tracked.portrait.corrections)["portrait"]] == [CORNER]
    assert object_cache.portrait_of(tracked).points[33, :2] == pytest.approx(seen.place_of(CORNER), abs=0.05)


def test_shift_goes_a_tenth_of_the_way(tracked: Any) -> None:
    tracked.portrait.show_points = True
    context = front_view(tracked)
    start = face_view(context).on_screen(face_view(context).place_of(CORNER)[None])[0]
    operator = stand_in(operators.PORTRAIT_OT_move_point, handle=CORNER)
    operator.invoke(context, event("LEFTMOUSE", *start))
    operator.modal(context, event("MOUSEMOVE", *(start + np.array((-20, 0))), shift=True))
    seen = face_view(context)
    assert seen.on_screen(seen.place_of(CORNER)[None])[0] == pytest.approx(start + np.array((-2, 0)), abs=0.05)


@pytest.mark.parametrize("kind", ["ESC", "RIGHTMOUSE"])
def test_a_drag_is_taken_back(tracked: Any, kind: str) -> None:
    bpy.ops.portrait.move_point(handle="jaw_9", offset=(0.0, 0.1))
    before = tracked.portrait.corrections
    tracked.portrait.show_points = True
    context = front_view(tracked)
    operator = stand_in(operators.PORTRAIT_OT_move_point, handle=CORNER)
    assert drag(operator, context, (400, 300), (420, 300), event(kind)) == {"CANCELLED"}
    assert tracked.portrait.corrections == before


def test_ctrl_puts_a_point_back(tracked: Any) -> None:
    tracked.portrait.show_points = True
    bpy.ops.portrait.move_point(handle=CORNER, offset=(0.1, 0.0))
    bpy.ops.portrait.move_point(handle="jaw_9", offset=(0.0, 0.1))
    operator = stand_in(operators.PORTRAIT_OT_move_point, handle=CORNER)
    assert operator.invoke(front_view(tracked), event("LEFTMOUSE", ctrl=True)) == {"FINISHED"}
    assert points.corrections_of(tracked).portrait == (("jaw_9", (0.0, 0.1)),)


def test_a_corrected_portrait_makes_every_frame_stale_and_is_baked(tracked: Any) -> None:
    bpy.ops.portrait.bake()
    assert stale(tracked) == []
    bpy.ops.portrait.move_point(handle="outer_lips_7", offset=(0.1, 0.0))
    assert stale(tracked) == [1, 2, 3, 4, 5, 6]
    bpy.ops.portrait.bake()
    assert stale(tracked) == []


def test_a_corrected_frame_of_the_clip_makes_itself_and_its_neighbours_stale(tracked: Any) -> None:
    bpy.ops.portrait.bake()
    tracked.portrait.ease = 1
    bpy.ops.portrait.move_point(handle="outer_lips_7", offset=(0.1, 0.0), frame=4)
    assert stale(tracked) == [3, 4, 5]
    bpy.ops.portrait.bake()
    assert stale(tracked) == []
    bpy.ops.portrait.reset_points(clip=True)
    assert stale(tracked) == [3, 4, 5]


def test_the_preview_and_the_bake_show_the_correction(tracked: Any, scene: Any, tmp_path: Path) -> None:
    scene.frame_set(4)
    image = shown(tracked)
    before = np.array(image.pixels)
    bpy.ops.portrait.move_point(handle="outer_lips_7", offset=(0.15, 0.0), frame=4)
    bpy.context.view_layer.update()
    assert not np.array_equal(np.array(image.pixels), before)
    seen = np.array(image.pixels).reshape(320, 240, 4)[::-1, :, :3]
    bpy.ops.portrait.bake()
    baked = read_picture(tmp_path / "out" / "ford" / "frame_0004.png").pixels[..., ::-1]
    assert np.array_equal(np.rint(seen * 255), baked)


def test_a_point_of_the_clip_is_dragged_in_the_frame_that_the_editor_shows(tracked: Any) -> None:
    tracked.portrait.show_clip_points = True
    context = clip_view(tracked, 3)
    seen = face_view(context)
    assert seen.frame == 3
    start = seen.on_screen(seen.place_of("nose_4")[None])[0]
    assert start == pytest.approx(
        object_cache.performance_of(tracked).points[2, 4, :2] * [1, -1] + [10.5, 20 + 269.5], abs=1.0
    )
    operator = stand_in(operators.PORTRAIT_OT_move_point, handle="nose_4")
    assert drag(operator, context, start, start + np.array((5, 5)), RELEASE) == {"FINISHED"}
    moved = object_cache.performance_of(tracked).points[:, 4, :2] - object_cache.tracked_of(tracked).points[:, 4, :2]
    assert moved[2] == pytest.approx([5, -5], abs=0.1)
    assert np.linalg.norm(moved[3]) < np.linalg.norm(moved[2])


def test_the_editors_frame_counts_as_the_clip_does(tracked: Any) -> None:
    tracked.portrait.clip.frame_start = 101
    assert face_views.clip_frame(clip_view(tracked, 103).space_data) == 3
    tracked.portrait.show_clip_points = True
    assert face_views.face_view_of(clip_view(tracked, 101)) is not None
    assert face_views.face_view_of(clip_view(tracked, 100)) is None


def test_undo_and_redo(tracked: Any) -> None:
    bpy.ops.ed.undo_push(message="tracked")
    bpy.ops.portrait.move_point(handle=CORNER, offset=(0.1, 0.0))
    bpy.ops.ed.undo_push(message="moved")
    moved = object_cache.portrait_of(tracked).points.copy()
    bpy.ops.ed.undo()
    ob = bpy.data.objects["ford"]
    assert ob.portrait.corrections == ""
    assert not np.array_equal(object_cache.portrait_of(ob).points, moved)
    bpy.ops.ed.redo()
    assert np.array_equal(object_cache.portrait_of(bpy.data.objects["ford"]).points, moved)


def test_a_duplicate_has_its_own(tracked: Any) -> None:
    bpy.ops.portrait.move_point(handle=CORNER, offset=(0.1, 0.0))
    bpy.ops.object.duplicate()
    second = bpy.context.object
    assert second.portrait.corrections == tracked.portrait.corrections
    bpy.ops.portrait.reset_points()
    assert (second.portrait.corrections, bool(tracked.portrait.corrections)) == ("", True)


def test_tracking_again_keeps_them(tracked: Any) -> None:
    bpy.ops.portrait.move_point(handle=CORNER, offset=(0.1, 0.0), frame=3)
    kept = tracked.portrait.corrections
    tracked.portrait.neutral_frame = 2
    bpy.ops.portrait.track()
    assert tracked.portrait.corrections == kept
    assert object_cache.performance_of(tracked) is not object_cache.tracked_of(tracked)


def test_another_clip_is_not_corrected(tracked: Any, clip_file: Path) -> None:
    first = tracked.portrait.clip
    bpy.ops.portrait.move_point(handle=CORNER, offset=(0.1, 0.0), frame=3)
    bpy.ops.portrait.move_point(handle=CORNER, offset=(0.1, 0.0))
    tracked.portrait.clip = bpy.data.movieclips.load(str(clip_file))
    assert points.corrections_of(tracked).clip == ()
    assert len(points.corrections_of(tracked).portrait) == 1
    tracked.portrait.clip = first
    assert len(points.corrections_of(tracked).clip) == 1


def test_a_file_opened_and_saved_without_the_add_on_keeps_them(tracked: Any, tmp_path: Path) -> None:
    bpy.ops.portrait.move_point(handle=CORNER, offset=(0.1, 0.0))
    bpy.ops.portrait.place_face()
    kept = tracked.portrait.corrections, *tracked.portrait.place_location, tracked.portrait.place_size
    path = str(tmp_path / "saved.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    portrait_addon.unregister()
    try:
        bpy.ops.wm.open_mainfile(filepath=path)
        bpy.ops.wm.save_as_mainfile(filepath=path)
    finally:
        portrait_addon.register()
    bpy.ops.wm.open_mainfile(filepath=path)
    properties = bpy.data.objects["ford"].portrait
    assert (properties.corrections, *properties.place_location, properties.place_size) == kept
    assert properties.place_by_hand


def test_text_that_is_no_correction_is_named_and_can_be_reset(tracked: Any) -> None:
    tracked.portrait.corrections = '{"portrait": {"chin": [0, 0]}}'
    with pytest.raises(RuntimeError, match=r"ford: what was corrected cannot be read, it chin is no point"):
        bpy.ops.portrait.bake()
    bpy.ops.portrait.reset_points()
    assert bpy.ops.portrait.bake() == {"FINISHED"}


def test_a_point_that_is_none_is_named(tracked: Any) -> None:
    with pytest.raises(RuntimeError, match="There is no point chin; they are called jaw_1 to left_pupil"):
        bpy.ops.portrait.move_point(handle="chin")


def test_one_of_several_faces_in_the_portrait_is_clicked_on(
    add: Callable[..., Any], pair_file: Path, clip_file: Path
) -> None:
    ob = add(pair_file)
    ob.portrait.show_points = True
    context = front_view(ob)
    seen = face_view(context)
    [(number, outline)] = seen.other_faces
    place = seen.on_screen(outline).mean(axis=0)
    assert (number, seen.other_face_at(*place)[0]) == (2, 2)
    first = object_cache.portrait_of(ob)
    assert first.faces == 2
    bpy.ops.portrait.pick_face(face=number)
    assert ob.portrait.face == 2
    assert object_cache.portrait_of(ob).points[:, 0].mean() - first.points[:, 0].mean() > 150
    assert [number for number, _ in face_view(context).other_faces] == [1]
    ob.portrait.face = 3
    bpy.context.view_layer.update()
    assert preview.problem(ob) == "pair.png: there is no face 3; choose one from 1 to 2"


def test_another_face_of_the_clip_is_tracked_anew(
    add: Callable[..., Any], portrait_file: Path, clip_file: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "couple"
    folder.mkdir()
    for path in sorted(clip_file.parent.glob("man_*.png")):
        man = read_picture(path).pixels
        small = cv2.copyMakeBorder(cv2.resize(man, (400, 225)), 0, 45, 0, 0, cv2.BORDER_REPLICATE)
        write_picture(folder / path.name, np.hstack([man, small]))
    ob = add(portrait_file)
    bpy.ops.portrait.load_clip(filepath=str(folder / "man_001.png"))
    assert "2 faces found; the largest is followed" in ob.portrait.notes
    first = object_cache.performance_of(ob)
    assert bpy.ops.portrait.find_faces() == {"FINISHED"}
    seen = face_view(clip_view(ob, 1))
    assert [number for number, _ in seen.other_faces] == [2]
    bpy.ops.portrait.pick_face(face=2, driving=True)
    assert ob.portrait.tracked_frames == 0
    bpy.ops.portrait.track()
    assert "number 2 by size is followed" in ob.portrait.notes
    assert object_cache.performance_of(ob).points[0, :, 0].mean() - first.points[0, :, 0].mean() > 300


def test_where_no_face_is_found_one_is_placed_by_hand(ready: Any, wall_file: Path, tmp_path: Path) -> None:
    ready.portrait.portrait = bpy.data.images.load(str(wall_file))
    bpy.ops.portrait.track()
    assert "place the face by hand" in str(preview.problem(ready))
    with pytest.raises(RuntimeError, match=r"wall\.png: no face found"):
        bpy.ops.portrait.bake()
    assert bpy.ops.portrait.place_face() == {"FINISHED"}
    assert points.placement_of(ready) == Placement()
    assert preview.problem(ready) is None
    assert [handle.action for handle in face_view(front_view(ready)).gizmo_handles] == ["MOVE", "SIZE", "TURN"]
    assert bpy.ops.portrait.bake() == {"FINISHED"}
    bpy.ops.portrait.move_face(action="MOVE", offset=(24, 0))
    assert ready.portrait.place_location[0] == pytest.approx(0.6, abs=1e-5)
    assert stale(ready) == [1, 2, 3, 4, 5, 6]


def test_placing_begins_where_a_face_was_found(ready: Any) -> None:
    found = object_cache.portrait_of(ready).points
    bpy.ops.portrait.place_face()
    assert np.abs(object_cache.portrait_of(ready).points - found)[:, :2].mean() < 5
    ready.portrait.place_by_hand = False
    assert np.array_equal(object_cache.portrait_of(ready).points, found)


@pytest.mark.parametrize(
    ("action", "way", "changed"),
    [("MOVE", (20, 0), "x"), ("SIZE", (0, -60), "size"), ("SIZE", (-40, 0), "roll"), ("TURN", (20, 0), "turn"),
     ("TURN", (0, -20), "nod")],
)  # fmt: skip
def test_a_placed_face_is_dragged_by_gizmo_handles(ready: Any, action: str, way: tuple[int, int], changed: str) -> None:
    points.keep_placement(ready, Placement())
    ready.portrait.show_points = True
    context = front_view(ready)
    handle = next(handle for handle in face_view(context).gizmo_handles if handle.action == action)
    start = face_view(context).on_screen(handle.place[None])[0]
    assert face_view(context).gizmo_handle_at(start[0], start[1], reach=2).action == action
    before = points.placement_of(ready)
    operator = stand_in(operators.PORTRAIT_OT_move_face, action=action)
    assert drag(operator, context, start, start + way, RELEASE) == {"FINISHED"}
    after = points.placement_of(ready)
    assert getattr(after, changed) > getattr(before, changed) + 1e-3
    handle = next(handle for handle in face_view(context).gizmo_handles if handle.action == action)
    if action != "TURN":
        assert face_view(context).on_screen(handle.place[None])[0] == pytest.approx(start + way, abs=0.1)
    operator = stand_in(operators.PORTRAIT_OT_move_face, action=action)
    assert drag(operator, context, start, start + way, ESCAPE) == {"CANCELLED"}
    assert points.placement_of(ready) == after


def test_turning_stops_where_a_face_is_seen_from_the_side() -> None:
    start = np.zeros(2)
    assert gizmo_handles.dragged(Placement(), "TURN", start, start + np.array((9999, 0)), (240, 320)).turn == 90


def test_without_a_portrait_the_buttons_say_why() -> None:
    for operator in ("move_point", "place_face", "reset_points", "show_clip"):
        assert not getattr(bpy.ops.portrait, operator).poll()
    with pytest.raises(RuntimeError, match="Select a portrait first"):
        bpy.ops.portrait.place_face()


def test_a_face_that_is_not_placed_cannot_be_moved(ready: Any) -> None:
    with pytest.raises(RuntimeError, match="The face is not placed by hand"):
        bpy.ops.portrait.move_face(action="MOVE")


def test_what_is_preset_is_the_methods_own(ready: Any) -> None:
    ready.portrait.place_by_hand = True
    assert points.placement_of(ready) == Placement()
    assert ready.portrait.ease == EASE


def test_every_contour_is_one_of_points(ready: Any) -> None:
    from portrait_addon.blender.viewport import overlay

    lines = [*overlay.contours()]
    assert len(lines) == 11
    assert all(0 <= point < 478 for line in lines for point in line)


def test_gizmos_start_operators_that_exist() -> None:
    from portrait_addon.blender.viewport import gizmos

    names = [gizmo.operator for gizmo in gizmos.FaceViewGizmo.__subclasses__()]
    assert len(names) == 3
    for name in names:
        bpy.ops.portrait.__getattribute__(name.removeprefix("portrait.")).get_rna_type()  # KeyError without it
