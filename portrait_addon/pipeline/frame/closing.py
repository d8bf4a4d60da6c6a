"""How far each eye closes in a frame."""

from __future__ import annotations

from typing import NamedTuple

from ..face.mesh import LIDS
from ..face.pose import Pose
from ..imaging.easing import ramp, smoothstep
from ..records.face import BLENDSHAPES
from ..records.moment import Mix, Moment

FADE_IN = (0.1, 0.4)
"""Closed shares between which a lid that is painted anew fades in."""

SHUT = (0.3, 0.6)
"""Closed shares between which the lids also cover the eye between them: a polygon is drawn with its edge, which would
leave a bright line where lids meet."""

BLINK = (0.2, 0.33)
"""Scores of a blink between which they do so: an eye that is only narrowed stays visible."""

BLINK_SCORES = ("eyeBlinkRight", "eyeBlinkLeft")


class Closing(NamedTuple):
    """How far an eye closes.

    Attributes
    ----------
    fade : float
        0..1, how far the lid that is painted anew is seen.
    shut : float
        0..1, how far it also covers the eye between the lids.
    """

    fade: float
    shut: float


def closing_eyes(pose: Pose, mix: Mix) -> tuple[Closing, Closing]:
    """Tell how far the eyes close.

    Parameters
    ----------
    pose : Pose
    mix : sequence of Moment

    Returns
    -------
    tuple of two Closing
        For the sitter's right and left eye.
    """
    right, left = (_closing(pose, mix, side) for side in range(2))
    return right, left


def _closing(pose: Pose, mix: Mix, side: int) -> Closing:
    share = pose.closed_share(LIDS[side].eye)
    blink = sum(moment.weight * _score(moment, BLINK_SCORES[side]) for moment in mix)
    shut = smoothstep(ramp(share, *SHUT)) * smoothstep(ramp(blink, *BLINK))
    return Closing(smoothstep(ramp(share, *FADE_IN)), shut)


def _score(moment: Moment, name: str) -> float:
    return float(moment.performance.blendshapes_at(moment.t)[BLENDSHAPES.index(name)])
