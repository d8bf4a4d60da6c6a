"""A portrait that answers a camera of the scene: drivers tell its own camera how that one moves before the plane.

Where the scene's camera stands when this is set up counts as where the portrait was taken, so that nothing jumps.

The expressions are simple ones, which Blender computes without Python: they work in every file, and on a farm.
"""

from __future__ import annotations

from math import atan2, degrees, dist, hypot
from typing import Any, NamedTuple

import bpy

SEEN = "living_portrait_camera_seen"
"""Marks the empty that is where the camera is, in the space of the plane."""

DRIVEN = ("camera_distance", "camera_turn", "camera_nod")


class OwnCamera(NamedTuple):
    """The camera that took a portrait.

    Attributes
    ----------
    head : tuple of two float
        The middle of the head, to the right and up from that of the picture, in its widths.
    metres : float
        From the camera to there.
    lens : float
        Its focal length, in millimetres on 36 x 24.
    sure : bool
        Whether the lens, and with it the distance, is known and not assumed.
    """

    head: tuple[float, float]
    metres: float
    lens: float
    sure: bool


def follow(ob: Any, camera: Any, own: OwnCamera) -> Any:
    """Let a portrait answer a camera; done again, with the camera and the fit of now.

    Parameters
    ----------
    ob : bpy.types.Object
        A portrait.
    camera : bpy.types.Object
    own : OwnCamera
        Of the portrait.

    Returns
    -------
    bpy.types.Object
        The empty that is where the camera is.
    """
    seen = seen_camera(ob) or _new_empty(ob)
    seen.constraints[0].target = camera
    from_plane = ob.matrix_world.inverted() @ camera.matrix_world.translation
    for name, expression in _expressions(ob, own, tuple(from_plane)).items():
        path = f"portrait.{name}"
        ob.driver_remove(path)
        driver = ob.driver_add(path).driver
        driver.type, driver.expression = "SCRIPTED", expression
        for axis in "xyz":
            variable = driver.variables.new()
            variable.name, variable.type = axis, "TRANSFORMS"
            target = variable.targets[0]
            target.id, target.transform_type, target.transform_space = seen, f"LOC_{axis.upper()}", "LOCAL_SPACE"
    return seen


def leave(ob: Any) -> None:
    """Let a portrait answer no camera any more; its own stays where it is.

    Parameters
    ----------
    ob : bpy.types.Object
    """
    for name in DRIVEN:
        ob.driver_remove(f"portrait.{name}")
    seen = seen_camera(ob)
    if seen is not None:
        bpy.data.objects.remove(seen)


def seen_camera(ob: Any) -> Any | None:
    """The empty that is where the camera is that a portrait answers, if it answers one."""
    return next((child for child in ob.children if child.get(SEEN)), None)


def _new_empty(ob: Any) -> Any:
    empty = bpy.data.objects.new(f"{ob.name} sees", None)
    empty[SEEN] = True
    empty.parent, empty.empty_display_size = ob, 0.05
    empty.constraints.new("COPY_LOCATION")
    for collection in ob.users_collection:
        collection.objects.link(empty)
    return empty


def _expressions(ob: Any, own: OwnCamera, start: tuple[float, float, float]) -> dict[str, str]:
    """Of each driver, from the camera's place x, y, z in the space of the plane, which lies in x and z and faces -y."""
    width = ob.bound_box[6][0] - ob.bound_box[0][0]
    right, up = (width * length for length in own.head)
    aside, above = f"(x-({right:.6g}))", f"(z-({up:.6g}))"
    x, y, z = start
    turn, nod = degrees(atan2(x - right, -y)), degrees(atan2(z - up, hypot(x - right, y)))
    scale = own.metres / max(dist(start, (right, 0, up)), 1e-6)
    far = f"sqrt({aside}*{aside}+y*y+{above}*{above})"
    return {
        "camera_distance": f"clamp({scale:.8g}*{far},0.2,20)",
        "camera_turn": f"clamp(degrees(atan2({aside},-y))-({turn:.6g}),-15,15)",
        "camera_nod": f"clamp(degrees(atan2({above},sqrt({aside}*{aside}+y*y)))-({nod:.6g}),-15,15)",
    }
