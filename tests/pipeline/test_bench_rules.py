"""The benchmark can switch off every rule of ours, and the product is whole again afterwards."""

from dataclasses import replace

import numpy as np
import pytest

from portrait_addon.pipeline.portrait.analysis import analyse_portrait
from portrait_addon.pipeline.records.settings import Settings
from tests.bench.rules import RULES
from tests.composing import compose

IDLE = {
    "alike faces keep the mouth",
    "camera followed",
    "floor of the mouth's area",
    "glasses do not print",
    "nothing but skin is shaded",
    "outliers dropped",
    "outliers: differences explained",
    "outliers: explained pixels only",
    "outliers: hard edges only",
    "outliers: soft edge",
    "outliers: steep edges only",
    "room left for an expression",
    "room to open",
    "shade in the skin's colour",
}
"""Rules that have nothing to do in these frames: a camera on a stand, no shadow that moves, a grey portrait at rest,
a driver without glasses whose face nothing covers."""


@pytest.fixture(scope="module")
def frames(film, record, photograph, tracker):
    """Frames of a short clip, by rule."""
    few = film[::3]

    def run(rule=None):
        recorded = record(few, rate=8, neutral=len(few)) if rule is None or rule.recorded else whole
        settings = replace(Settings(), **rule.settings) if rule else Settings()
        portrait = analyse_portrait(photograph, tracker)
        return np.array([compose(portrait, recorded, settings, t).picture for t in (1, 4, 6)])

    whole = record(few, rate=8, neutral=len(few))
    return run


@pytest.fixture(scope="module")
def usual(frames):
    return frames()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_frames_without_a_rule(frames, usual, rule):
    with rule.switched_off():
        without = frames(rule)
    assert without.shape == usual.shape
    assert rule.name in IDLE or (without != usual).any()


def test_the_product_is_whole_again(frames, usual):
    assert (frames() == usual).all()
