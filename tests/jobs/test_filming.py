"""What is heard in a film: the clips that it shows, as fast and as loud as they are shown."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from portrait_addon.jobs.filming import Film, FilmJob
from portrait_addon.jobs.frame_specs import FrameSpec
from portrait_addon.jobs.outputs import Outputs
from portrait_addon.jobs.performance_file import save_performance
from portrait_addon.media.stretching import open_mix
from portrait_addon.pipeline.records.moment import Moment
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.settings import Settings
from portrait_addon.pipeline.timeline.playback import Playback
from tests.films import write_video

RATE = Fraction(25)
FRAMES = 50
CLICK = 1.0
"""Second of the clip at which it clicks, which is frame 26."""


@pytest.fixture
def clip(performance: Performance) -> Performance:
    """A clip of two seconds, of which only its times count."""
    return dataclasses.replace(performance, times=np.arange(FRAMES) / 25)


def clicking(path: Path, **how: Any) -> Path:
    values = np.zeros(2 * 8000, np.int16)
    values[round(CLICK * 8000) :][:160] = 25000
    pictures = [np.full((32, 32, 3), 50 + number, np.uint8) for number in range(FRAMES)]
    return write_video(path, pictures, samples=(0, values), **how)


@pytest.fixture
def filmed(clip: Performance, tmp_path: Path) -> Callable[..., FilmJob]:
    """A job that films mixes of moments of a clip that clicks, and of another one."""
    path, other = clicking(tmp_path / "clip.mp4"), dataclasses.replace(clip)
    paths = {id(clip): path, id(other): clicking(tmp_path / "other.mp4")}

    def job(*mixes: list[tuple[Any, float, float]], clips: dict[int, Path] = paths) -> FilmJob:
        named: dict[Any, Performance] = {"clip": clip, "other": other}
        specs = [
            FrameSpec(
                number,
                tuple(Moment(named.get(of, of), t, weight) for of, t, weight in mix),
                Settings(),
            )
            for number, mix in enumerate(mixes, 1)
        ]
        return FilmJob(specs, Outputs(tmp_path), Film(tmp_path / "film.mp4", RATE), clip, clips)

    return job


def played(playback: Playback, count: int) -> list[list[tuple[Performance, float, float]]]:
    """The mixes of the first frames of a clip that is played."""
    return [[(m.performance, m.t, m.weight) for m in playback.moments(number / 25)] for number in range(count)]


def clicks(job: FilmJob) -> list[tuple[float, float]]:
    """The seconds at which a film clicks, and how loud."""
    with ExitStack() as left:
        passages = job._sound()
        assert isinstance(passages, list)
        mix = open_mix(passages, left)
        sound = np.abs(np.concatenate(list(mix.blocks))[:, 0])
    found, at = [], 0
    while (loud := np.flatnonzero(sound[at:] > 0.1)).size:
        at += loud[0]
        found.append((at / mix.rate, sound[at : at + mix.rate // 20].max()))
        at += mix.rate // 10
    return found


def test_a_clip_at_its_own_speed_is_copied(filmed: Callable[..., FilmJob], clip: Performance) -> None:
    job = filmed(*([("clip", t, 1)] for t in (3.0, 4.0, 5.0)))
    span = job._sound()
    assert (span.path.name, span.end - span.start, job.notes) == ("clip.mp4", pytest.approx(3 / 25), [])
    assert span.start == pytest.approx(2 / 25)


def test_a_loop_repeats_its_sound(filmed: Callable[..., FilmJob], clip: Performance) -> None:
    job = filmed(*played(Playback(clip, 11, 40, "LOOP", seam=5), 100))  # 30 frames less 5
    assert [at for at, _ in clicks(job)] == pytest.approx([0.6, 1.6, 2.6, 3.6], abs=0.02)
    assert not job.notes


def test_a_loop_without_a_seam_does_too(filmed: Callable[..., FilmJob], clip: Performance) -> None:
    job = filmed(*played(Playback(clip, 16, 35, "LOOP"), 60))
    assert [at for at, _ in clicks(job)] == pytest.approx([0.4, 1.2, 2.0], abs=0.02)


def test_to_and_fro_is_heard_backwards(filmed: Callable[..., FilmJob], clip: Performance) -> None:
    job = filmed(*played(Playback(clip, 1, 50, "PING_PONG", seam=10), 98))
    assert [at for at, _ in clicks(job)] == pytest.approx([1.0, 2 * 49 / 25 - 1], abs=0.03)


@pytest.mark.parametrize(("speed", "at"), [(0.5, 2.0), (0.9, 1 / 0.9), (1.5, 1 / 1.5)])
def test_another_speed_stretches_it(filmed: Callable[..., FilmJob], speed: float, at: float) -> None:
    job = filmed(*([("clip", 1 + speed * number, 1)] for number in range(round(45 / speed))))
    assert clicks(job)[0][0] == pytest.approx(at, abs=0.03)  # its first sign; it lasts as long
    assert not job.notes


def test_frames_that_are_shown_twice_are_not_silent(filmed: Callable[..., FilmJob]) -> None:
    job = filmed(*([("clip", 1 + number // 2 * 2, 1)] for number in range(48)))
    assert clicks(job)[0][0] == pytest.approx(1.0, abs=0.04)
    assert not job.notes


def test_a_clip_that_is_held_is_silent_which_is_said(filmed: Callable[..., FilmJob]) -> None:
    job = filmed(*([("clip", t, 1)] for t in [*range(1, 21), *[20] * 30, *range(20, 40)]))
    ((at, _),) = clicks(job)
    assert at == pytest.approx((50 + 6) / 25, abs=0.02)
    (note,) = job.notes
    assert "film.mp4: is silent in " in note
    assert note.endswith("where the clip is held, or more than 3 times slower or faster than it was filmed.")


def test_each_clip_is_heard_while_it_is_shown(filmed: Callable[..., FilmJob]) -> None:
    """The other clip comes in as a reaction does."""
    shares = np.clip((np.arange(45) - 30) / 5, 0, 1)
    job = filmed(
        *(
            [of for of in (("clip", number + 1, 1 - share), ("other", number - 9, share)) if of[2] > 0]
            for number, share in enumerate(shares)
        )
    )
    assert [at for at, _ in clicks(job)] == pytest.approx([1.0, 35 / 25], abs=0.02)


def test_a_clip_without_sound_is_silent_while_it_is_shown(
    filmed: Callable[..., FilmJob], clip: Performance, tmp_path: Path
) -> None:
    mute = write_video(tmp_path / "mute.mp4", [np.zeros((32, 32, 3), np.uint8)] * 5)
    job = filmed(
        *([("clip" if number < 20 else "other", number + 1, 1)] for number in range(45)),
        clips={id(clip): mute},
    )
    assert job._sound() == []
    assert not job.notes


def test_a_performance_has_no_sound_which_is_said(
    filmed: Callable[..., FilmJob], clip: Performance, tmp_path: Path
) -> None:
    save_performance(clip, tmp_path / "clip.performance")
    job = filmed(*([("clip", t, 1)] for t in (1, 2, 3)), clips={id(clip): tmp_path / "clip.performance"})
    assert job._sound() == []
    said = "film.mp4: has no sound, as a performance and curves have none."
    assert [note.endswith(said) for note in job.notes] == [True]


@pytest.fixture
def looped(filmed: Callable[..., FilmJob], clip: Performance, tmp_path: Path) -> FilmJob:
    """A job that films three rounds of a loop, whose frames are there."""
    job = filmed(*played(Playback(clip, 11, 40, "LOOP", seam=5), 75))
    for spec in job.specs:
        cv2.imwrite(str(job.outputs.paths(spec.number)[job.outputs.suffix]), np.full((32, 32, 3), 128, np.uint8))
    return job


def test_the_film_of_a_loop_has_its_sound(looped: FilmJob, tmp_path: Path) -> None:
    for _ in looped.steps():
        pass
    with av.open(str(tmp_path / "film.mp4")) as container:
        assert container.streams.video[0].frames == 75
        parts = [(part.time, part.to_ndarray()[0], part.rate) for part in container.decode(audio=0)]
    times = np.concatenate([float(start or 0) + np.arange(len(values)) / rate for start, values, rate in parts])
    loud = times[np.abs(np.concatenate([values for _, values, _ in parts])) > 0.2]
    assert [loud[np.abs(loud - at) < 0.2][0] for at in (0.6, 1.6, 2.6)] == pytest.approx([0.6, 1.6, 2.6], abs=0.02)
    assert times[-1] == pytest.approx(3, abs=0.1)


def test_a_film_of_a_loop_that_is_given_up_leaves_no_part(looped: FilmJob, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    steps = looped.steps()
    for _ in range(40):
        next(steps)
    steps.close()
    assert sorted(tmp_path.iterdir()) == before
