"""Step 2: everything outside the face, by a smooth field over the whole picture."""

from __future__ import annotations

import numpy as np

from ..face.mesh import FACE_OVAL
from ..imaging.arrays import EdgeWeights, Field
from ..imaging.box import Box
from ..imaging.raster import rasterize_backward_map
from ..imaging.sample_grid import SampleGrid
from ..pair.correspondence import Correspondence
from ..portrait.surround_grid import surround_grid
from ..records.portrait import Portrait
from .control_points import ControlPoints
from .warp_field import WIDEST_BLUR, distance_outside, pin_border, smooth_by_confidence


def surround_samples(
    portrait: Portrait,
    shared: Correspondence,
    points: ControlPoints,
    smoothing: float,
    sides: EdgeWeights | None = None,
) -> Field:
    """(rows, columns, 2) field of everything outside the face, on its lattice.

    Parameters
    ----------
    portrait : Portrait
    shared : Correspondence
    points : ControlPoints
        Of the frame.
    smoothing : float
        0..1, strength of the smoothing by confidence.
    sides : four arrays, optional
        See `pin_border`; all are held fully if left out.
    """
    unit, (width, height), seen = portrait.unit, portrait.size, surround_grid(portrait)
    step = seen.step
    # What lies beyond the border takes part in the smoothing: a wider crop must not move differently.
    margin = step * (1 + int(np.ceil(2 * WIDEST_BLUR * unit / step)))
    grid = SampleGrid.over(np.array([-margin, -margin]), np.array([width, height]) + margin, step)
    rest = shared.surround(portrait.points, shared.cranium, shared.peripheral)
    field, _ = rasterize_backward_map(grid, shared.triangles, points.surround, rest)
    oval = list(FACE_OVAL)
    distance = distance_outside(grid, portrait.points[oval, :2], points.face[oval, :2])
    field = smooth_by_confidence(grid, field, distance, unit, smoothing)
    start = margin // step - 1
    face = Box.around(points.face[oval, :2], 0)
    return pin_border(seen, field[start : start + seen.rows, start : start + seen.columns], portrait.size, face, sides)
