"""The sample grid of everything outside the face."""

from __future__ import annotations

from ..imaging.sample_grid import SampleGrid
from ..records.portrait import Portrait

CELLS = 24
"""Grid cells an outer-eye distance."""


def surround_grid(portrait: Portrait) -> SampleGrid:
    """Grid over the picture, with a cell more on each side.

    Without that cell the field would be flat from the middle of the last cell on.

    Parameters
    ----------
    portrait : Portrait

    Returns
    -------
    SampleGrid
    """
    width, height = portrait.size
    step = max(1, round(portrait.unit / CELLS))
    return SampleGrid(-step, -step, step, -(-width // step) + 2, -(-height // step) + 2)
