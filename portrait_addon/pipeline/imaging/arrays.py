"""Names for the arrays of the method. Shapes stand in the docstrings."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

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

ImageArray = UInt8Array | NDArray[np.uint16] | Float32Array
"""(h, w, 3) BGR or (h, w, 4) BGRA."""

Field = Float32Array

EdgeWeights = tuple[Float32Array, Float32Array, Float32Array, Float32Array]
"""By how much the left, right, upper and lower edge of a picture are held, 0..1 along their length."""
