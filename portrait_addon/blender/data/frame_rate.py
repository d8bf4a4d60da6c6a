"""Frame rates of scenes, between Blender's two numbers and one exact or real number."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from ...media.clip import FILM_RATE, exact_rate


def scene_rate(scene: Any) -> Fraction:
    """Frame rate of a scene.

    Parameters
    ----------
    scene : bpy.types.Scene

    Returns
    -------
    Fraction
        Frames a second, exact: 29.97 is 30000/1001.
    """
    return Fraction(scene.render.fps) / Fraction(scene.render.fps_base).limit_denominator(10_000)


def rate_settings(rate: float) -> tuple[int, float]:
    """Blender's two numbers for a rate.

    Parameters
    ----------
    rate : float
        Frames a second, positive.

    Returns
    -------
    fps : int
        At least 1.
    fps_base : float
        The rate is `fps` / `fps_base`: exactly for whole rates and those of television and film, else as near as
        can be.

    Examples
    --------
    >>> rate_settings(25.0), rate_settings(29.97003), rate_settings(12.5)
    ((25, 1.0), (30, 1.001), (12, 0.96))
    """
    exact = exact_rate(rate)
    if exact.denominator == 1:
        return int(exact), 1.0
    if exact.denominator == FILM_RATE.denominator:
        return round(exact / FILM_RATE), 1.001
    whole = max(round(rate), 1)
    return whole, whole / rate
