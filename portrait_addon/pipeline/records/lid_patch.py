"""The shade of the driver's lids in one frame."""

from __future__ import annotations

from dataclasses import dataclass

from ..imaging.arrays import Float32Array, Float64Array


@dataclass(frozen=True, eq=False)
class LidPatch:
    """The shade of one of the driver's lids in one frame.

    Attributes
    ----------
    log_ratio : (h, w) float32 array
        Natural logarithm of the luminance of lid, lashes and crease against the bare skin around.
    points : (478, 2) float64 array
        The driver's points in that frame, in pixels of the patch.
    """

    log_ratio: Float32Array
    points: Float64Array
