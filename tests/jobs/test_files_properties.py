"""Files of settings, corrections and performances: there and back, and whatever else such a file may say."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portrait_addon.errors import InputError
from portrait_addon.jobs.corrections_file import FARTHEST, LAST_FRAME, MOST_EASE, corrections_text, parse_corrections
from portrait_addon.jobs.performance_file import load_performance, performance_fingerprint, save_performance
from portrait_addon.jobs.settings_file import AnimatedSettings, read_settings
from portrait_addon.pipeline.editing.corrections import ClipCorrection, Corrections
from portrait_addon.pipeline.editing.handles import HANDLES
from portrait_addon.pipeline.editing.placing import Placement
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.settings import Settings, parameters
from tests.clips import performances

FRAMES = st.floats(-1e6, 1e6)


@st.composite
def keys(draw: st.DrawFn, least: float, most: float) -> tuple[tuple[float, float], ...]:
    frames = draw(st.lists(FRAMES, min_size=1, max_size=5, unique=True))
    return tuple((frame, draw(st.floats(least, most))) for frame in sorted(frames))


SETTINGS = st.fixed_dictionaries({}, optional={item.name: keys(item.minimum, item.maximum) for item in parameters()})

OFFSETS = st.tuples(*[st.integers(-100_000, 100_000).map(lambda number: number * FARTHEST / 1e5)] * 2)
SHARES = st.integers(100, 100_000).map(lambda number: number / 1e5)
DEGREES = st.integers(-180, 180).map(float)
PLACEMENTS = st.builds(Placement, SHARES, SHARES, SHARES, DEGREES, DEGREES, DEGREES)
MOVED = st.builds(
    ClipCorrection, st.integers(1, LAST_FRAME), st.sampled_from(HANDLES), OFFSETS, st.integers(0, MOST_EASE)
)
CORRECTIONS = st.builds(
    Corrections,
    st.none() | PLACEMENTS,
    st.dictionaries(st.sampled_from(HANDLES), OFFSETS, max_size=5).map(lambda moved: tuple(moved.items())),
    st.lists(MOVED, max_size=5, unique_by=lambda item: (item.handle, item.frame)).map(tuple),
)

NAMES = st.sampled_from(
    [*(item.name for item in fields(Settings)), "placement", "portrait", "clip", "frame", "handle", "offset", "ease"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(HANDLES),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files") / "any"


@given(SETTINGS, FRAMES)
@example({"head_motion": ((-855937.875, 0.02734375), (4.666091724557826e-252, 0.0))}, 0.0)  # rounded below 0
def test_settings_there_and_back(file: Path, wanted: dict[str, Any], frame: float) -> None:
    file.write_text(json.dumps(wanted), "utf-8")
    found = read_settings(file)
    assert found.at(frame) == AnimatedSettings(wanted).at(frame)
    for item in parameters():
        assert item.minimum <= getattr(found.at(frame), item.name) <= item.maximum
    for name, pairs in wanted.items():
        assert all(getattr(found.at(key), name) == value for key, value in pairs)


@given(CORRECTIONS)
def test_corrections_there_and_back(wanted: Corrections) -> None:
    found = parse_corrections(corrections_text(wanted))
    assert found == parse_corrections(corrections_text(found))
    assert [handle for handle, _ in found.portrait] == [handle for handle, _ in wanted.portrait]
    for one, other in zip(found.clip, wanted.clip, strict=True):
        assert (one.frame, one.handle, one.ease) == (other.frame, other.handle, other.ease)
        assert one.offset == pytest.approx(other.offset, abs=1e-5)
    assert (found.placement is None) == (wanted.placement is None)
    if found.placement and wanted.placement:
        assert vars(found.placement) == pytest.approx(vars(wanted.placement), abs=1e-5)


@given(JSON)
def test_any_settings_file_is_read_or_refused_in_one_line(
    file: Path, content: dict[str, Any] | list[Any] | int | None
) -> None:
    file.write_text(json.dumps(content), "utf-8")
    try:
        settings = read_settings(file)
    except InputError as refusal:
        assert "\n" not in str(refusal) and "Correct it" in str(refusal)
    else:
        assert np.isfinite([*vars(settings.at(1)).values()]).all()


@given(JSON)
def test_any_corrections_are_read_or_refused_in_one_line(content: Any) -> None:
    try:
        corrections = parse_corrections(json.dumps(content))
    except ValueError as refusal:
        assert len(str(refusal).splitlines()) == 1
    else:
        text = corrections_text(corrections)
        assert corrections_text(parse_corrections(text)) == text


@given(st.binary(max_size=60))
def test_any_bytes_are_refused_in_one_line(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    for read in (read_settings, load_performance):
        try:
            read(file)
        except InputError as refusal:
            assert len(str(refusal).splitlines()) == 1


@given(performances(), st.booleans())
def test_performances_there_and_back(file: Path, performance: Performance, mouth: bool) -> None:
    wanted = performance if mouth else performance.without_mouth()
    path = file.with_suffix(".performance")
    save_performance(wanted, path)
    assert performance_fingerprint(load_performance(path)) == performance_fingerprint(wanted)
