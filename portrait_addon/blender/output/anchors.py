"""Anchors: empties that follow the composed face, to hang hats and glasses on, with its channels for drivers.

``NAME anchors``
    Child of the portrait, in the middle of its plane. Where that is bent, it is turned to what the face lies on. Its Y
    scale says how deep the face is before the plane. Its custom properties are the channels: ``jawOpen`` and so on,
    ``headTurn``, ``gazeNod``.
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
from scipy.spatial.transform import Rotation

from ...pipeline.frame.result import ANGLES, CHANNELS, PARTS, SHIFTS, Result
from ...pipeline.imaging.arrays import Float64Array
from ...pipeline.timeline.rig_channels import sparse_keys
from ..data.anchors import anchors_of
from .keying import put_keys, shift_keys
from .surface import Surface

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


def key(ob: Any, frames: Sequence[int], results: Sequence[Result], surfaces: Sequence[Surface]) -> None:
    """Key the anchors of a portrait; keys before and after these frames stay.

    Parameters
    ----------
    ob : bpy.types.Object
        If it has no anchors, nothing is done.
    frames : sequence of int
        Scene frames, increasing by 1.
    results : sequence of Result
        What they show.
    surfaces : sequence of Surface
        What the picture lies on in them.
    """
    root = anchors_of(ob)
    if root is None or not results:
        return
    root[START] = ob.portrait.start_frame
    numbers = np.asarray(frames)
    rows = np.array([_values(*shown, root.scale.y) for shown in zip(results, surfaces, strict=True)])
    for turn in TURNS:
        rows[:, turn] = np.unwrap(rows[:, turn], axis=0)
    action = root.animation_data_create().action or bpy.data.actions.new(f"{ob.name} anchors")
    for target, values in zip(_targets(root), rows.T, strict=True):
        if target.empty is not None:
            kept = sparse_keys(values, EXACT)
            put_keys(action, *target[:2], target.axis or 0, numbers[kept], values[kept])
    play(ob)


def follow(ob: Any, result: Result, surface: Surface) -> None:
    """Lay what a preview shows over the curves.

    Parameters
    ----------
    ob : bpy.types.Object
        If it has no anchors, nothing is done.
    result : Result
    surface : Surface
        What the picture lies on.
    """
    root = anchors_of(ob)
    if root is None:
        return
    moved = False
    for target, value in zip(_targets(root), _values(result, surface, root.scale.y), strict=True):
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


TURNS = slice(3, 6), slice(9, 12)
"""Of the values: the rotations of root and head."""

LEAST_RELIEF = 1e-3
"""A relief that is flatter counts as so deep: what hangs on it could not leave the plane."""


def _targets(root: Any) -> list[Target]:
    """Where the numbers of a result go, in the order of `_values`; without an empty where an artist has deleted it."""
    head = _part(root, "head")
    vectors = [(root, "location"), (root, "rotation_euler")]
    vectors += [(head, "location"), (head, "rotation_euler"), (head, "scale")]
    vectors += [(_part(root, name), "location") for name in PARTS]
    return [Target(empty, path, axis) for empty, path in vectors for axis in range(3)] + [
        Target(root, f'["{name}"]', None) for name in CHANNELS
    ]


def _values(result: Result, surface: Surface, relief: float) -> Float64Array:
    """The numbers of a result, of a face that lies on a surface as a relief."""
    across_and_up = np.array([(0, 0), result.rest_location[::2], result.location[::2], *result.places()[:, ::2]])
    depths = np.array([result.location[1], *result.places()[:, 1]])
    spots = surface.at(across_and_up)
    middle, width, ground = spots.places[0], spots.widths[1], spots.axes[1]
    deep = relief if abs(relief) > LEAST_RELIEF else LEAST_RELIEF
    raised = spots.places[2:] + deep * width * depths[:, None] * spots.axes[2:, :, 1]
    head, *parts = (raised - middle) @ ground / (1, deep, 1)
    turn = Rotation.from_matrix(ground.T @ spots.axes[2]) * Rotation.from_euler("xyz", result.rotation)
    size = result.size * spots.widths[2] / width
    on_head = turn.inv().apply(np.array(parts) - head) / size
    channels = [value * (width if name in SHIFTS else 1) for name, value in result.channels().items()]
    vectors = middle, Rotation.from_matrix(ground).as_euler("xyz"), head, turn.as_euler("xyz"), np.full(3, size)
    return np.concatenate([*vectors, on_head.ravel(), channels])


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
