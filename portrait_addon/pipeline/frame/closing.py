"""How far each eye closes in a frame."""

from __future__ import annotations

from typing import NamedTuple

from ..face.mesh import LIDS
from ..face.pose import Pose
from ..imaging.easing import ramp, smoothstep
from ..records.face import BLENDSHAPES
from ..records.moment import Mix, Moment

FADE_IN = (0.2, 0.5)
"""Closed shares between which a lid that is painted anew fades in. An eye that is only narrowed keeps the portrait's
lashes, crease and shadow: the driver's would fog it."""

OWN_EARLIER = 0.1
"""A lid fades in earlier by so much where the driver is the portrait: the lashes are its own then."""

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


def closing_eyes(pose: Pose, mix: Mix, alike: float) -> tuple[Closing, Closing]:
    """Tell how far the eyes close.

    Parameters
    ----------
    pose : Pose
    mix : sequence of Moment
    alike : float
        0..1, `likeness` of both faces.

    Returns
    -------
    tuple of two Closing
        For the sitter's right and left eye.
    """
    right, left = (_closing(pose, mix, alike, side) for side in range(2))
    return right, left


def _closing(pose: Pose, mix: Mix, alike: float, side: int) -> Closing:
    share = pose.closed_share(LIDS[side].eye)
    blink = sum(moment.weight * _score(moment, BLINK_SCORES[side]) for moment in mix)
    shut = smoothstep(ramp(share, *SHUT)) * smoothstep(ramp(blink, *BLINK))
    return Closing(smoothstep(ramp(share + alike * OWN_EARLIER, *FADE_IN)), shut)


def _score(moment: Moment, name: str) -> float:
    return float(moment.blendshapes()[BLENDSHAPES.index(name)])
