"""Lips that speak by the names of mouth shapes, as programs for lip synchronisation write them.

Two alphabets are known: that of Rhubarb Lip Sync (A to H and X), and that of Preston Blair (AI, E, O, U, WQ, L, MBP,
FV, etc, rest). Both name what a cartoonist draws [1]_; the weights for a face are by eye. [ours]

References
----------
.. [1] P. Blair, *Advanced Animation*, Walter T. Foster, 1947.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ..imaging.arrays import Float64Array
from ..imaging.easing import smoothstep
from ..records.expression import UNITS
from .expression_curves import ExpressionCurves
from .ready_poses import Weights, both

CHANGE = 0.12
"""Seconds that lips take from one shape to the next, round the time of the cue."""

_CLOSED: Weights = both(mouthPress=0.3) | {"mouthRollLower": 0.15, "mouthRollUpper": 0.15}
_CONSONANTS: Weights = both(mouthStretch=0.15, mouthLowerDown=0.25, mouthUpperUp=0.1) | {"jawOpen": 0.06}
_TEETH_ON_LIP: Weights = both(mouthUpperUp=0.3) | {"mouthRollLower": 0.6, "jawOpen": 0.04}
_TONGUE: Weights = both(mouthLowerDown=0.3, mouthUpperUp=0.15) | {"jawOpen": 0.2}
_PUCKERED: Weights = {"mouthPucker": 0.75, "mouthFunnel": 0.25, "jawOpen": 0.06}
_REST: Weights = {}

SHAPES: Mapping[str, Weights] = {
    "A": _CLOSED,
    "B": _CONSONANTS,
    "C": both(mouthLowerDown=0.25, mouthUpperUp=0.15, mouthStretch=0.1) | {"jawOpen": 0.22},
    "D": both(mouthLowerDown=0.3, mouthUpperUp=0.2) | {"jawOpen": 0.42},
    "E": {"jawOpen": 0.25, "mouthFunnel": 0.4, "mouthPucker": 0.15},
    "F": _PUCKERED,
    "G": _TEETH_ON_LIP,
    "H": _TONGUE,
    "X": _REST,
    "AI": both(mouthLowerDown=0.3, mouthUpperUp=0.2) | {"jawOpen": 0.4},
    "O": {"jawOpen": 0.28, "mouthFunnel": 0.5, "mouthPucker": 0.25},
    "U": {"jawOpen": 0.1, "mouthPucker": 0.6, "mouthFunnel": 0.3},
    "WQ": _PUCKERED,
    "L": _TONGUE,
    "MBP": _CLOSED,
    "FV": _TEETH_ON_LIP,
    "ETC": _CONSONANTS,
    "REST": _REST,
}
"""Weights of each mouth shape, by its name in capital letters. E is an open round mouth in Rhubarb's alphabet; see
`PRESTON_BLAIR_E`."""

PRESTON_BLAIR_E: Weights = both(mouthStretch=0.3, mouthLowerDown=0.25, mouthUpperUp=0.1) | {"jawOpen": 0.18}
"""The other alphabet's E: as in "see", flat and wide."""


class Cue(NamedTuple):
    """A mouth shape, and when it begins.

    Attributes
    ----------
    seconds : float
    shape : str
        Of `SHAPES`, in any case.
    """

    seconds: float
    shape: str


def curves_of_cues(cues: Sequence[Cue], times: Float64Array) -> ExpressionCurves:
    """Let lips speak.

    Parameters
    ----------
    cues : sequence of Cue
        At least one, by their times. The last shape stays.
    times : (n,) float64 array
        In seconds, increasing.

    Returns
    -------
    ExpressionCurves
        Of lips and jaw alone. Before the first cue the face rests.

    Raises
    ------
    ValueError
        If a shape is not known; the message is one line.
    """
    names = [cue.shape.upper() for cue in cues]
    if unknown := sorted({*names} - {*SHAPES}):
        raise ValueError(f"the mouth shape {unknown[0]} is not known")
    shapes = SHAPES if {*names} <= {*"ABCDEFGHX"} else {**SHAPES, "E": PRESTON_BLAIR_E}
    poses = np.array([[shapes[name].get(unit, 0.0) for unit in UNITS] for name in ("REST", *names)])
    starts = np.array([cue.seconds for cue in cues])
    # Lips are quick where cues follow each other quickly: each shape is reached before it is left.
    gaps = np.diff(starts, append=np.inf, prepend=-np.inf)
    change = np.minimum(CHANGE, np.minimum(gaps[:-1], gaps[1:]))
    shares = smoothstep((times[:, None] - starts) / np.maximum(change, 1e-6) + 0.5)
    curves = ExpressionCurves.at_rest(times)
    curves.weights[:] = poses[0] + shares @ np.diff(poses, axis=0)
    return curves
