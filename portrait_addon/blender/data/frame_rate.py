"""Frame rates of scenes, between Blender's two numbers and one exact or real number."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

FILM_RATE = Fraction(1000, 1001)
"""The rates of television and film differ by this factor from whole numbers: 29.97 is 30 times this."""


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
    whole = round(rate)
    if abs(rate - whole) < 1e-3 * whole / 4:
        return whole, 1.0
    upper = round(rate / float(FILM_RATE))
    if abs(rate / float(FILM_RATE) - upper) < 1e-3 * upper / 4:
        return upper, 1.001
    return max(whole, 1), max(whole, 1) / rate
