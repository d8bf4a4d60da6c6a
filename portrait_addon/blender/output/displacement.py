"""A relief of the person on a portrait's plane: two modifiers and a picture of heights.

``NAME subdivision`` and ``NAME depth``
    Modifiers of the plane; the second one's Strength says how far the relief rises.
``NAME depth``
    The picture of heights, and the texture that shows it to the modifier.

Made again, they get the new heights; Strength stays. Removed by removing the modifiers.
"""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from ...pipeline.imaging.arrays import Float32Array, Float64Array

SUBDIVISION, DEPTH = "Portrait Subdivision", "Portrait Depth"
"""Names of the modifiers."""

LEVELS = 7
"""Times that the plane is cut into four: 128 faces along each side."""


def displace(ob: Any, heights: Float32Array, strength: float, eye: Float64Array) -> Any:
    """Let a portrait's picture rise out of its plane, along the lines of sight: seen from the eye it stays as it is.

    Parameters
    ----------
    ob : bpy.types.Object
        A portrait.
    heights : (h, w) float32 array
        See `relief`.
    strength : float
        1 is as deep as a head.
    eye : (3,) float64 array
        Where the camera stands, in the object's space; before the plane, which faces -Y.

    Returns
    -------
    bpy.types.Modifier
        The one that displaces.
    """
    subdivision = ob.modifiers.get(SUBDIVISION) or ob.modifiers.new(SUBDIVISION, "SUBSURF")
    subdivision.subdivision_type, subdivision.levels, subdivision.render_levels = "SIMPLE", LEVELS, LEVELS
    depth = ob.modifiers.get(DEPTH) or ob.modifiers.new(DEPTH, "DISPLACE")
    if depth.texture is None:
        depth.texture = bpy.data.textures.new(f"{ob.name} depth", "IMAGE")
        depth.texture.extension = "EXTEND"
    depth.texture_coords, depth.direction, depth.space, depth.mid_level = "UV", "RGB_TO_XYZ", "LOCAL", 0
    depth.strength = strength
    _show(depth.texture, f"{ob.name} depth", _towards(ob, heights, eye))
    ob.data.shade_smooth()
    return depth


def _towards(ob: Any, heights: Float32Array, eye: Float64Array) -> Float32Array:
    """(h, w, 3) offsets in the object's space, of rows from below, by which places rise towards an eye."""
    mesh = np.array([vertex.co for vertex in ob.data.vertices])  # flat, whatever modifiers do
    (left, low), (right, high) = mesh.min(axis=0)[[0, 2]], mesh.max(axis=0)[[0, 2]]
    rows, columns = heights.shape
    x = left + (right - left) * (np.arange(columns) + 0.5) / columns
    z = low + (high - low) * (np.arange(rows)[:, None] + 0.5) / rows
    places = np.stack(np.broadcast_arrays(x, 0.0, z), axis=-1)
    rays = (eye - places) / -eye[1]  # one unit along the plane's normal
    return np.asarray((right - left) * heights[::-1, :, None] * rays, np.float32)


def _show(texture: Any, name: str, offsets: Float32Array) -> None:
    size = offsets.shape[1::-1]
    image = texture.image
    if image is None or tuple(image.size) != size:
        texture.image = image = bpy.data.images.new(name, *size, float_buffer=True, is_data=True)
    pixels = np.ones((*offsets.shape[:2], 4), np.float32)
    pixels[..., :3] = offsets
    image.pixels.foreach_set(pixels.ravel())
    image.update()
    image.pack()
