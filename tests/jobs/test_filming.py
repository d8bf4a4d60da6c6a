"""What is heard in a film: the driving clip at its own speed, or nothing, which is said."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
import pytest

from portrait_addon.jobs.filming import Film, FilmJob
from portrait_addon.jobs.outputs import Outputs
from portrait_addon.jobs.shots import Shot
from portrait_addon.pipeline.records.moment import Moment
from portrait_addon.pipeline.records.settings import Settings

RATE = Fraction(25)


@pytest.fixture
def sound(performance, film, tmp_path):
    """The sound, and the notes, of a film of mixes of moments of a clip at 25 frames a second."""
    clip = dataclasses.replace(performance, times=np.arange(performance.frame_count) / 25)
    other = dataclasses.replace(clip)

    def heard(*mixes):
        named = {"clip": clip, "other": other}
        shots = [
            Shot(number, tuple(Moment(named[name], t, 1 / len(mix)) for name, t in mix), Settings())
            for number, mix in enumerate(mixes, 1)
        ]
        job = FilmJob(shots, Outputs(tmp_path), Film(tmp_path / "film.mp4", film, RATE), clip)
        return job._sound(), job.notes

    return heard


def test_a_clip_at_its_own_speed_is_heard(sound):
    span, notes = sound([("clip", 3.0)], [("clip", 4.0)], [("clip", 5.0)])
    assert (span.end - span.start, notes) == (pytest.approx(3 / 25), [])
    assert span.start == pytest.approx(2 / 25)


@pytest.mark.parametrize(
    ("mixes", "reason"),
    [
        ([[("clip", t)] for t in (1, 3, 5)], "the clip is looped, held or at another speed"),
        ([[("clip", t)] for t in (7, 8, 1)], "the clip is looped, held or at another speed"),
        ([[("clip", 7), ("clip", 1)], [("clip", 8), ("clip", 2)]], "the clip is looped, held or at another speed"),
        ([[("clip", 1)], [("other", 2)]], "its frames show other clips than the driving clip"),
        ([[("other", 1)], [("other", 2)]], "its frames show other clips than the driving clip"),
    ],
)
def test_a_silent_film_says_why(sound, mixes, reason):
    span, (note,) = sound(*mixes)
    assert span is None
    assert note.endswith(f"film.mp4: has no sound, as {reason}.")
