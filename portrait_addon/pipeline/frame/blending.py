"""Step 2: several moments at once, for a seam within a clip and for a change from one clip to another.

Every moment says where the portrait's points would be if it were alone. Blended point by point, a head that turns
from one side to the other would shrink on its way. So each face is taken apart into the pose of the head and the
expression on the unmoved head; turns are blended as rotation vectors, sizes as logarithms, shifts and expressions as
they are. What the weights leave of 1 is the portrait at rest.
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
    """Blend faces of one portrait.

    Parameters
    ----------
    rest : (478, 3) array
        The portrait's points at rest.
    faces : sequence of (478, 3) arrays
        Its points in each moment.
    weights : sequence of float
        One a face, 0..1, of sum 1 at most.

    Returns
    -------
    (478, 3) float32 array
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
    """Blend backward fields (rows, columns, 2) on a lattice; what the weights leave of 1 is at rest."""
    if tuple(weights) == (1,):
        return fields[0]
    blended = grid.positions() * np.float32(1 - sum(weights))
    for field, weight in zip(fields, weights, strict=True):
        blended += np.float32(weight) * field
    return blended
