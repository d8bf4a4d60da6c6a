"""The benchmark can switch off every rule of ours, and the product is whole again afterwards."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.portrait.analysis import analyse_portrait
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.settings import Settings
from portrait_addon.pipeline.tracking.landmarker import FaceTracker
from tests.bench.rules import RULES, Rule
from tests.composing import compose

IDLE = {
    "alike faces keep the mouth",
    "camera followed",
    "comes to rest with its driver",
    "floor of the mouth's area",
    "glasses do not print",
    "nothing but skin is shaded",
    "outliers dropped",
    "outliers: differences explained",
    "outliers: explained pixels only",
    "outliers: hard edges only",
    "outliers: soft edge",
    "outliers: steep edges only",
    "room left for brows",
    "shade in the skin's colour",
    "teeth stay with the skull",
}
"""Rules that have nothing to do in these frames: a camera on a stand, no shadow that moves, a grey portrait at rest,
a driver without glasses whose face nothing covers."""


@pytest.fixture(scope="module")
def frames(
    film: list[NDArray[Any]], record: Callable[..., Performance], photograph: NDArray[Any], tracker: FaceTracker
) -> Callable[..., NDArray[Any]]:
    """Frames of a short clip, by rule."""
    few = film[::3]

    def run(rule: Rule | None = None) -> NDArray[Any]:
        recorded = record(few, rate=8, neutral=len(few)) if rule is None or rule.recorded else whole
        settings = replace(Settings(), **rule.settings) if rule else Settings()
        portrait = analyse_portrait(photograph, tracker)
        return np.array([compose(portrait, recorded, settings, t).picture for t in (1, 4, 6)])

    whole = record(few, rate=8, neutral=len(few))
    return run


@pytest.fixture(scope="module")
def usual(frames: Callable[..., NDArray[Any]]) -> NDArray[Any]:
    return frames()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_frames_without_a_rule(frames: Callable[..., NDArray[Any]], usual: NDArray[Any], rule: Rule) -> None:
    with rule.switched_off():
        without = frames(rule)
    assert without.shape == usual.shape
    assert rule.name in IDLE or (without != usual).any()


def test_the_product_is_whole_again(frames: Callable[..., NDArray[Any]], usual: NDArray[Any]) -> None:
    assert (frames() == usual).all()
