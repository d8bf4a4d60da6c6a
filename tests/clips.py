"""Clips for property-based tests: a performance that was tracked once, in any time."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from portrait_addon.jobs.performance_file import load_performance
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.timeline.playback import REPEATS, Playback

PERFORMANCE = Path(__file__).parent / "formats" / "format_22.performance"


@cache
def recorded() -> Performance:
    return load_performance(PERFORMANCE)


FRAMES = recorded().frame_count


@st.composite
def performances(draw: st.DrawFn) -> Performance:
    """Time stamps of any begin and rate, even ones or not."""
    steps: st.SearchStrategy[list[float]] = st.lists(st.floats(1e-3, 2), min_size=FRAMES - 1, max_size=FRAMES - 1)
    even: st.SearchStrategy[list[float]] = st.floats(1e-3, 2).map(lambda step: [step] * (FRAMES - 1))
    times = np.cumsum([draw(st.floats(0, 1e4)), *draw(steps | even)])
    return replace(recorded(), times=times)


def playbacks(**fixed: st.SearchStrategy[Any]) -> st.SearchStrategy[Playback]:
    """Any in and out point, inside of the clip or not, every way to repeat, any seam."""
    return st.builds(
        Playback,
        **{
            "performance": performances(),
            "first": st.integers(-2, FRAMES + 3),
            "last": st.integers(-2, FRAMES + 3),
            "repeat": st.sampled_from(sorted(REPEATS)),
            "seam": st.integers(0, 2 * FRAMES),
            **fixed,
        },
    )
