"""How a mouth opens: when its inside shows, and lips that part beside the line along which they meet."""

from __future__ import annotations

import numpy as np

from ..face.mesh import LOWER_LIP, MOUTH, UPPER_LIP, outer_eye_distance
from ..face.openings import CLOSED_AREA, across, gaps, mouth_area
from ..imaging.arrays import Float32Array, Points
from ..imaging.easing import smoothstep

SEAM = 0.022
"""Half the width of the dark line between closed lips, in outer-eye distances."""

THINNEST_LIP = 0.6
"""At most this share of a lip's thickness goes inside with the line."""

OPENING_AREA = 0.01
"""Area by which a mouth opens from where its inside begins to show to where it shows fully, in squared outer-eye
distances."""


def inset_lip_line(portrait: Float32Array, share: float) -> Float32Array:
    """Move the rims of the lips off the line along which they meet.

    Lips that part would take the dark line between them along as a black rim, half of it each; it belongs to the inside
    of the mouth.

    Parameters
    ----------
    portrait : (478, 3) float32 array
        The portrait's points at rest, in pixels.
    share : float
        0..1, how far the inside of the mouth shows; the rims move by it.

    Returns
    -------
    (478, 3) float32 array
        Points whose inner lips lie beside the line.
    """
    opened = portrait.astype(np.float64)
    half = SEAM * outer_eye_distance(portrait)
    for lip, side in ((UPPER_LIP, -1), (LOWER_LIP, 1)):
        # The whole lip gives way, the less the nearer to its outer rim, so that no triangle turns over.
        distance = np.linalg.norm(portrait[lip, :2] - portrait[lip[0], :2], axis=2)
        inset = share * np.clip(half - gaps(portrait, MOUTH) / 2, 0, np.minimum(half, THINNEST_LIP * distance[-1]))
        fade = 1 - distance / np.maximum(distance[-1], 1e-6)
        opened[lip, :2] += side * (inset * fade)[..., None] * across(portrait, MOUTH)
    return opened.astype(np.float32)


def transfer_share(moved: Points, rest: Points, neutral: Points, alike: float) -> float:
    """Tell how much of the driver's mouth shows.

    Parameters
    ----------
    moved, rest : (478, 3) arrays
        The portrait's points in this frame and at rest, in pixels.
    neutral : (478, 3) array
        The driver's points in the neutral frame, in pixels of the clip.
    alike : float
        0..1, `likeness` of both faces. The driver's mouth does not replace a stranger's teeth before it must; the
        mouth of a driver who is the portrait is the portrait's own.

    Returns
    -------
    float
        0 while the mouth is no wider open than at rest (the portrait's, or the driver's in the neutral frame), 1 where
        it has opened by `OPENING_AREA` more, or to twice the area of a portrait that shows its own teeth [lecture];
        continuous between. For faces that are alike it counts from a closed mouth.
    """
    own, driver = mouth_area(rest), mouth_area(neutral)
    # A portrait that shows its own teeth keeps them longer, unless the driver's neutral mouth is as open.
    teeth = (1 - alike) * max(own - max(driver, CLOSED_AREA), 0.0)
    first = CLOSED_AREA + (1 - alike) * (max(CLOSED_AREA, own, driver) - CLOSED_AREA)
    return smoothstep((mouth_area(moved) - first) / (OPENING_AREA + teeth))
