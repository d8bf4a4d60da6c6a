"""Raters of known truth, which test the analysis. What they answer is never a finding, and their files say so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import norm

from .building import REASONS
from .orders import paired

STEPS = (-1.5, -0.5, 0.5, 1.5)
"""How real something must look for each point from 2 on."""


@dataclass(frozen=True)
class World:
    """How real clips look, and how raters differ. All numbers are of one scale, which `STEPS` cuts into points.

    Attributes
    ----------
    real, made : float
        How real the clips of a kind look.
    clips, raters, moments : float
        Standard deviations: from clip to clip, of a rater's leaning, and from one answer to another.
    """

    real: float = 1.2
    made: float = 0.2
    clips: float = 0.5
    raters: float = 0.6
    moments: float = 0.8

    def share(self, kind: str, least: int) -> float:
        """Tell the share of a kind's clips that get so many points, of all raters and clips that there could be.

        Parameters
        ----------
        kind : str
            One of `clips.KINDS`.
        least : int
            Point from 2 to 5.

        Returns
        -------
        float
        """
        spread = float(np.sqrt(self.clips**2 + self.raters**2 + self.moments**2))
        return float(norm.sf((STEPS[least - 2] - getattr(self, kind)) / spread))


def simulate(key: dict[str, Any], world: World, raters: int, seed: int) -> list[dict[str, Any]]:
    """Let raters answer who do not exist.

    Parameters
    ----------
    key : dict
        Of a study.
    world : World
        The truth.
    raters : int
        Their number.
    seed : int
        Of all chance.

    Returns
    -------
    list of dict
        As the page saves them, but marked as simulated.
    """
    generator = np.random.default_rng(seed)
    rated = {name: clip["kind"] for name, clip in key["clips"].items() if not clip["training"]}
    looks = {name: getattr(world, kind) + generator.normal(0, world.clips) for name, kind in rated.items()}
    by_kind = {kind: [name for name, of in rated.items() if of == kind] for kind in ("real", "made")}
    files = []
    for participant in range(1, raters + 1):
        leaning = generator.normal(0, world.raters)
        ratings = []
        for name, look in looks.items():
            felt = look + leaning + generator.normal(0, world.moments)
            seconds = round(float(generator.gamma(4, 0.6)), 3)
            ratings.append({"clip": name, "point": int(np.searchsorted(STEPS, felt) + 1), "seconds": seconds})
        pairs = []
        for left, right in paired(by_kind["real"], by_kind["made"], generator):
            felt_left, felt_right = (looks[name] + generator.normal(0, world.moments) for name in (left, right))
            chosen = left if felt_left > felt_right else right
            pairs.append({"left": left, "right": right, "chosen": chosen, "seconds": 2.0})
        doubted = [one["clip"] for one in ratings if one["point"] <= 2]
        chosen_reasons = [
            {
                "clip": name,
                "reasons": sorted(generator.choice(REASONS, generator.integers(0, 3), replace=False).tolist()),
            }
            for name in doubted
        ]
        files.append(
            {
                "study": key["study"],
                "participant": participant,
                "complete": True,
                "simulated": True,
                "ratings": ratings,
                "pairs": pairs,
                "reasons": chosen_reasons,
            }
        )
    return files
