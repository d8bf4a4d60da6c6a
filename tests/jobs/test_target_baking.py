"""Frames of a film whose face takes over an expression: resumed, fingerprinted, decoded one after the other."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.errors import InputError
from portrait_addon.jobs import target_baking
from portrait_addon.jobs.baking import BakeReport
from portrait_addon.jobs.frame_specs import TargetSpec
from portrait_addon.jobs.job import run
from portrait_addon.jobs.outputs import Outputs
from portrait_addon.jobs.requests import BakeOptions
from portrait_addon.jobs.target_baking import TargetBakeJob, pictures
from portrait_addon.media.clip import Clip
from portrait_addon.media.clips import open_clip
from portrait_addon.media.pictures import read_picture
from portrait_addon.pipeline.frame.target_compositor import TargetCompositor
from portrait_addon.pipeline.records.moment import Moment
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.settings import TargetSettings
from tests.clips import recorded


class Shown(Clip):
    """A clip in memory that counts the frames which were read."""

    def __init__(self, frames: list[NDArray[Any]]) -> None:
        self.path, self.files, self.rate = Path("film.mp4"), [Path("film.mp4")], Fraction(25)
        self.size = frames[0].shape[1], frames[0].shape[0]
        self.frame_count_declared = len(frames)
        self.frames = frames
        self.read = 0
        self.print = "made of these frames"

    def __iter__(self) -> Iterator[tuple[float, NDArray[np.uint8]]]:
        for number, frame in enumerate(self.frames):
            self.read += 1
            yield number / 25, frame

    def fingerprint(self) -> str:
        return self.print


@pytest.fixture
def clip(film: Path) -> Shown:
    return Shown([frame for _, frame in open_clip(film)])


def specs(*numbers: int, driver: Performance | None = None, **settings: float) -> list[TargetSpec]:
    """Frames driven by another person, beside each other."""
    by = driver or recorded()
    return [
        TargetSpec(number, (Moment(by, float(number)),), TargetSettings(**settings), target=number)
        for number in numbers
    ]


def bake(
    clip: Clip, target: Performance, what: list[TargetSpec], folder: Path, passes: tuple[str, ...] = (), **options: Any
) -> BakeReport:
    given = BakeOptions(Outputs(folder, passes=passes), **{"workers": 0, **options})
    return run(TargetBakeJob(clip, compositor_of(clip, target), recorded(), what, given))


def compositor_of(clip: Clip, target: Performance) -> TargetCompositor:
    return TargetCompositor(target, [*pictures(clip, target.neutrals)])


def test_a_film_that_drives_itself_is_written_as_it_is(clip: Shown, performance: Performance, tmp_path: Path) -> None:
    bake(clip, performance, specs(2, 5, driver=performance), tmp_path)
    assert sorted(path.name for path in tmp_path.glob("frame_*")) == ["frame_0002.png", "frame_0005.png"]
    for number in (2, 5):
        written = read_picture(tmp_path / f"frame_{number:04d}.png").pixels
        np.testing.assert_array_equal(written, clip.frames[number - 1])


def test_a_bake_goes_on(clip: Shown, performance: Performance, tmp_path: Path) -> None:
    assert bake(clip, performance, specs(1, 2), tmp_path).written == 2
    report = bake(clip, performance, specs(1, 2, 3), tmp_path)
    assert (report.written, report.kept) == (1, 2)
    clip.read = 0
    assert bake(clip, performance, specs(1, 2, 3), tmp_path).written == 0
    assert clip.read == performance.neutral  # only what the target looks like at rest


def test_frames_are_stale_where_something_has_changed(clip: Shown, performance: Performance, tmp_path: Path) -> None:
    bake(clip, performance, specs(1, 2), tmp_path)
    assert bake(clip, performance, specs(1, 2, brows=0.5), tmp_path).written == 2
    assert bake(clip, performance, specs(1, 2, brows=0.5, replaced=0.0), tmp_path).written == 2
    shifted = [*specs(1, brows=0.5, replaced=0.0), TargetSpec(2, specs(2)[0].mix, specs(2)[0].settings, target=3)]
    assert bake(clip, performance, shifted, tmp_path).written == 1
    clip.print = "another file"
    assert bake(clip, performance, shifted, tmp_path).written == 2


def test_frames_may_show_the_film_in_any_order(clip: Shown, performance: Performance, tmp_path: Path) -> None:
    backwards = [
        TargetSpec(number, (Moment(performance, float(shown)),), TargetSettings(), target=shown)
        for number, shown in ((1, 6), (2, 4), (3, 4))
    ]
    bake(clip, performance, backwards, tmp_path)
    for number, shown in ((1, 6), (2, 4), (3, 4)):
        written = read_picture(tmp_path / f"frame_{number:04d}.png").pixels
        np.testing.assert_array_equal(written, clip.frames[shown - 1])


def test_passes_lie_beside_the_frames(clip: Shown, performance: Performance, tmp_path: Path) -> None:
    bake(clip, performance, specs(2), tmp_path, passes=("face_matte", "st_map"))
    assert (tmp_path / "face_matte" / "frame_0002.exr").is_file()
    assert (tmp_path / "st_map" / "frame_0002.exr").is_file()


def test_few_frames_are_decoded_ahead(
    clip: Shown, performance: Performance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A film of any length is worked on in the memory of a few frames."""
    width, height = clip.size
    monkeypatch.setattr(target_baking, "PIXELS_AT_ONCE", 2 * width * height)
    given = BakeOptions(Outputs(tmp_path), workers=1)
    job = TargetBakeJob(clip, compositor_of(clip, performance), recorded(), specs(*range(1, 9)), given)
    read = []
    clip.read = 0
    run(job, lambda progress: read.append((progress.done, clip.read)) if progress.text == "Baking" else None)
    assert read
    assert all(seen <= done + 3 for done, seen in read)


def test_a_film_that_is_shorter_than_it_was_is_refused(performance: Performance, clip: Shown, tmp_path: Path) -> None:
    shorter = Shown(clip.frames[:3])
    compositor = compositor_of(clip, performance)
    assert len([*pictures(shorter, [1, 1, 3])]) == 3
    with pytest.raises(InputError, match=r"film\.mp4: frame 4 cannot be read; it was there when it was tracked"):
        run(TargetBakeJob(shorter, compositor, recorded(), specs(4), BakeOptions(Outputs(tmp_path))))
