"""The tracker's result for one face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError


class NoFaceError(InputError):
    """No face was found in a picture or in a whole clip."""


@dataclass(frozen=True, eq=False)
class Face:
    """The tracker's result for one face.

    Attributes
    ----------
    points : (478, 3) float32 array
        x and y in pixels (pixel centres at integers), z away from the viewer in the same unit.
    blendshapes : (52,) float32 array
        0..1, in the order of `BLENDSHAPES`.
    head_matrix : (4, 4) float32 array
        Transform from the canonical head to the camera, y up, z towards the viewer.
    """

    points: NDArray[np.float32]
    blendshapes: NDArray[np.float32]
    head_matrix: NDArray[np.float32]

    @property
    def height(self) -> float:
        """Height of the face from hairline to chin, in pixels."""
        return float(np.ptp(self.points[:, 1]))


BLENDSHAPES = (
    "_neutral", "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight", "cheekPuff",
    "cheekSquintLeft", "cheekSquintRight", "eyeBlinkLeft", "eyeBlinkRight", "eyeLookDownLeft", "eyeLookDownRight",
    "eyeLookInLeft", "eyeLookInRight", "eyeLookOutLeft", "eyeLookOutRight", "eyeLookUpLeft", "eyeLookUpRight",
    "eyeSquintLeft", "eyeSquintRight", "eyeWideLeft", "eyeWideRight", "jawForward", "jawLeft", "jawOpen", "jawRight",
    "mouthClose", "mouthDimpleLeft", "mouthDimpleRight", "mouthFrownLeft", "mouthFrownRight", "mouthFunnel",
    "mouthLeft", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthPressLeft", "mouthPressRight", "mouthPucker",
    "mouthRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "mouthSmileLeft",
    "mouthSmileRight", "mouthStretchLeft", "mouthStretchRight", "mouthUpperUpLeft", "mouthUpperUpRight",
    "noseSneerLeft", "noseSneerRight",
)  # fmt: skip
"""Names of the 52 blendshapes, in the tracker's order."""
