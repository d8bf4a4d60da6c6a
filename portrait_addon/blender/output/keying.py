"""Keys of curves in an Action, put in place all at once."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

LINEAR = bpy.types.Keyframe.bl_rna.properties["interpolation"].enum_items["LINEAR"].value


def put_keys(
    action: Any,
    ob: Any,
    path: str,
    index: int,
    frames: NDArray[np.int_] | NDArray[np.float64],
    values: NDArray[np.float64],
) -> None:
    """Key a property with straight lines between the keys. Keys before the first frame and after the last one stay.

    Parameters
    ----------
    action : bpy.types.Action
        The data-block is given it, with a slot of its own.
    ob : bpy.types.ID
        An object, or the shape keys of a mesh.
    path : str
        Of the property.
    index : int
        Which of its numbers; 0 if it has but one.
    frames : (k,) array
        Scene frames, increasing.
    values : (k,) float64 array
    """
    curve = curve_of(action, ob, path, index)
    old = np.empty(2 * len(curve.keyframe_points), np.float32)
    curve.keyframe_points.foreach_get("co", old)
    kept = old.reshape(-1, 2)
    before, after = kept[kept[:, 0] < frames[0]], kept[kept[:, 0] > frames[-1]]
    _set(curve, np.vstack([before, np.column_stack([frames, values]).astype(np.float32), after]))


def shift_keys(action: Any, ob: Any, path: str, index: int, by: int) -> None:
    """Move all keys of a property in time.

    Parameters
    ----------
    action, ob, path, index
        As for `put_keys`.
    by : int
        Frames of the scene.
    """
    curve = curve_of(action, ob, path, index)
    places = np.empty(2 * len(curve.keyframe_points), np.float32)
    curve.keyframe_points.foreach_get("co", places)
    _set(curve, places.reshape(-1, 2) + np.array([by, 0], np.float32))


def curve_of(action: Any, ob: Any, path: str, index: int) -> Any:
    """The curve of a property in an Action; the data-block is given the Action and a slot of its own if need be."""
    animated = ob.animation_data_create()
    if animated.action != action:
        animated.action = action
        animated.action_slot = action.slots.new(ob.id_type, ob.name)
    return action.fcurve_ensure_for_datablock(ob, path, index=index)


def _set(curve: Any, places: NDArray[np.float32]) -> None:
    curve.keyframe_points.clear()
    curve.keyframe_points.add(len(places))
    curve.keyframe_points.foreach_set("co", places.ravel())
    curve.keyframe_points.foreach_set("interpolation", np.full(len(places), LINEAR, np.int32))
    curve.update()
