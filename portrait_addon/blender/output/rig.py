"""A performance as Blender's own data: an Action on empties, for artists to drive other rigs with.

``NAME performance``
    Custom properties ``jawOpen``, ``mouthSmileLeft`` and so on, the 52 scores of Apple's blendshapes, 0 to 1.
``NAME head``
    Child of it; location and rotation of the head, from the neutral frame.
``NAME gaze``
    Child of the head; rotation of the eyes in it.
``NAME point 01`` to ``68``
    Children of the head, if wanted; the iBUG points of the expression on the unmoved head.

Made again, the same empties get new curves: what is driven by them stays driven.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bpy
import numpy as np

from ...pipeline.imaging.arrays import Float64Array
from ...pipeline.records.face import BLENDSHAPES
from ...pipeline.timeline.rig_channels import RigChannels, sparse_keys
from .keying import put_keys

ROLE = "living_portraits"
"""Custom property of an empty: what it is in the rig."""

SCORE, RADIANS, METRES = 0.01, 0.004, 0.0005
"""What sparse curves may miss at a tolerance of 1: a hundredth of a score, a quarter of a degree, half a millimetre."""


def make_rig(
    ob: Any, scene: Any, channels: RigChannels, frames: Sequence[int], tolerance: float, *, points: bool
) -> Any:
    """Make the empties of an object, or give them new curves.

    Parameters
    ----------
    ob, scene
    channels : RigChannels
    frames : sequence of int
        Scene frames of the rows of `channels`.
    tolerance : float
        0 keys every frame; 1 is `SCORE`, `RADIANS` and `METRES`, and so on.
    points : bool
        Whether there are to be points.

    Returns
    -------
    bpy.types.Object
        The empty that holds the scores.
    """
    root = ob.portrait.rig
    if root is None or root.name not in scene.objects:
        root = ob.portrait.rig = _new_empty(f"{ob.name} performance", scene, "PLAIN_AXES", 0.1)
        root.location = scene.cursor.location
    parts = {child[ROLE]: child for child in root.children_recursive if ROLE in child}
    head = parts.get("head") or _new_part(root, ob, "head", scene, "CUBE", 0.08)
    gaze = parts.get("gaze") or _new_part(head, ob, "gaze", scene, "SINGLE_ARROW", 0.1)
    action = _empty_action(root, f"{ob.name} performance")
    for name, values in zip(BLENDSHAPES, channels.scores.T, strict=True):
        root[name] = float(values[0])
        root.id_properties_ui(name).update(min=0.0, max=1.0, description="Score of the expression, 0 to 1")
        _key(action, root, f'["{name}"]', 0, frames, values, tolerance * SCORE)
    _key_vector(action, head, "location", frames, channels.location, tolerance * METRES)
    _key_vector(action, head, "rotation_euler", frames, channels.rotation, tolerance * RADIANS)
    _key_vector(action, gaze, "rotation_euler", frames, channels.gaze, tolerance * RADIANS)
    for number, places in enumerate(np.moveaxis(channels.points, 1, 0) if points else (), start=1):
        role = f"point {number:02d}"
        point = parts.get(role) or _new_part(head, ob, role, scene, "SPHERE", 0.001)
        _key_vector(action, point, "location", frames, places, tolerance * METRES)
    return root


def _new_part(parent: Any, ob: Any, role: str, scene: Any, shape: str, size: float) -> Any:
    part = _new_empty(f"{ob.name} {role}", scene, shape, size)
    part.parent, part[ROLE] = parent, role
    return part


def _new_empty(name: str, scene: Any, shape: str, size: float) -> Any:
    empty = bpy.data.objects.new(name, None)
    empty.empty_display_type, empty.empty_display_size = shape, size
    scene.collection.objects.link(empty)
    return empty


def _empty_action(root: Any, name: str) -> Any:
    """The rig's Action, without curves."""
    animated = root.animation_data_create()
    if animated.action is not None and animated.action.users <= 1 + len(root.children_recursive):
        bpy.data.actions.remove(animated.action)
    return bpy.data.actions.new(name)


def _key_vector(action: Any, ob: Any, path: str, frames: Sequence[int], values: Float64Array, tolerance: float) -> None:
    for axis, curve in enumerate(values.T):
        _key(action, ob, path, axis, frames, curve, tolerance)


def _key(
    action: Any, ob: Any, path: str, index: int, frames: Sequence[int], values: Float64Array, tolerance: float
) -> None:
    """Key one curve; without a tolerance at every frame."""
    rows = sparse_keys(values, tolerance) if tolerance else np.arange(len(values))
    put_keys(action, ob, path, index, np.asarray(frames)[rows], values[rows])
