"""Type aliases of arrays, checks of pictures and frames, and the length of a vector.

An alias names the type only; the docstrings of functions give the shapes.
"""

from __future__ import annotations

from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

Points = NDArray[np.floating[Any]]
"""Points as rows x, y or x, y, z: shape (n, 2) or (n, 3), any floating-point type."""

IntArray = NDArray[np.integer[Any]]
"""Integers: pixel positions, or row numbers of other arrays."""

Float64Array = NDArray[np.float64]
"""Results of computations on points."""

Float32Array = NDArray[np.float32]
"""Results of computations on pixels."""

UInt8Array = NDArray[np.uint8]
"""A frame of a clip, BGR of shape (h, w, 3), or a mask of shape (h, w)."""

BoolArray = NDArray[np.bool_]
"""A mask, or a selection of rows of another array."""

ImageArray = UInt8Array | NDArray[np.uint16] | Float32Array
"""A picture, BGR of shape (h, w, 3) or BGRA of shape (h, w, 4)."""

Field = Float32Array
"""Backward field (rows, columns, 2): for each sample, the position x, y in the source picture, in pixels."""

EdgeWeights = tuple[Float32Array, Float32Array, Float32Array, Float32Array]
"""Weights 0..1 along the left, right, upper and lower edge of a picture; 1 pins the edge to its place."""

Floating = TypeVar("Floating", np.float32, np.float64)

TYPICAL_FLOAT = 4.0
"""Largest median that a picture of floats may have. White is 1 and few pixels are brighter; values of 0..255 lie far
above."""


def length(vector: Points) -> float:
    """Euclidean length of one vector.

    ``np.linalg.norm`` gives the same bits, and takes four times as long for two or three numbers.

    Parameters
    ----------
    vector : (d,) array

    Returns
    -------
    float
        0 and more.

    Examples
    --------
    >>> length(np.array([3.0, 4.0]))
    5.0
    """
    return float(np.sqrt(vector.dot(vector)))


def weighted_sum(weights: Points, arrays: NDArray[Floating]) -> NDArray[Floating]:
    """Sum of arrays, each times its weight.

    ``np.tensordot`` makes it a product of matrices. For it NumPy's BLAS wakes its threads, which then wait for more,
    busily, for longer than a frame takes.

    Parameters
    ----------
    weights : (n,) array
        Of the type of `arrays`.
    arrays : (n, y, x) array

    Returns
    -------
    (y, x) array

    Examples
    --------
    >>> weighted_sum(np.array([1.0, 0.5]), np.array([[[2.0, 4.0]], [[6.0, 8.0]]]))
    array([[5., 8.]])
    """
    total: NDArray[Floating] = np.einsum("n,nyx->yx", weights, arrays)
    return total


def as_image(picture: ArrayLike) -> ImageArray:
    """Check a picture and convert it to one of the array types that the pipeline works with.

    Parameters
    ----------
    picture : (h, w), (h, w, 1), (h, w, 3) or (h, w, 4) array_like
        Grey, BGR or BGRA; uint8, uint16, or floats where 1 is white.

    Returns
    -------
    (h, w, 3) or (h, w, 4) uint8, uint16 or float32 array
        The input array itself if it has this form already. Grey becomes BGR.

    Raises
    ------
    ValueError
        If the picture is empty, has another shape or type, contains NaN or infinite values, or holds floats of 0..255.

    Examples
    --------
    >>> as_image(np.zeros((4, 6), np.uint8)).shape
    (4, 6, 3)
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
    """Check a frame of a clip and convert grey to BGR.

    Parameters
    ----------
    frame : (h, w), (h, w, 1) or (h, w, 3) uint8 array_like
        Grey or BGR.

    Returns
    -------
    (h, w, 3) uint8 array
        BGR; the input array itself if it has this form already.

    Raises
    ------
    ValueError
        If the frame is empty or has another shape or type.
    """
    values = as_image(frame)
    if values.dtype != np.uint8 or values.shape[2] != 3:
        raise ValueError(f"a frame of a clip is grey or BGR in uint8, not {values.dtype} of shape {values.shape}")
    return cast(UInt8Array, values)
