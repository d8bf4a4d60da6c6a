"""Expressions that are ready to be used, as weights of those of ARKit."""

from __future__ import annotations

from collections.abc import Mapping

from ..records.expression import REST, UNITS, Expression

Weights = Mapping[str, float]


def both(**weights: float) -> dict[str, float]:
    """Weights of expressions on both sides of the face.

    Parameters
    ----------
    **weights : float
        By names without their side.

    Returns
    -------
    dict from str to float

    Examples
    --------
    >>> both(mouthSmile=0.5)
    {'mouthSmileLeft': 0.5, 'mouthSmileRight': 0.5}
    """
    return {f"{name}{side}": weight for name, weight in weights.items() for side in ("Left", "Right")}


def expression_of(weights: Weights) -> Expression:
    """Express what some weights say, with a still head.

    Parameters
    ----------
    weights : mapping from str to float
        By names of `UNITS`; those left out are 0.

    Returns
    -------
    Expression
    """
    return REST._replace(weights=tuple(weights.get(name, 0.0) for name in UNITS))


READY_POSES: Mapping[str, Weights] = {
    "Smile": both(mouthSmile=0.55, cheekSquint=0.3, eyeSquint=0.2),
    "Laugh": both(mouthSmile=0.9, cheekSquint=0.6, eyeSquint=0.5, mouthUpperUp=0.3) | {"jawOpen": 0.3},
    "Smirk": both(eyeSquint=0.15) | {"mouthSmileLeft": 0.6, "mouthDimpleLeft": 0.3, "mouthLeft": 0.15},
    "Sad": both(mouthFrown=0.6, browDown=0.1, eyeLookDown=0.2) | {"browInnerUp": 0.7, "mouthShrugLower": 0.35},
    "Angry": both(browDown=0.9, eyeSquint=0.35, mouthPress=0.5, noseSneer=0.35, mouthFrown=0.25),
    "Surprised": both(browOuterUp=0.8, eyeWide=0.7) | {"browInnerUp": 0.8, "jawOpen": 0.35, "mouthFunnel": 0.15},
    "Afraid": both(eyeWide=0.6, mouthStretch=0.5, browOuterUp=0.2) | {"browInnerUp": 0.9, "jawOpen": 0.12},
    "Disgusted": both(noseSneer=0.8, mouthUpperUp=0.45, browDown=0.5, eyeSquint=0.4, mouthFrown=0.3),
    "Wink": {"eyeBlinkLeft": 1.0, "eyeSquintLeft": 0.3, "cheekSquintLeft": 0.4} | both(mouthSmile=0.3),
    "Kiss": both(eyeBlink=0.25) | {"mouthPucker": 0.85},
    "Doubtful": {"browOuterUpLeft": 0.8, "browDownRight": 0.5, "mouthLeft": 0.3} | both(mouthPress=0.25, eyeSquint=0.2),
    "Sleepy": both(eyeBlink=0.5, browOuterUp=0.15, mouthFrown=0.1) | {"browInnerUp": 0.2, "jawOpen": 0.04},
}
"""Weights of each pose, by its name."""
