"""What frames show, as numbers, beside a bake or alone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from portrait_addon.jobs import baking
from portrait_addon.jobs.animate import AnimateJob
from portrait_addon.jobs.frame_specs import FrameSpec
from portrait_addon.jobs.job import run
from portrait_addon.jobs.outputs import Outputs
from portrait_addon.jobs.requests import AnimateRequest, BakeOptions, Guidance
from portrait_addon.jobs.results import ResultsJob
from portrait_addon.jobs.tracking import TrackJob
from portrait_addon.media.pictures import SourceImage
from portrait_addon.pipeline.editing.corrections import Corrections, corrected_performance, corrected_portrait
from portrait_addon.pipeline.frame.result import PARTS, Result
from portrait_addon.pipeline.records.moment import Moment
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings

CORRECTIONS = Corrections().with_portrait("jaw_9", (0.0, 0.1)).with_clip("outer_lips_7", 3, (0.3, 0.3), 0)


def plan(performance: Performance) -> list[FrameSpec]:
    return [FrameSpec(number, (Moment(performance, float(number)),), Settings(mouth=1.5)) for number in (1, 3)]


@pytest.fixture
def animate(sitter: SourceImage, film: Path, tmp_path: Path) -> Callable[..., tuple[Result, ...]]:
    """Bake two frames; returns what they show."""

    def animated(corrections: Corrections, *, results: bool = True) -> tuple[Result, ...]:
        options = BakeOptions(Outputs(tmp_path / "frames"), Guidance(corrections=corrections), workers=1)
        request = AnimateRequest(sitter, TrackJob(film, neutral=1), plan, options, results=results)
        return run(AnimateJob(request)).results

    return animated


def test_a_bake_tells_what_its_frames_show_if_it_is_asked(
    animate: Callable[..., tuple[Result, ...]], portrait: Portrait, performance: Performance
) -> None:
    progress: list[Any] = []
    alone = run(ResultsJob(portrait, plan(performance)), progress.append)
    assert [(at.done, at.total) for at in progress] == [(1, 2), (2, 2)]
    for one, other in zip(animate(Corrections()), alone, strict=True):
        np.testing.assert_allclose(one.places(), other.places(), atol=1e-6)
    assert animate(Corrections(), results=False) == ()


def test_corrections_of_portrait_and_clip_count(
    animate: Callable[..., tuple[Result, ...]], portrait: Portrait, performance: Performance
) -> None:
    plain, moved = (animate(corrections)[1] for corrections in (Corrections(), CORRECTIONS))
    of_portrait = run(ResultsJob(corrected_portrait(portrait, CORRECTIONS), plan(performance)))[1]
    chin, mouth = ([*PARTS].index(part) for part in ("chin", "mouth"))
    assert moved.places()[chin][2] < plain.places()[chin][2] - 0.005
    assert np.abs(moved.places() - of_portrait.places())[mouth].max() > 1e-3


def test_a_clip_is_corrected_once_for_its_frames_and_for_what_they_show(
    animate: Callable[..., tuple[Result, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    corrected = []

    def count(*arguments: Any) -> Any:
        corrected.append(arguments)
        return corrected_performance(*arguments)

    monkeypatch.setattr(baking, "corrected_performance", count)
    assert len(animate(CORRECTIONS)) == 2
    assert len(corrected) == 1
