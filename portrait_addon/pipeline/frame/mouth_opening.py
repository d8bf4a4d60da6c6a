"""How a mouth opens: when its inside shows, and lips that part beside the line along which they meet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..face.mesh import LOWER_LIP, MOUTH, UPPER_LIP
from ..face.openings import CLOSED_AREA, QUARTER_TURN, across, gaps, mouth_area
from ..face.pose import Pose
from ..imaging.arrays import Float32Array, Float64Array, Points
from ..imaging.easing import smoothstep
from ..pair.pair import Pair
from ..portrait.mouth_plate import MouthPlate
from ..portrait.prepared import PreparedPortrait
from ..records.moment import Mix
from ..records.settings import Settings

SEAM = 0.006
"""Half the width of the dark line between closed lips, in outer-eye distances. With more, the lips lose the shade along
their rims, and pale lips can no longer be told from teeth."""

EDGE = 0.012
"""Width of the edge of teeth and of their shade along open lips, in outer-eye distances. Lips that are nearer to each
other at rest have none."""

THINNEST_LIP = 0.6
"""At most this share of a lip's thickness goes inside with the line."""

AREA_COLUMNS = 100
"""Places along a mouth at which its opening is compared with the portrait's."""

OPENING_AREA = 0.01
"""Area by which a mouth opens from where its inside begins to show to where it shows fully, in squared outer-eye
distances."""

BLURRED = 0.01
"""Blur of a driver's mouth, in outer-eye distances, beyond which it shows teeth only as a light smear: a tooth is 0.09
wide [looked at]."""

AS_SHARP = 1.5
"""Blur in pixels of the portrait up to which no mouth is blurred: the portrait is not much sharper itself."""

SOFT = 4.0
"""Blur in pixels of the portrait beyond which a mouth looks out of focus in a face that is sharp [looked at]."""


def inset_lip_line(pose: Pose, share: float) -> Float32Array:
    """Move the rims of the lips off what belongs to the inside of the mouth.

    Lips that part would take the dark line between them along as a black rim, half of it each. Lips that close over
    teeth would take the edge of the teeth along as a bright line.

    Parameters
    ----------
    pose : Pose
        The portrait's points at rest and in this frame.
    share : float
        0..1, how far the inside of the mouth shows; the rims move off the dark line by it.

    Returns
    -------
    (478, 3) float32 array
        Points whose inner lips lie beside the line.
    """
    portrait, gap = pose.rest, gaps(pose.rest, MOUTH)
    opened = portrait.astype(np.float64)
    half = SEAM * pose.rest_unit
    closed = np.clip(1 - gaps(pose.moved, MOUTH) / np.maximum(gap, EDGE * pose.rest_unit), 0, 1)
    edge = np.where(gap > EDGE * pose.rest_unit, EDGE * pose.rest_unit * closed, 0)
    for lip, side in ((UPPER_LIP, -1), (LOWER_LIP, 1)):
        # The whole lip gives way, the less the nearer to its outer rim, so that no triangle turns over.
        distance = np.linalg.norm(portrait[lip, :2] - portrait[lip[0], :2], axis=2)
        off_line = share * np.clip(half - gap / 2, 0, half)
        inset = np.minimum(np.maximum(off_line, edge), THINNEST_LIP * distance[-1])
        fade = 1 - distance / np.maximum(distance[-1], 1e-6)
        opened[lip, :2] += side * (inset * fade)[..., None] * across(portrait, MOUTH)
    return opened.astype(np.float32)


def uncovered_area(pose: Pose, plate: MouthPlate) -> float:
    """Measure how much of an opened mouth the portrait itself does not show.

    Parameters
    ----------
    pose : Pose
    plate : MouthPlate
        The inside of the portrait's mouth, which stays with the head.

    Returns
    -------
    float
        In squared outer-eye distances: the area between the lips, less what they left open in the portrait too.
    """
    if plate.box.empty:
        return mouth_area(pose.moved)
    to_rest = pose.to_rest_at(plate.depth)
    first, last = (pose.rest[corner, :2].astype(np.float64) for corner in MOUTH.corners)
    along = (last - first) / max(float(np.linalg.norm(last - first)), 1e-6)
    axes = np.array([along, along[::-1] * QUARTER_TURN]).T
    opened, own = (
        (points - first) @ axes for points in (pose.moved[:, :2] @ to_rest[:, :2].T + to_rest[:, 2], pose.rest[:, :2])
    )
    ends = np.sort(opened[list(MOUTH.corners), 0])
    places = np.linspace(ends[0], ends[1], AREA_COLUMNS)
    (upper, lower), (own_upper, own_lower) = _rims(opened, places), _rims(own, places)
    gap = np.maximum(lower - upper, 0)
    both = np.maximum(np.minimum(lower, own_lower) - np.maximum(upper, own_upper), 0)
    return mouth_area(pose.moved) * (1 - float(np.minimum(both, gap).sum() / max(gap.sum(), 1e-6)))


def _rims(points: Points, places: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Heights of the upper and the lower lip's rim at places along the mouth; both 0 beyond its corners."""
    first, last = MOUTH.corners
    rims = ([first, *rim, last] for rim in (MOUTH.upper, MOUTH.lower))
    upper, lower = (np.interp(places, *points[rim][np.argsort(points[rim, 0])].T) for rim in rims)
    return upper, lower


def shows_too_little(blur: float, unit: float) -> bool:
    """Tell whether a driver's mouth is too blurred or too small for a portrait, so that a modelled one is better.

    Parameters
    ----------
    blur : float
        Of the driver's mouth, in outer-eye distances; infinite if no frame shows it, see `mouth_blur`.
    unit : float
        Outer-eye distance of the portrait at its full size, in pixels.

    Returns
    -------
    bool
    """
    return blur * unit > (AS_SHARP if blur > BLURRED else SOFT)


def transfer_share(pose: Pose, uncovered: float, neutral: Points, alike: float, own_teeth: float = 1.0) -> float:
    """Tell how far the inside of a mouth shows that the portrait does not.

    Parameters
    ----------
    pose : Pose
        The portrait's points in this frame and at rest.
    uncovered : float
        See `uncovered_area`.
    neutral : (478, 3) array
        The driver's points at rest, in pixels of the clip.
    alike : float
        0..1, `likeness` of both faces. The mouth of a driver who is the portrait is the portrait's own.
    own_teeth : float
        0..1, how much of the portrait's own mouth is wanted.

    Returns
    -------
    float
        0 while the mouth opens no wider than the portrait shows it, or than the driver's in the neutral frame; 1 where
        it has opened by `OPENING_AREA` more; continuous between. For faces that are alike the whole mouth counts.
    """
    own, driver = own_teeth * mouth_area(pose.rest), mouth_area(neutral)
    first = CLOSED_AREA + (1 - alike) * max(driver - max(own, CLOSED_AREA), 0.0)
    opened = alike * mouth_area(pose.moved) + (1 - alike) * uncovered
    return smoothstep((opened - first) / OPENING_AREA)


class Inside(NamedTuple):
    """What is decided about the inside of a mouth before its first pixel.

    Attributes
    ----------
    share : float
        0..1, how far it shows.
    modelled : float
        0..1, how far it is the modelled one.
    tongue_out : float
        0..1, how far the modelled tongue is put out.
    own_teeth : float
        0..1, how far the portrait's own teeth stay in front of it.
    """

    share: float
    modelled: float = 0.0
    tongue_out: float = 0.0
    own_teeth: float = 0.0


def inside_of_mouth(
    pose: Pose, prepared: PreparedPortrait, mix: Mix, pairs: Sequence[Pair], settings: Settings, alike: float
) -> Inside:
    """Decide about the inside of the mouth in a frame.

    Parameters
    ----------
    pose : Pose
        Before the camera moves: how far a mouth opens does not depend on who looks.
    prepared : PreparedPortrait
    mix : sequence of Moment
        With weights above 0.
    pairs : sequence of Pair
        Of the portrait and each moment's clip.
    settings : Settings
    alike : float
        0..1, `likeness` of both faces, over all moments. The teeth of a driver who is the portrait are its own.

    Returns
    -------
    Inside
    """
    if not mix:
        return Inside(0.0, max(settings.mouth_modelled, 0.0))
    own, weights = settings.own_teeth, [moment.weight for moment in mix]
    uncovered = own * uncovered_area(pose, prepared.mouth) + (1 - own) * mouth_area(pose.moved)
    shares = [
        transfer_share(pose, uncovered, moment.performance.rest_points(settings.giving_way), pair.alike, own)
        for moment, pair in zip(mix, pairs, strict=True)
    ]
    too_little = [shows_too_little(pair.mouth_blur, prepared.full_unit) for pair in pairs]
    tongue = sum(moment.weight * moment.tongue_out() for moment in mix)
    return Inside(
        settings.mouth_transfer * float(np.average(shares, weights=weights)),
        settings.mouth_modelled if settings.mouth_modelled >= 0 else float(np.average(too_little, weights=weights)),
        min(settings.expression * settings.mouth * tongue, 1.0),
        0.0 if prepared.mouth.box.empty else own * (1 - alike),
    )
