"""Whatever points, neutral frames and settings say, a frame takes bounded memory and holds numbers."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from portrait_addon.pipeline.face.canonical_face import LONGEST_SIDE, CanonicalFace
from portrait_addon.pipeline.face.mesh import EYES, MOUTH
from portrait_addon.pipeline.frame.compositor import Compositor
from portrait_addon.pipeline.frame.state import FrameState
from portrait_addon.pipeline.portrait.prepared import PreparedPortrait
from portrait_addon.pipeline.portrait.resizing import resize_portrait
from portrait_addon.pipeline.records.moment import Moment
from portrait_addon.pipeline.records.passes import PASSES
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.settings import Settings, parameters
from tests.pipeline import golden

MOST_BYTES = 64 << 20
"""Memory that a frame of a portrait of 64 to 128 pixels may take: a canonical face of the largest size takes most."""

FRAMES = 4


def distortions(random: np.random.Generator, points: np.ndarray) -> Iterator[np.ndarray]:
    """Every kind of strange points (478, 3), in pixels of a clip; endless."""
    size = 10.0 ** random.uniform(-2, 6)
    centre = points.mean(axis=0)
    while True:
        yield points + random.normal(0, size, points.shape)
        yield random.uniform(-size, size, points.shape)
        yield centre + (points - centre) * size
        yield (points - centre) * np.array([1, 10.0 ** random.uniform(-9, 0), 1]) + centre  # all but a line
        yield (points - centre) * np.array([10.0 ** random.uniform(-9, 0), 1, 1]) + centre  # profile
        yield points * np.array([-1, 1, 1])
        yield points * np.array([1, -1, 1])
        yield points + random.normal(0, size, 3)
        shut = points.copy()
        for eye, _ in EYES:
            shut[eye.upper] = shut[eye.lower] + random.normal(0, 1e-3, (len(eye.lower), 3))
        yield shut
        gaping = points.copy()
        gaping[MOUTH.lower, 1] += random.uniform(0, 5) * size
        yield gaping
        one = points.copy()
        one[random.integers(len(points))] += random.normal(0, size, 3)
        yield one
        yield points


def strange(random: np.random.Generator, clip: Performance) -> Performance:
    """A performance that could have been read from a file: its arrays have the right shapes and hold numbers."""
    tracked = clip.points[random.integers(clip.frame_count, size=FRAMES)].astype(np.float64)
    points = np.empty(tracked.shape, np.float32)
    for row, frame in enumerate(tracked):
        kinds = distortions(random, frame)
        for _ in range(random.integers(1, 13)):
            points[row] = next(kinds)
    neutral = int(random.integers(1, FRAMES + 1))
    width, height = CanonicalFace.of(points[neutral - 1]).size
    assert max(width, height) <= LONGEST_SIDE
    patches = [clip.mouths_at(t)[0][1].pixels for t in random.integers(1, clip.frame_count + 1, FRAMES)]
    lids = random.uniform(-3, 1, (FRAMES, *clip.lid_ratios.shape[1:]))
    arrays = clip.to_arrays() | {
        "times": np.arange(FRAMES) / 25,
        "neutral": np.int64(neutral),
        "found": np.ones(FRAMES, bool),
        "covered": random.random(FRAMES) < 0.2,
        "unlit": np.zeros(FRAMES, bool),
        "points": points,
        "blendshapes": random.uniform(0, 1, (FRAMES, 52)).astype(np.float32),
        "head_matrices": np.tile(np.eye(4, dtype=np.float32), (FRAMES, 1, 1)),
        "peripheral_offsets": random.normal(0, 10.0 ** random.uniform(-1, 4), (FRAMES, len(clip.peripheral), 2)).astype(
            np.float32
        ),
        "camera_offsets": random.normal(0, 10.0 ** random.uniform(-1, 4), (FRAMES, 2)).astype(np.float32),
        "palette": random.uniform(0, 1, 12).astype(np.float32),
        "log_ratios": random.uniform(-1.5, 1.5, (FRAMES, height, width)).astype(np.float16),
        "mouth_pixels": np.concatenate([patch.ravel() for patch in patches]),
        "mouth_starts": np.cumsum([0, *(patch.size for patch in patches)]),
        "mouth_boxes": np.array([(*random.integers(-50, 200, 2), *patch.shape[1::-1]) for patch in patches], np.int32),
        "lid_rows": np.arange(FRAMES, dtype=np.int32),
        "lid_ratios": lids.astype(np.float16),
        "expressions": random.uniform(-1, 1, (FRAMES, 51)).astype(np.float32),
        "head_rotations": np.tile(np.eye(3, dtype=np.float32), (FRAMES, 1, 1)),
        "head_positions": random.normal(0, 1e3, (FRAMES, 3)).astype(np.float32),
        "rest_offsets": random.normal(0, 10.0 ** random.uniform(-1, 4), clip.rest_offsets.shape).astype(np.float32),
        "rest_shares": random.uniform(0, 1, 1).astype(np.float32),
    }
    return Performance.from_arrays(arrays)


def chosen_settings(random: np.random.Generator) -> Settings:
    """Settings within their ranges, often at an end."""
    drawn = {item.name: (0, 1, item.maximum, random.uniform(0, item.maximum)) for item in parameters()}
    return Settings(**{name: float(random.choice(values)) for name, values in drawn.items()})


@pytest.fixture(scope="module")
def compositors() -> list[Compositor]:
    sitters = [golden.portrait("ford"), golden.portrait("mona_lisa")]
    sitters += [resize_portrait(sitters[0], 64), resize_portrait(sitters[1], 96)]
    shut = sitters[2].points.copy()
    for eye, _ in EYES:
        shut[eye.upper] = shut[eye.lower]
    sitters.append(replace(sitters[2], points=shut))
    made = [Compositor(PreparedPortrait(sitter)) for sitter in sitters]
    for compositor in made:
        compositor.prepare([], locked=True)
    return made


def test_strange_points_take_bounded_memory_and_give_numbers(
    compositors: list[Compositor], times: Callable[[int, int], int]
) -> None:
    clips = [golden.performance("talk"), golden.performance("smile")]
    refused = 0
    count = times(60, 2000)
    tracemalloc.start()
    try:
        for seed in range(count):
            random = np.random.default_rng(seed)
            compositor = compositors[seed % len(compositors)]
            try:
                performance = strange(random, clips[seed % 2])
            except ValueError:  # as a file that holds it is refused
                refused += 1
                continue
            settings, t = chosen_settings(random), float(random.uniform(1, FRAMES))
            weight = float(random.choice([1, 0.4]))
            passes = [item.name for item in PASSES] if seed % 10 == 0 else []
            mix = [Moment(performance, t, weight)]
            picture = compositor.prepared.portrait.picture
            tracemalloc.reset_peak()
            before, _ = tracemalloc.get_traced_memory()
            frame = compositor.frame(mix, settings, passes)
            _, peak = tracemalloc.get_traced_memory()
            assert peak - before < MOST_BYTES, seed
            assert frame.picture.shape == picture.shape
            for values in frame.passes.values():
                assert np.isfinite(values).all(), seed
            if passes:
                state = FrameState.of(compositor.prepared, mix, [compositor.pair(mix[0])], settings)
                grid, room = state.skin.grid, 16 * state.skin.grid.step
                assert grid.width <= picture.shape[1] + room, seed
                assert grid.height <= picture.shape[0] + room, seed
                for values in (state.pose.moved, state.surround):
                    assert np.isfinite(values).all(), seed
    finally:
        tracemalloc.stop()
    assert refused < count / 2
