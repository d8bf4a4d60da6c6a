"""How deep the person of a frame stands before the camera: a pass for relighting and depth of field."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from ..face.pose import Pose
from ..head.fitting import HeadFit
from ..imaging.arrays import Field, Float32Array
from ..imaging.raster import remap
from .state import FrameState

METRES = 1e-3
"""Of the head's millimetres."""


@dataclass(frozen=True, eq=False)
class FrameDepth:
    """The depth of a portrait, moved with the head of a frame.

    Attributes
    ----------
    at_rest : (h, w) float32 array
        Of the portrait, in millimetres from the camera, see `head_depth`.
    fit : HeadFit
        Of the portrait.
    pose : Pose
        Of the frame.
    nearer : float
        Distance of the frame's camera as a multiple of that of the portrait's.
    """

    at_rest: Float32Array = field(repr=False)
    fit: HeadFit
    pose: Pose
    nearer: float = 1.0

    @classmethod
    def of_state(cls, state: FrameState) -> FrameDepth:
        """Make the depth of what was decided about a frame.

        Parameters
        ----------
        state : FrameState

        Returns
        -------
        FrameDepth
        """
        nearer = 1.0 if state.view is None else state.view.nearer
        return cls(state.prepared.depth, state.prepared.head, state.pose, nearer)

    def of(self, positions: Field) -> Float32Array:
        """Compute the depth of a frame.

        Parameters
        ----------
        positions : (h, w, 2) float32 array
            Where its pixels lie in the portrait, in pixels.

        Returns
        -------
        (h, w) float32 array
            Metres from the camera's plane; larger is further.
        """
        distance, moved = self.fit.pose.position[2], self.pose.head
        pixel = distance / self.fit.camera.focal  # millimetres, at the head
        middle = self.fit.camera.project(self.fit.pose.position)
        across, down, away = moved.rotation[2].astype(np.float32)
        deep = remap(self.at_rest, positions, cv2.INTER_LINEAR) - np.float32(distance)
        aside = np.float32(pixel) * (positions - middle.astype(np.float32))
        turned = across * aside[..., 0] + down * aside[..., 1] + away * deep
        return np.asarray(np.float32(METRES) * (turned + np.float32(self.nearer * distance / moved.scale)), np.float32)
