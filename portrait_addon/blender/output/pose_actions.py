"""A pose of the sliders as an Action: a key for each at frame 1. Marked as assets, they stand in the asset browser."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

PATH = "portrait.drive."
"""What the data paths of sliders begin with."""

TAG = "Portrait Pose"
"""Of the assets."""


def make(name: str, values: Mapping[str, float], picture: NDArray[np.float32] | None = None) -> Any:
    """Make an Action of a pose of the sliders, and mark it as an asset.

    Parameters
    ----------
    name : str
        Blender adds a number if there is one already.
    values : mapping from str to float
        Of properties of `PortraitDrive`.
    picture : (h, w, 4) float32 array, optional
        RGBA with rows from below, which the asset browser shows.

    Returns
    -------
    bpy.types.Action
    """
    action = bpy.data.actions.new(name)
    curves = new_curves(action)
    for path, value in values.items():
        curves.new(f"{PATH}{path}").keyframe_points.insert(1, value)
    mark(action, TAG, "A pose of a living portrait", picture)
    return action


def new_curves(action: Any) -> Any:
    """The empty curves of a new Action, for any object."""
    strip = action.layers.new("Layer").strips.new(type="KEYFRAME")
    return strip.channelbag(action.slots.new("OBJECT", "Portrait"), ensure=True).fcurves


def mark(action: Any, tag: str, description: str, picture: NDArray[np.float32] | None = None) -> None:
    """Mark an Action as an asset.

    Parameters
    ----------
    action : bpy.types.Action
    tag, description : str
    picture : (h, w, 4) float32 array, optional
        See `make`.
    """
    action.asset_mark()
    action.asset_data.description = description
    action.asset_data.tags.new(tag, skip_if_exists=True)
    if picture is not None:
        preview = action.preview_ensure()
        preview.image_size = picture.shape[1::-1]
        preview.image_pixels_float.foreach_set(picture.ravel())


def values_of(action: Any) -> dict[str, float]:
    """Read the pose that an Action begins with.

    Parameters
    ----------
    action : bpy.types.Action
        Any; curves of other properties do not count.

    Returns
    -------
    dict from str to float
        By properties of `PortraitDrive`; empty if it moves no slider.
    """
    first = action.curve_frame_range[0]
    return {
        curve.data_path.removeprefix(PATH): curve.evaluate(first)
        for curve in curves_of(action)
        if curve.data_path.startswith(PATH)
    }


def curves_of(action: Any) -> Iterable[Any]:
    """All curves of an Action, of whatever slot."""
    for layer in action.layers:
        for strip in layer.strips:
            for bag in strip.channelbags:
                yield from bag.fcurves


def poses() -> list[Any]:
    """The Actions of this file that are poses."""
    return [action for action in bpy.data.actions if is_tagged(action.asset_data, TAG)]


def is_tagged(metadata: Any | None, tag: str) -> bool:
    """Whether an asset has a tag."""
    return metadata is not None and tag in metadata.tags
