"""Speed of the whole job, from a picture and a clip to frames on the disk, beside the lower bound of the same run."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from contextlib import closing
from functools import cache, partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait_addon.jobs.animate import AnimateJob
from portrait_addon.jobs.baking import BakeJob, analyse
from portrait_addon.jobs.cache import Cache
from portrait_addon.jobs.frame_specs import FrameSpec
from portrait_addon.jobs.job import run
from portrait_addon.jobs.outputs import Outputs
from portrait_addon.jobs.requests import AnimateRequest, BakeOptions
from portrait_addon.jobs.tracking import TrackJob
from portrait_addon.media.clips import open_clip
from portrait_addon.media.pictures import SourceImage, encode_picture
from portrait_addon.models import load_model
from portrait_addon.pipeline.imaging.threads import ordered_thread_map
from portrait_addon.pipeline.records.moment import Moment
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.settings import Settings
from portrait_addon.pipeline.tracking.networks import FaceTrackers
from tests.bench import speed_material
from tests.bench.speed_clock import in_turn
from tests.composing import compose

WORKERS = 2
SOME = 15
"""Frames, spread over the clip, that are composed and encoded where that is measured alone."""

LOOKUPS = 20
"""Lookups of which one round takes the time: one alone is too short."""

COUNTS = {"lookup": LOOKUPS, "compose": SOME, "encode": SOME}
"""How often a row's work is done in one call; the others process each frame of the clip once."""


def specs_of(performance: Performance, settings: Settings | None = None) -> list[FrameSpec]:
    """Every frame of a clip."""
    return [
        FrameSpec(number, (Moment(performance, float(number)),), settings or Settings())
        for number in range(1, performance.frame_count + 1)
    ]


def whole_job(clip: Path, picture: SourceImage, workers: int = WORKERS, cache: Cache | None = None) -> None:
    """Track, analyse and bake into a new folder."""
    with tempfile.TemporaryDirectory() as folder:
        performance = run(TrackJob(clip, workers=workers, cache=cache))
        portrait = analyse(picture)
        options = BakeOptions(Outputs(Path(folder) / "out"), workers=workers)
        run(BakeJob(portrait, performance, specs_of(performance), options))


def lower_bound(clip: Path, picture: SourceImage, workers: int = WORKERS) -> None:
    """The least that any such program does: decode, track, look the portrait up once, encode, write."""
    four, field = cv2.cvtColor(picture.pixels, cv2.COLOR_BGR2BGRA), wavy(picture.pixels)
    with tempfile.TemporaryDirectory() as folder, FaceTrackers(load_model("face_landmarker.task"), workers) as tracker:

        def frame(item: tuple[int, tuple[float, NDArray[np.uint8]]]) -> None:
            number, (_, seen) = item
            tracker.detect(seen)
            moved = cv2.remap(four, field, None, cv2.INTER_LINEAR)  # type: ignore[call-overload]  # no second map
            data = encode_picture(cv2.cvtColor(moved, cv2.COLOR_BGRA2BGR))
            (Path(folder) / f"{number}.png").write_bytes(data)

        with closing(ordered_thread_map(frame, enumerate(open_clip(clip)), workers)) as frames:
            for _ in frames:
                pass


def wavy(picture: NDArray[Any]) -> NDArray[np.float32]:
    """A smooth field, as a warp's is."""
    y, x = np.indices(picture.shape[:2], np.float32)
    return np.dstack([x + 0.3 + 2 * np.sin(y / 50), y + 0.6 + np.cos(x / 40)]).astype(np.float32)


def measure(folder: Path, size: tuple[int, int], frames: int, rounds: int, grainy: bool = False) -> dict[str, Any]:
    """Whole job, lower bound, one lookup and each stage alone, a frame."""
    picture = SourceImage(speed_material.portrait(*size, grainy), "portrait.png")
    clip = speed_material.clip(folder, *size, frames)
    lower_bound(clip, picture)  # warm: tables are made, files read for the first time
    whole_job(clip, picture)
    cv2.setNumThreads(1)  # a lookup's processor time, not that of threads that wait for each other
    found = in_turn(whole(clip, picture), rounds) | in_turn(stages(clip, picture), max(rounds // 2, 1))
    each = {name: one.per(COUNTS.get(name, frames)) for name, one in found.items()}
    return {
        "size": size,
        "frames": frames,
        "grainy": grainy,
        "PNG bytes": len(encode_picture(picture.pixels)),
        **{name: one.figures() for name, one in each.items()},
        "wall over lower bound": round(each["whole job"].wall / each["lower bound"].wall, 2),
        "CPU over lower bound": round(each["whole job"].cpu / each["lower bound"].cpu, 2),
        "CPU over lookup": round(each["whole job"].cpu / each["lookup"].cpu, 1),
    }


def whole(clip: Path, picture: SourceImage) -> dict[str, Callable[[], Any]]:
    """The whole job, and what it is compared with."""
    four, field = cv2.cvtColor(picture.pixels, cv2.COLOR_BGR2BGRA), wavy(picture.pixels)

    def remap() -> None:
        for _ in range(LOOKUPS):
            cv2.remap(four, field, None, cv2.INTER_LINEAR)  # type: ignore[call-overload]  # no second map

    return {
        "whole job": lambda: whole_job(clip, picture),
        "lower bound": lambda: lower_bound(clip, picture),
        "lookup": remap,
    }


def stages(clip: Path, picture: SourceImage) -> dict[str, Callable[[], Any]]:
    """Each stage alone, over the whole clip, in one thread."""
    performance, portrait = _pair(clip, picture)
    numbers = np.linspace(1, performance.frame_count, SOME).tolist()
    model = load_model("face_landmarker.task")

    def find() -> None:
        with FaceTrackers(model, 1) as tracker:
            for _, frame in open_clip(clip):
                tracker.detect(frame)

    return {
        "decode": lambda: [None for _ in open_clip(clip)],
        "decode, find the face": find,
        "track": lambda: run(TrackJob(clip, workers=0)),
        "compose": lambda: [compose(portrait, performance, Settings(), number) for number in numbers],
        "encode": lambda: [encode_picture(picture.pixels) for _ in numbers],
    }


@cache
def _pair(clip: Path, picture: SourceImage) -> tuple[Performance, Any]:
    return run(TrackJob(clip)), analyse(picture)


def workers_and_second_bake(folder: Path, size: tuple[int, int], frames: int, rounds: int) -> dict[str, Any]:
    """One worker against two, and a bake with another setting of what was tracked before."""
    picture = SourceImage(speed_material.portrait(*size), "portrait.png")
    clip = speed_material.clip(folder, *size, frames)
    tracked = Cache(Path(tempfile.mkdtemp(prefix="tracked-")))
    other = Settings(expression=0.5)

    def again() -> None:
        with tempfile.TemporaryDirectory() as scratch:
            driving, options = TrackJob(clip, cache=tracked), BakeOptions(Outputs(Path(scratch) / "out"))
            run(AnimateJob(AnimateRequest(picture, driving, lambda one: specs_of(one, other), options)))

    whole_job(clip, picture, cache=tracked)
    works: dict[str, Callable[[], Any]] = {"first": lambda: whole_job(clip, picture), "second": again}
    works |= {f"{count} workers": partial(whole_job, clip, picture, count) for count in (0, 1, 2)}
    found = in_turn(works, rounds)
    shutil.rmtree(tracked.folder)
    return {
        **{name: one.per(frames).figures() for name, one in found.items()},
        "second over first, wall": round(found["second"].wall / found["first"].wall, 2),
        "second over first, CPU": round(found["second"].cpu / found["first"].cpu, 2),
        "none over two workers, wall": round(found["0 workers"].wall / found["2 workers"].wall, 2),
        "one over two workers, wall": round(found["1 workers"].wall / found["2 workers"].wall, 2),
    }
