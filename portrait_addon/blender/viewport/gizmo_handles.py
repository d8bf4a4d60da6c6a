"""The gizmo handles that move a face placed by hand as a whole: one above it, one below it, one beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import atan2, cos, degrees, radians, sin

import numpy as np

from ...pipeline.editing.placing import Placement
from ...pipeline.imaging.arrays import Float64Array

DEGREES = 60.0
"""The face turns so far when the gizmo handle beside it is dragged by one outer-eye distance."""

_LAYOUT = {
    "MOVE": ("Move", (0.0, -0.65), (0.0, -0.95)),
    "SIZE": ("Scale and roll", (0.0, 1.36), (0.0, 1.75)),
    "TURN": ("Turn and nod", (0.65, 0.4), (1.0, 0.4)),
}
"""Label, and where stem and gizmo handle are from the middle between the eyes: along the eyes and down, in their
distance.
"""


@dataclass(frozen=True, eq=False)
class GizmoHandle:
    """One of the three.

    Attributes
    ----------
    action : str
        ``MOVE``, ``SIZE`` or ``TURN``.
    label : str
    anchor, place : (2,) arrays
        Where its stem begins and where it is, in pixels of the picture.
    """

    action: str
    label: str
    anchor: Float64Array
    place: Float64Array


def gizmo_handles_of(placement: Placement, size: tuple[int, int]) -> list[GizmoHandle]:
    """The gizmo handles round a placed face in a picture of a width and height in pixels."""
    centre, unit, roll = _frame(placement, size)
    axes = unit * np.array([[cos(roll), sin(roll)], [-sin(roll), cos(roll)]])
    return [
        GizmoHandle(action, label, centre + np.array(anchor) @ axes, centre + np.array(place) @ axes)
        for action, (label, anchor, place) in _LAYOUT.items()
    ]


def dragged(
    placement: Placement, action: str, start: Float64Array, now: Float64Array, size: tuple[int, int]
) -> Placement:
    """The placement after a gizmo handle was dragged from one place in the picture to another.

    Parameters
    ----------
    placement : Placement
        Before.
    action : str
        Of the gizmo handle.
    start, now : (2,) arrays
        Pixels of the picture.
    size : tuple of int
        Its width and height.
    """
    centre, unit, _ = _frame(placement, size)
    across, down = (float(value) for value in now - start)
    if action == "MOVE":
        return replace(placement, x=placement.x + across / size[0], y=placement.y + down / size[1])
    if action == "TURN":
        turn, nod = placement.turn + DEGREES * across / unit, placement.nod + DEGREES * down / unit
        return replace(placement, turn=min(max(turn, -90), 90), nod=min(max(nod, -90), 90))
    right, below = (float(value) for value in now - centre)
    length = max(float(np.hypot(right, below)) / _LAYOUT["SIZE"][2][1], 1.0)
    return replace(placement, size=length / size[0], roll=degrees(atan2(-right, below)))


def _frame(placement: Placement, size: tuple[int, int]) -> tuple[Float64Array, float, float]:
    """Middle between the eyes and their distance in pixels, and the roll in radians."""
    width, height = size
    centre = np.array([placement.x * width - 0.5, placement.y * height - 0.5])
    return centre, placement.size * width, radians(placement.roll)
