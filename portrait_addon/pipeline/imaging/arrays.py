"""Names for the arrays of the method. Shapes stand in the docstrings."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

Points = NDArray[np.floating[Any]]
"""(n, 2) or (n, 3) rows x, y or x, y, z, of any precision."""

IntArray = NDArray[np.integer[Any]]
"""Positions, or rows of other arrays, that are whole numbers."""

Float64Array = NDArray[np.float64]
"""What is computed on points."""

Float32Array = NDArray[np.float32]
"""What is computed on pixels."""

UInt8Array = NDArray[np.uint8]
"""A frame of a clip (h, w, 3) in BGR, or a mask (h, w)."""

BoolArray = NDArray[np.bool_]
"""A mask, or which rows of another array count."""

ImageArray = UInt8Array | NDArray[np.uint16] | Float32Array
"""(h, w, 3) BGR or (h, w, 4) BGRA."""

Field = Float32Array
"""Backward field (rows, columns, 2): positions x, y in the sampled picture, in its pixels."""

EdgeWeights = tuple[Float32Array, Float32Array, Float32Array, Float32Array]
"""By how much the left, right, upper and lower edge of a picture are held, 0..1 along their length."""

TYPICAL_FLOAT = 4.0
"""Largest median of a picture of floats: white is 1, and few pixels are brighter; values of 0..255 lie far above."""


def as_image(picture: ArrayLike) -> ImageArray:
    """Check a picture at the door of the method, and bring it into one of the forms that the method knows.

    Parameters
    ----------
    picture : (h, w), (h, w, 1), (h, w, 3) or (h, w, 4) array
        Grey, BGR or BGRA; uint8, uint16, or floats of which 1 is white.

    Returns
    -------
    (h, w, 3) or (h, w, 4) array
        uint8, uint16 or float32; the very same array if it has this form already.

    Raises
    ------
    ValueError
        If it is empty, of another shape or type, holds values that are not numbers, or floats of 0..255.
    """
    values = np.asarray(picture)
    if values.ndim == 2:
        values = values[..., None]
    if values.ndim != 3 or values.shape[2] not in (1, 3, 4) or not values.size:
        shape = np.shape(picture)
        raise ValueError(f"a picture has the shape (h, w), (h, w, 3) or (h, w, 4) and is not empty, not {shape}")
    if values.dtype.kind == "f":
        if not np.isfinite(values).all():
            raise ValueError("a picture must not hold values that are not numbers (NaN or infinite)")
        if float(np.median(values)) > TYPICAL_FLOAT:
            raise ValueError("a picture of floats has 1 for white: divide it by 255, or convert it to uint8")
        values = values.astype(np.float32, copy=False)
    elif values.dtype not in (np.uint8, np.uint16):
        raise ValueError(f"a picture is uint8, uint16 or float, not {values.dtype}: convert it first")
    if values.shape[2] == 1:
        values = np.repeat(values, 3, axis=2)
    return cast(ImageArray, values)


def as_frame(frame: ArrayLike) -> UInt8Array:
    """Check a frame of a clip at the door of the method.

    Parameters
    ----------
    frame : (h, w) or (h, w, 3) uint8 array
        Grey or BGR.

    Returns
    -------
    (h, w, 3) uint8 array
        The very same array if it has this form already.

    Raises
    ------
    ValueError
        If it has another shape or type, or is empty.
    """
    values = as_image(frame)
    if values.dtype != np.uint8 or values.shape[2] != 3:
        raise ValueError(f"a frame of a clip is grey or BGR in uint8, not {values.dtype} of shape {values.shape}")
    return cast(UInt8Array, values)
