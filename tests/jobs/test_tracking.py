import dataclasses
import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from portrait_addon.errors import InputError
from portrait_addon.jobs import tracking
from portrait_addon.jobs.cache import Cache
from portrait_addon.jobs.job import Cancelled, run
from portrait_addon.jobs.performance_file import (
    KIND,
    is_of_earlier_method,
    is_performance_file,
    load_performance,
    performance_fingerprint,
    save_performance,
)
from portrait_addon.jobs.tracking import TrackJob, performance_notes
from portrait_addon.media.archive import write_archive
from portrait_addon.media.video import VideoClip
from portrait_addon.pipeline.face.mesh import EYES, MOUTH, outer_eye_distance
from portrait_addon.pipeline.records.performance import METHOD_VERSION, PERFORMANCE_FORMAT, Performance


@pytest.fixture
def faceless(tmp_path: Path) -> Any:
    path = tmp_path / "wall.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 25, (64, 48))
    for _ in range(3):
        writer.write(np.full((48, 64, 3), 90, np.uint8))
    writer.release()
    return path


@pytest.fixture
def tracked_once(film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A cache that holds the film; tracking once more would fail the test."""
    cache = Cache(tmp_path / "cache")
    first = run(TrackJob(film, cache=cache))
    monkeypatch.setattr(tracking, "track_steps", lambda *_, **__: pytest.fail("tracked again"))
    return cache, first


def test_progress_counts_the_frames_of_the_clip(film: Path) -> None:
    seen: list[Any] = []
    performance = run(TrackJob(film), seen.append)
    assert performance.frame_count == 8
    assert [(progress.done, progress.total) for progress in seen if progress.text == "Tracking"] == [
        (done, 8) for done in range(1, 9)
    ]


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_the_points_depend_not_on_the_number_of_workers(film: Path, performance: Performance, workers: int) -> None:
    found = run(TrackJob(film, neutral=1, workers=workers))
    assert performance_fingerprint(found) == performance_fingerprint(performance)


def test_the_cache_spares_the_work(film: Path, tracked_once: Any) -> None:
    cache, first = tracked_once
    again = run(TrackJob(film, cache=cache))
    assert performance_fingerprint(again) == performance_fingerprint(first)
    assert len(list(cache.folder.iterdir())) == 1


def test_another_neutral_frame_is_another_performance(film: Path, tracked_once: Any) -> None:
    cache, _ = tracked_once
    with pytest.raises(pytest.fail.Exception, match="tracked again"):
        run(TrackJob(film, neutral=4, cache=cache))


def test_a_damaged_cache_is_made_again(film: Path, tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    first = run(TrackJob(film, cache=cache))
    (kept,) = cache.folder.iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(whole[: len(whole) // 2])
    assert performance_fingerprint(run(TrackJob(film, cache=cache))) == performance_fingerprint(first)
    assert kept.read_bytes() == whole


def test_a_cache_that_cannot_be_written_is_noted(film: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file, not a folder")
    job = TrackJob(film, cache=Cache(tmp_path / "cache"))
    assert run(job).frame_count == 8
    assert job.notes == [f"{tmp_path / 'cache'}: the cache cannot be written, so the clip is tracked every time."]


def test_cancelled_tracking_leaves_nothing(film: Path, tmp_path: Path) -> None:
    seen: list[Any] = []
    with pytest.raises(Cancelled):
        run(TrackJob(film, cache=Cache(tmp_path / "cache")), seen.append, lambda: len(seen) == 3)
    assert not (tmp_path / "cache").exists()


def test_a_clip_without_a_face(faceless: Any) -> None:
    with pytest.raises(InputError, match=r"wall\.mp4: no face found in any frame"):
        run(TrackJob(faceless))


def test_a_neutral_frame_outside_the_clip(film: Path) -> None:
    with pytest.raises(InputError, match=r"smile\.mp4: there is no frame 9; .* from 1 to 8"):
        run(TrackJob(film, neutral=9))


def test_a_clip_cut_short_is_noted(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(VideoClip, "shortfall", lambda *_: "only 8 of its 30 frames could be read")
    job = TrackJob(film)
    run(job)
    assert job.notes == [f"{film}: only 8 of its 30 frames could be read."]


def test_notes_name_bridged_frames_and_more_faces(performance: Performance) -> None:
    found = performance.found.copy()
    found[[2, 3]] = False
    lost = dataclasses.replace(performance, found=found, faces=2)
    assert performance_notes("a.mp4", lost) == [
        "a.mp4: 2 faces found; the largest is followed.",
        "a.mp4: no face found in 2 frames, which are bridged: 3, 4.",
    ]
    assert performance_notes("a.mp4", performance) == []


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([0], "choose another one."),
        (range(8), "it is the nearest to rest in its shot; choose a clip in which the driver rests."),
    ],
)
def test_an_open_mouth_at_rest_is_told_with_what_to_do(
    performance: Performance, rows: list[int] | range, said: str
) -> None:
    points = performance.points.copy()
    for row in rows:
        points[row, MOUTH.lower, 1] += 0.3 * outer_eye_distance(points[row])
    (note,) = performance_notes("a.mp4", dataclasses.replace(performance, points=points))
    wrong = "a.mp4: neutral frame 1 has an open mouth, so the portrait opens its own less than the driver: "
    assert note == wrong + said


def test_a_head_that_turns_far_is_told(performance: Performance) -> None:
    points = performance.points.copy()
    for row, degrees in ((4, 20), (5, 60)):
        turn = np.radians(degrees)
        about = np.array([[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]])
        centre = points[row].mean(axis=0)
        points[row] = centre + (points[row] - centre) @ about
    (note,) = performance_notes("a.mp4", dataclasses.replace(performance, points=points))
    assert re.fullmatch(
        r"a\.mp4: the head is turned by up to \d\d degrees in 1 frames, which the portrait follows by 35 at most: 6\.",
        note,
    )


def test_shut_eyes_at_rest_are_told(performance: Performance) -> None:
    points = performance.points.copy()
    for eye, _ in EYES:
        points[0, eye.upper] = points[0, eye.lower]
    (note,) = performance_notes("a.mp4", dataclasses.replace(performance, points=points))
    assert "neutral frame 1 has shut eyes" in note


def test_a_performance_comes_back_from_its_file(performance: Performance, film: Path, tmp_path: Path) -> None:
    path = tmp_path / "smile ü.performance"
    save_performance(performance, path)
    assert performance_fingerprint(load_performance(path)) == performance_fingerprint(performance)
    assert is_performance_file(path)
    assert not is_performance_file(film)
    assert not is_performance_file(tmp_path / "missing")


FORMATS = sorted((Path(__file__).parents[1] / "formats").glob("*.performance"))


def test_there_is_a_file_of_todays_format() -> None:
    assert FORMATS[-1].stem == f"format_{PERFORMANCE_FORMAT}"


@pytest.mark.parametrize("path", FORMATS, ids=lambda path: path.stem)
def test_files_of_every_earlier_format_load(path: Path) -> None:
    job = TrackJob(path)
    saved = run(job)
    assert saved.frame_count == len(saved.log_ratios) == 10
    assert saved.has_mouth
    note = f"{path}: was tracked by an earlier version; tracking the clip again may look better."
    assert (note in job.notes) == is_of_earlier_method(path)


def test_a_file_of_an_earlier_method_is_noted(performance: Performance, tmp_path: Path) -> None:
    arrays = performance.to_arrays()
    write_archive(tmp_path / "a.performance", arrays, KIND, PERFORMANCE_FORMAT, method=METHOD_VERSION - 1)
    job = TrackJob(tmp_path / "a.performance")
    run(job)
    assert any("was tracked by an earlier version" in note for note in job.notes)
    save_performance(performance, tmp_path / "b.performance")
    job = TrackJob(tmp_path / "b.performance")
    run(job)
    assert not job.notes


def test_a_performance_file_whose_parts_do_not_fit(performance: Performance, tmp_path: Path) -> None:
    arrays = performance.to_arrays() | {"times": np.zeros(3)}
    write_archive(tmp_path / "a", arrays, KIND, PERFORMANCE_FORMAT)
    with pytest.raises(InputError, match=r"a: is a damaged performance file, .*\. Track the clip again\."):
        load_performance(tmp_path / "a")


def test_any_change_changes_the_fingerprint(performance: Performance) -> None:
    points = performance.points.copy()
    points[3, 100, 1] = np.nextafter(points[3, 100, 1], np.float32(np.inf))
    changed = dataclasses.replace(performance, points=points)
    assert performance_fingerprint(changed) != performance_fingerprint(performance)
