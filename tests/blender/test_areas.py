"""A portrait is looked at in the part of a view that sidebar, toolbar and headers leave."""

from __future__ import annotations

from collections.abc import Callable
from math import radians
from types import SimpleNamespace
from typing import Any

import bpy
import numpy as np
import pytest
from mathutils import Matrix, Vector
from numpy.typing import NDArray

from portrait_addon.blender.viewport import areas
from portrait_addon.blender.viewport.areas import Part


@pytest.fixture
def ob(add: Callable[..., Any]) -> Any:
    return add()


@pytest.fixture
def view(ob: Any) -> Any:
    """A 3D view, with the portrait in its scene."""
    return next(area for area in bpy.context.window_manager.windows[0].screen.areas if area.type == "VIEW_3D")


def region(kind: str, alignment: str, x: int, y: int, width: int, height: int) -> SimpleNamespace:
    return SimpleNamespace(type=kind, alignment=alignment, x=x, y=y, width=width, height=height)


def corners(area: Any, ob: Any) -> NDArray[np.float64]:
    """Where the corners of a portrait are on the screen, in a view that nobody draws."""
    main, space = areas.main_region(area), area.spaces.active
    view = space.region_3d
    camera = Matrix.LocRotScale(view.view_location, view.view_rotation, None) @ Matrix.Translation(
        (0, 0, view.view_distance)
    )
    places = np.array([camera.inverted() @ ob.matrix_world @ Vector(corner) for corner in ob.bound_box])
    depth = -places[:, 2:] if view.is_perspective else view.view_distance
    tangent = 36 / space.lens  # of half the angle that is seen
    larger = max(main.width, main.height)
    return np.asarray((main.width, main.height)) / 2 + places[:, :2] / depth / tangent * larger / 2


def test_what_lies_over_a_view_is_no_room_in_it() -> None:
    sides = [
        region("HEADER", "TOP", 2, 821, 1145, 27),
        region("TOOL_HEADER", "TOP", 2, 794, 1145, 27),
        region("ASSET_SHELF", "BOTTOM", 2, 86, 1145, 40),
        region("TOOLS", "LEFT", 2, 86, 58, 708),
        region("UI", "RIGHT", 855, 86, 292, 708),
        region("HUD", "FLOAT", 60, 86, 300, 200),
    ]
    main = region("WINDOW", "NONE", 2, 86, 1145, 762)
    assert areas.uncovered(SimpleNamespace(regions=[*sides, main])) == Part(58, 40, 853, 708)
    sides[4] = region("UI", "RIGHT", 1146, 86, 1, 1)  # hidden
    assert areas.uncovered(SimpleNamespace(regions=[*sides, main])) == Part(58, 40, 1145, 708)


@pytest.mark.parametrize("perspective", ["PERSP", "ORTHO", "CAMERA"])
@pytest.mark.parametrize("room", [Part(60, 0, 400, 700), Part(500, 100, 1200, 220)])
def test_a_portrait_fills_what_is_left_of_the_view(
    view: Any, ob: Any, room: Part, perspective: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ob.location, ob.rotation_euler, ob.scale = (3, -2, 1), (0.2, 0.1, 0.8), (2, 2, 2)
    bpy.context.view_layer.update()
    view.spaces.active.region_3d.view_perspective = perspective
    monkeypatch.setattr(areas, "uncovered", lambda _area: room)
    with bpy.context.temp_override(area=view, window=bpy.context.window_manager.windows[0]):
        assert bpy.ops.portrait.look() == {"FINISHED"}
    left, bottom = corners(view, ob).min(axis=0)
    right, top = corners(view, ob).max(axis=0)
    assert ((left + right) / 2, (bottom + top) / 2) == pytest.approx(
        ((room.left + room.right) / 2, (room.bottom + room.top) / 2), abs=1
    )
    share = max((right - left) / (room.right - room.left), (top - bottom) / (room.top - room.bottom))
    assert share == pytest.approx(1 / areas.MARGIN, abs=0.01)
    assert areas.is_looked_at(view, ob)


def test_a_view_from_aside_or_through_a_camera_is_the_artists_own(view: Any, ob: Any) -> None:
    areas.look_at(view, ob)
    assert areas.is_looked_at(view, ob)
    ob.rotation_euler.z = radians(5)
    bpy.context.view_layer.update()
    assert not areas.is_looked_at(view, ob)
    areas.look_at(view, ob)
    view.spaces.active.region_3d.view_perspective = "CAMERA"
    assert not areas.is_looked_at(view, ob)
