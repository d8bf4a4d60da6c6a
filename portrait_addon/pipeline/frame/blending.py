"""Step 2: blend several moments, for the seam of a loop and for a change from one clip to another.

Each moment alone gives positions for the portrait's points. A linear blend of these positions would shrink a head that
turns from one side to the other. So each face is split into head pose and expression on the unmoved head. Rotations
are blended as rotation vectors, scales as logarithms, translations and expressions linearly. If the weights sum to
less than 1, the portrait at rest has the remaining weight.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.spatial.transform import Rotation

from ..face.mesh import SKIN_POINTS, SKULL
from ..imaging.arrays import Field, Float32Array
from ..imaging.sample_grid import SampleGrid
from ..imaging.similarity import Similarity, best_similarity


def blend_faces(rest: Float32Array, faces: Sequence[Float32Array], weights: Sequence[float]) -> Float32Array:
    """Blend the faces of one portrait at several moments.

    Parameters
    ----------
    rest : (478, 3) float32 array
        The portrait's points at rest, in pixels.
    faces : sequence of (478, 3) float32 arrays
        The portrait's points at each moment, in pixels.
    weights : sequence of float
        One weight per face, 0..1; their sum is at most 1.

    Returns
    -------
    (478, 3) float32 array
        Blended points in pixels; the first face itself if there is only one and its weight is 1.

    Raises
    ------
    ValueError
        If there are not as many weights as faces.
    """
    if tuple(weights) == (1,):
        return faces[0]
    skull = list(SKULL)
    centre = rest[:SKIN_POINTS].mean(axis=0).astype(np.float64)
    turn, growth, shift, expression = np.zeros(3), 0.0, np.zeros(3), np.zeros(rest.shape)
    for face, weight in zip(faces, weights, strict=True):
        pose = best_similarity(rest[skull], face[skull])
        turn += weight * Rotation.from_matrix(pose.rotation).as_rotvec()
        growth += weight * float(np.log(pose.scale))
        shift += weight * (pose(centre) - centre)
        expression += weight * (pose.inverse(face) - rest)
    rotation, scale = Rotation.from_rotvec(turn).as_matrix(), float(np.exp(growth))
    head = Similarity(rotation, scale, centre + shift - scale * rotation @ centre)
    return head(rest + expression).astype(np.float32)


def blend_fields(grid: SampleGrid, fields: Sequence[Field], weights: Sequence[float]) -> Field:
    """Blend backward fields linearly. If the weights sum to less than 1, the identity has the remaining weight.

    Parameters
    ----------
    grid : SampleGrid
        Grid on which the fields are sampled.
    fields : sequence of (rows, columns, 2) float32 arrays
        Absolute source positions in pixels.
    weights : sequence of float
        One weight per field, 0..1; their sum is at most 1.

    Returns
    -------
    (rows, columns, 2) float32 array
        Blended source positions in pixels; the first field itself if there is only one and its weight is 1.

    Raises
    ------
    ValueError
        If there are not as many weights as fields.
    """
    if tuple(weights) == (1,):
        return fields[0]
    blended = grid.positions() * np.float32(1 - sum(weights))
    for field, weight in zip(fields, weights, strict=True):
        blended += np.float32(weight) * field
    return blended
