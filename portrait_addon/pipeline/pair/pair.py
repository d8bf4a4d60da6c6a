"""Everything computed once for a portrait and a clip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ..clip.shut_eyes import resting_eyes, shut_eyes
from ..face.lid_space import lid_region
from ..face.lip_region import lip_region
from ..face.mesh import LIDS
from ..face.palette import likeness
from ..imaging.arrays import Float32Array, Float64Array
from ..records.performance import Performance
from ..records.portrait import Portrait
from .correspondence import Correspondence, correspond
from .driver_units import driver_units
from .surround_mesh import SurroundMesh, surround_mesh

LEAST_LIP_CONTRAST = 0.1
"""Least `Palette.lip_contrast` of a driver: below, lips cannot be told from skin."""


@dataclass(frozen=True, eq=False)
class Pair:
    """Everything computed once for a portrait and a clip.

    A pair refers to neither of the two, so that it does not keep a long clip in memory.

    Attributes
    ----------
    correspondence : Correspondence
        Similarity, mapped points and triangles.
    mesh : SurroundMesh
        Mesh around the face at rest.
    resting_eyes : tuple of two float
        Openness of the driver's eyes at rest, see `resting_eyes`.
    shut_eyes : tuple of two float
        Openness of the driver's shut eyes, see `shut_eyes`.
    alike : float
        0..1, `likeness` of both faces.
    mouth_blur : float
        Blur of the driver's mouth over the whole clip, in outer-eye distances, see `mouth_blur`.
    shading : (h, w) float32 array
        Weight of the clip's ratio images on this portrait, in canonical face space: on the lips as far as the
        portrait's lips are as much darker than its skin as the driver's are.
    eyes : (2, h, w) float32 array
        The surroundings of the right and the left eye there, which closing lids cover.
    units : (51, 478, 3) float64 array
        Expression units of the driver, see `driver_units`.
    """

    correspondence: Correspondence
    mesh: SurroundMesh
    resting_eyes: tuple[float, float]
    shut_eyes: tuple[float, float]
    alike: float
    mouth_blur: float
    shading: Float32Array = field(repr=False)
    eyes: Float32Array = field(repr=False)
    units: Float64Array = field(repr=False)

    def shading_weight(self, covered: Sequence[float]) -> Float32Array:
        """Weight of a ratio image while lids that are painted anew cover the surroundings of the eyes.

        Parameters
        ----------
        covered : sequence of two float
            0..1, for the right and the left eye.

        Returns
        -------
        (h, w) float32 array
            0..1.
        """
        weight = self.shading
        for share, eye in zip(covered, self.eyes, strict=True):
            if share > 0:
                weight = weight * (1 - np.float32(share) * eye)
        return weight

    @classmethod
    def of(cls, portrait: Portrait, performance: Performance, blur: float = 0.0) -> Pair:
        """Compute the pair of a portrait and a clip.

        Parameters
        ----------
        portrait : Portrait
            The picture to animate.
        performance : Performance
            The driving clip, or a shot of it.
        blur : float, optional
            Of the driver's mouth over the whole clip, see `mouth_blur`; 0 is sharp.

        Returns
        -------
        Pair
        """
        correspondence = correspond(portrait, performance)
        mesh = surround_mesh(portrait, correspondence)
        face, shape = performance.canonical_face, performance.log_ratios.shape[1:]
        strength = min(portrait.palette.lip_contrast / max(performance.colours.lip_contrast, LEAST_LIP_CONTRAST), 1.0)
        shading = np.asarray(1 - (1 - strength) * lip_region(face, shape), np.float32)
        eyes = np.stack([lid_region(face, lids, shape) for lids in LIDS])
        resting = resting_eyes(performance)
        alike = likeness(performance.colours, portrait.palette)
        shut, units = shut_eyes(performance, resting), driver_units(performance)
        return cls(correspondence, mesh, resting, shut, alike, blur, shading, eyes, units)
