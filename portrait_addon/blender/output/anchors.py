"""Anchors: empties that follow the composed face, to hang hats and glasses on, with its channels for drivers.

``NAME anchors``
    Child of the portrait, in the plane's own space. Its Y scale says how deep the face is before the flat plane. Its
    custom properties are the channels: ``jawOpen`` and so on, ``headTurn``, ``gazeNod``.
``NAME anchor head``
    Child of it; turns, moves and grows as the portrait's head does.
``NAME anchor brows``, ``NAME anchor right eye`` and so on
    Children of the head; move as the expression moves them.

All of it is keyed by plain curves in one Action, which any Blender plays, with or without the extension. The live
preview lays what it shows over the curves; the curves count again with the next frame without a preview.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import bpy
import numpy as np
from mathutils import Vector

from ...pipeline.frame.result import ANGLES, CHANNELS, PARTS, SHIFTS, Result
from ...pipeline.imaging.arrays import Float64Array
from ...pipeline.timeline.rig_channels import sparse_keys
from ..data.anchors import anchors_of
from .keying import put_keys, shift_keys

ROLE, START = "living_portraits_anchor", "living_portraits_start"
"""Custom properties of the empties: what each is; of the root, the portrait's start frame when it was keyed."""

RELIEF = 0.25
"""How deep a face is before its plane at first. A camera with perspective sees what stands before the plane larger and
farther out than the picture, so that glasses on a head of full depth would slip."""

EXACT = 1e-4
"""What curves may miss, in scene units, radians or scores; what is shown may miss twice as much before it is moved."""


class Target(NamedTuple):
    """Where a number of a result goes: a property of an empty, and which of its numbers; None if it has but one."""

    empty: Any
    path: str
    axis: int | None


def make(ob: Any) -> Any:
    """Make the anchors of a portrait, or those of them that are missing.

    Parameters
    ----------
    ob : bpy.types.Object
        It must be in a collection.

    Returns
    -------
    bpy.types.Object
        The empty that holds them.
    """
    root = anchors_of(ob)
    if root is None:
        root = ob.portrait.result = _new_empty(ob, ob, "anchors", "PLAIN_AXES", 0.05)
        root.scale.y = RELIEF
    head = _part(root, "head") or _new_empty(ob, root, "head", "CUBE", 0.15)
    for name in PARTS:
        if _part(root, name) is None:
            _new_empty(ob, head, name, "SPHERE", 0.015)
    for name in CHANNELS:
        if name not in root:
            root[name] = 0.0
        root.id_properties_ui(name).update(subtype="ANGLE" if name in ANGLES else "NONE")
    return root


def key(ob: Any, frames: Sequence[int], results: Sequence[Result]) -> None:
    """Key the anchors of a portrait; keys before and after these frames stay.

    Parameters
    ----------
    ob : bpy.types.Object
        If it has no anchors, nothing is done.
    frames : sequence of int
        Scene frames, increasing by 1.
    results : sequence of Result
        What they show.
    """
    root = anchors_of(ob)
    if root is None or not results:
        return
    root[START] = ob.portrait.start_frame
    _place(ob, root)
    width, numbers = _width(ob), np.asarray(frames)
    rows = np.array([_values(result, width) for result in results])
    rows[:, TURN] = np.unwrap(rows[:, TURN], axis=0)
    action = root.animation_data_create().action or bpy.data.actions.new(f"{ob.name} anchors")
    for target, values in zip(_targets(root), rows.T, strict=True):
        if target.empty is not None:
            kept = sparse_keys(values, EXACT)
            put_keys(action, *target[:2], target.axis or 0, numbers[kept], values[kept])
    play(ob)


def follow(ob: Any, result: Result) -> None:
    """Lay what a preview shows over the curves.

    Parameters
    ----------
    ob : bpy.types.Object
        If it has no anchors, nothing is done.
    result : Result
    """
    root = anchors_of(ob)
    if root is None:
        return
    _place(ob, root)
    moved = False
    for target, value in zip(_targets(root), _values(result, _width(ob)), strict=True):
        moved |= target.empty is not None and _show(target, float(value))
    if moved:
        root.update_tag()  # custom properties do not tag by themselves


def play(ob: Any) -> None:
    """Show again what the curves of a portrait's anchors say."""
    root = anchors_of(ob)
    for empty in (root, *root.children_recursive) if root is not None else ():
        if ROLE in empty:
            empty.update_tag(refresh={"TIME"})


def shift(ob: Any) -> None:
    """Move the keys to where the portrait now begins, as its baked frames move."""
    root = anchors_of(ob)
    if root is None or root.animation_data is None or not isinstance(root.get(START), int):
        return
    action = root.animation_data.action
    if action is None:
        return
    by, root[START] = ob.portrait.start_frame - root[START], ob.portrait.start_frame
    for target in _targets(root):
        if target.empty is not None:
            shift_keys(action, *target[:2], target.axis or 0, by)
    play(ob)


def _part(root: Any, role: str) -> Any | None:
    return next((child for child in root.children_recursive if child.get(ROLE) == role), None)


def _new_empty(ob: Any, parent: Any, role: str, shape: str, size: float) -> Any:
    empty = bpy.data.objects.new(f"{ob.name} {role}" if parent == ob else f"{ob.name} anchor {role}", None)
    empty.empty_display_type, empty.empty_display_size = shape, size * _width(ob)
    empty.parent, empty[ROLE] = parent, role
    ob.users_collection[0].objects.link(empty)
    return empty


def _width(ob: Any) -> float:
    """Width of the plane in its own space."""
    return float(ob.bound_box[6][0] - ob.bound_box[0][0])


def _place(ob: Any, root: Any) -> None:
    """Put the root into the middle of the plane, which an artist may have moved in its object."""
    middle = (Vector(ob.bound_box[0]) + Vector(ob.bound_box[6])) / 2
    if (root.location - middle).length > EXACT:
        root.location = middle


TURN = slice(3, 6)
"""Of the values: the head's rotation."""


def _targets(root: Any) -> list[Target]:
    """Where the numbers of a result go, in the order of `_values`; without an empty where an artist has deleted it."""
    head = _part(root, "head")
    vectors = [(head, "location"), (head, "rotation_euler"), (head, "scale")]
    vectors += [(_part(root, name), "location") for name in PARTS]
    return [Target(empty, path, axis) for empty, path in vectors for axis in range(3)] + [
        Target(root, f'["{name}"]', None) for name in CHANNELS
    ]


def _values(result: Result, width: float) -> Float64Array:
    """The numbers of a result, of a plane of a width."""
    channels = [value * (width if name in SHIFTS else 1) for name, value in result.channels().items()]
    places, size = width * result.parts.ravel(), np.full(3, result.size)
    return np.concatenate([width * result.location, result.rotation, size, places, channels])


def _show(target: Target, value: float) -> bool:
    """Whether a property has changed."""
    empty, path, axis = target
    shown = empty.get(path[2:-2]) if axis is None else getattr(empty, path)[axis]
    # A custom property may be gone, or be what an artist or a stranger's file has made of it.
    if isinstance(shown, float) and abs(shown - value) <= 2 * EXACT:
        return False
    if axis is None:
        empty[path[2:-2]] = value
    else:
        getattr(empty, path)[axis] = value
    return True
