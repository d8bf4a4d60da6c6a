import os
import threading
from collections.abc import Callable
from contextlib import _GeneratorContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import DTypeLike

from portrait_addon.errors import InputError
from portrait_addon.jobs import outputs
from portrait_addon.jobs.baking import BakeJob, BakeReport, Fingerprints, analyse, blurred_mouth_notes, stale_specs
from portrait_addon.jobs.earlier import remove_bake
from portrait_addon.jobs.folder_lock import LOCK_NAME, folder_lock
from portrait_addon.jobs.frame_specs import FrameSpec
from portrait_addon.jobs.job import Cancelled, run
from portrait_addon.jobs.manifest import MANIFEST_NAME, read_manifest
from portrait_addon.jobs.outputs import Outputs
from portrait_addon.jobs.requests import BakeOptions, Guidance
from portrait_addon.media import files
from portrait_addon.media.pictures import SourceImage, read_picture
from portrait_addon.pipeline.editing.corrections import NONE, ClipCorrection, Corrections
from portrait_addon.pipeline.editing.placing import Placement
from portrait_addon.pipeline.frame import compositor
from portrait_addon.pipeline.frame.compositor import Compositor
from portrait_addon.pipeline.portrait.prepared import PreparedPortrait
from portrait_addon.pipeline.records.moment import Moment
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings
from tests.composing import compose, compose_mix
from tests.pictures import write_picture


@pytest.fixture
def specs(performance: Performance) -> Callable[..., list[FrameSpec]]:
    """Make specs of the clip's frames; of the first six unless others are named."""

    def make(*numbers: int, **settings: float) -> list[FrameSpec]:
        return [
            FrameSpec(number, (Moment(performance, float(number)),), Settings(**settings))
            for number in numbers or range(1, 7)
        ]

    return make


@pytest.fixture
def bake(
    portrait: Portrait, performance: Performance, specs: Callable[..., list[FrameSpec]], tmp_path: Path
) -> Callable[..., BakeReport | None]:
    """Bake six frames; returns the job's report."""

    def bake_into(
        folder: Path = tmp_path / "frames",
        *,
        what: list[FrameSpec] | None = None,
        by: Portrait = portrait,
        format: str = "png",
        corrections: Corrections = NONE,
        **options: Any,
    ) -> BakeReport | None:
        given = BakeOptions(Outputs(folder, format), Guidance(corrections=corrections), **options)
        return run(BakeJob(by, performance, what or specs(), given))

    return bake_into


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("frame_*"))}


def ages(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("frame_*")}


def rewritten(before: dict[str, int], folder: Path) -> set[int]:
    after = ages(folder)
    return {int(name[6:10]) for name in after if after[name] != before.get(name)}


def no_trace_of_work(folder: Path) -> bool:
    """Nothing is left but frames and their list."""
    strange = {path.name for path in folder.iterdir()} - contents(folder).keys() - {MANIFEST_NAME}
    return not strange and not [thread for thread in threading.enumerate() if "portrait-worker" in thread.name]


def test_frames_are_what_compose_says(
    bake: Callable[..., BakeReport | None], portrait: Portrait, performance: Performance, tmp_path: Path
) -> None:
    report = bake()
    assert (report.written, report.kept, report.faces) == (6, 0, 1)
    assert list(contents(tmp_path / "frames")) == [f"frame_{number:04d}.png" for number in range(1, 7)]
    expected = compose(portrait, performance, Settings(), 5.0).picture
    assert np.array_equal(read_picture(tmp_path / "frames" / "frame_0005.png").pixels, expected)
    assert no_trace_of_work(tmp_path / "frames")


def test_numbers_and_times_are_independent(
    bake: Callable[..., BakeReport | None], portrait: Portrait, performance: Performance, tmp_path: Path
) -> None:
    bake(what=[FrameSpec(1001, (Moment(performance, 2.5),), Settings(expression=0.5))])
    expected = compose(portrait, performance, Settings(expression=0.5), 2.5).picture
    assert np.array_equal(read_picture(tmp_path / "frames" / "frame_1001.png").pixels, expected)


def test_a_frame_names_all_that_is_mixed_in_it(
    bake: Callable[..., BakeReport | None], portrait: Portrait, performance: Performance, tmp_path: Path
) -> None:
    folder, other = tmp_path / "frames", replace(performance, neutral=2)
    mix = (Moment(performance, 2.0, 0.75), Moment(other, 6.0, 0.25))
    bake(what=[FrameSpec(1, mix, Settings())])
    expected = compose_mix(portrait, mix, Settings()).picture
    assert np.array_equal(read_picture(folder / "frame_0001.png").pixels, expected)
    assert bake(what=[FrameSpec(1, mix, Settings())]).kept == 1
    prints = Fingerprints.of(portrait, performance)
    for change in ({"weight": 0.5}, {"t": 2.5}, {"performance": other}):
        changed = FrameSpec(1, (replace(mix[0], **change), mix[1]), Settings())
        assert stale_specs(prints, [changed], Outputs(folder)) == [changed]


def test_only_the_driving_clip_is_put_right(
    bake: Callable[..., BakeReport | None], portrait: Portrait, performance: Performance, tmp_path: Path
) -> None:
    """Another clip in the mix keeps its points, and its frames stay as they are."""
    other = replace(performance, neutral=2)
    corrections = Corrections(clip=(ClipCorrection(5, "left_eye_4", (0.03, 0.0), ease=1),))
    what = [FrameSpec(1, (Moment(performance, 5.0),), Settings()), FrameSpec(2, (Moment(other, 5.0),), Settings())]
    bake(what=what)
    prints = Fingerprints.of(portrait, performance, Guidance(corrections=corrections))
    assert stale_specs(prints, what, Outputs(tmp_path / "frames")) == what[:1]
    assert bake(what=what, corrections=corrections).written == 1
    alone = compose(portrait, other, Settings(), 5.0).picture
    assert np.array_equal(read_picture(tmp_path / "frames" / "frame_0002.png").pixels, alone)


def test_a_mouth_that_is_too_small_for_the_portrait_is_told(portrait: Portrait, performance: Performance) -> None:
    """Only where the clip decides, and where it has a mouth that could have been shown."""
    large = replace(portrait, points=20 * portrait.points)

    def notes(sitter: Portrait, clip: Performance, **settings: float) -> list[str]:
        clips = [FrameSpec(1, (Moment(clip, 5),), Settings(**settings))]
        return blurred_mouth_notes(Compositor(PreparedPortrait(sitter)), clips)

    assert notes(large, performance) == [
        "The driver's mouth is too small or too blurred for this portrait, so a modelled one is shown. "
        "Modelled Mouth 0 shows the driver's."
    ]
    assert not notes(portrait, performance)
    assert not notes(large, performance, mouth_modelled=0.0)
    assert not notes(large, performance.without_mouth())


def test_a_bake_measures_the_blur_of_a_mouth_once(
    bake: Callable[..., BakeReport | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = list[Performance]()

    def measure(clip: Performance) -> float:
        measured.append(clip)
        return 0.0

    monkeypatch.setattr(compositor, "mouth_blur", measure)
    bake()
    assert len(measured) == 1


def test_a_picture_without_a_face() -> None:
    with pytest.raises(InputError, match=r"wall\.png: no face found"):
        analyse(SourceImage(np.full((64, 64, 3), 99, np.uint8), "wall.png"))


def test_a_second_bake_computes_nothing(
    bake: Callable[..., BakeReport | None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bake()
    before = ages(tmp_path / "frames")
    monkeypatch.setattr(Compositor, "frame", lambda *_: pytest.fail("composed again"))
    report = bake()
    assert (report.written, report.kept) == (0, 6)
    assert rewritten(before, tmp_path / "frames") == set()


def test_exactly_the_damaged_frames_are_computed_again(bake: Callable[..., BakeReport | None], tmp_path: Path) -> None:
    folder = tmp_path / "frames"
    bake()
    whole = contents(folder)
    (folder / "frame_0001.png").unlink()
    (folder / "frame_0003.png").write_bytes(whole["frame_0003.png"][:-20])
    (folder / "frame_0006.png").write_bytes(bytes(len(whole["frame_0006.png"])))
    before = ages(folder)
    report = bake()
    assert (report.written, report.kept) == (3, 3)
    assert rewritten(before, folder) == {1, 3, 6}
    assert contents(folder) == whole


def test_exactly_the_stale_frames_are_computed_again(
    bake: Callable[..., BakeReport | None], tmp_path: Path, specs: Callable[..., list[FrameSpec]]
) -> None:
    bake()
    before = ages(tmp_path / "frames")
    changed = specs(1, 2, 3) + specs(4, 5, expression=0.3) + specs(6)
    assert bake(what=changed).written == 2
    assert rewritten(before, tmp_path / "frames") == {4, 5}


def test_another_input_or_format_makes_all_frames_stale(
    bake: Callable[..., BakeReport | None], portrait: Portrait, sitter: SourceImage, tmp_path: Path
) -> None:
    bake()
    darker = analyse(SourceImage(sitter.pixels // 2, "darker.png"))
    assert bake(by=darker).written == 6
    assert bake(by=darker, format="png16").written == 6
    assert read_picture(tmp_path / "frames" / "frame_0001.png").pixels.dtype == np.uint16


def test_force_computes_all(bake: Callable[..., BakeReport | None], tmp_path: Path) -> None:
    bake()
    before, whole = ages(tmp_path / "frames"), contents(tmp_path / "frames")
    assert bake(force=True).written == 6
    assert rewritten(before, tmp_path / "frames") == {1, 2, 3, 4, 5, 6}
    assert contents(tmp_path / "frames") == whole


def test_frames_outside_the_plan_are_left_and_remembered(
    bake: Callable[..., BakeReport | None], tmp_path: Path, specs: Callable[..., list[FrameSpec]]
) -> None:
    bake()
    before = ages(tmp_path / "frames")
    assert bake(what=specs(2, 3, depth=0.0)).written == 2
    assert rewritten(before, tmp_path / "frames") == {2, 3}
    assert bake(what=specs(1, 4, 5, 6)).kept == 4


@pytest.mark.parametrize("workers", [0, 1, 2, 8])
def test_frames_depend_neither_on_workers_nor_on_order(
    bake: Callable[..., BakeReport | None], tmp_path: Path, workers: int, specs: Callable[..., list[FrameSpec]]
) -> None:
    bake(tmp_path / "expected")
    bake(tmp_path / "found", what=specs()[::-1], workers=workers)
    assert contents(tmp_path / "found") == contents(tmp_path / "expected")


def test_16_bits_from_8_are_the_same_picture(
    bake: Callable[..., BakeReport | None], tmp_path: Path, specs: Callable[..., list[FrameSpec]]
) -> None:
    bake(tmp_path / "8", what=specs(4))
    bake(tmp_path / "16", what=specs(4), format="png16")
    eight, sixteen = (read_picture(tmp_path / depth / "frame_0004.png").pixels for depth in ("8", "16"))
    assert np.array_equal(sixteen, eight.astype(np.uint16) * 257)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [3, 4])
def test_depth_and_alpha_reach_the_frames(
    bake: Callable[..., BakeReport | None],
    sitter: SourceImage,
    tmp_path: Path,
    dtype: DTypeLike,
    channels: int,
    specs: Callable[..., list[FrameSpec]],
) -> None:
    pixels = sitter.pixels.astype(dtype) * (np.iinfo(dtype).max // 255)
    opaque = np.full((*pixels.shape[:2], 1), np.iinfo(dtype).max, dtype)
    bake(what=specs(3), by=analyse(SourceImage(np.concatenate([pixels, opaque], 2)[..., :channels], "a")))
    frame = read_picture(tmp_path / "frames" / "frame_0003.png").pixels
    assert (frame.dtype, frame.shape) == (dtype, (*pixels.shape[:2], channels))


@pytest.mark.parametrize("force", [False, True])
def test_a_strange_file_is_never_overwritten(
    bake: Callable[..., BakeReport | None], tmp_path: Path, force: bool
) -> None:
    folder = tmp_path / "frames"
    folder.mkdir()
    (folder / "frame_0004.png").write_bytes(b"precious")
    with pytest.raises(InputError, match=r"frame_0004\.png: is not from an earlier bake .* Choose another folder"):
        bake(force=force)
    assert contents(folder) == {"frame_0004.png": b"precious"}
    assert no_trace_of_work(folder)


def test_a_link_that_leads_nowhere_is_a_strange_file_too(
    bake: Callable[..., BakeReport | None], tmp_path: Path
) -> None:
    folder = tmp_path / "frames"
    folder.mkdir()
    (folder / "frame_0002.png").symlink_to(tmp_path / "elsewhere.png")
    with pytest.raises(InputError, match=r"frame_0002\.png: is not from an earlier bake"):
        bake()
    assert not (tmp_path / "elsewhere.png").exists()


def test_inputs_are_never_overwritten(bake: Callable[..., BakeReport | None], tmp_path: Path) -> None:
    bake()
    taken = tmp_path / "frames" / "frame_0002.png"
    before = taken.read_bytes()
    with pytest.raises(InputError, match=r"frame_0002\.png: belongs to the input"):
        bake(force=True, inputs=[taken])
    assert taken.read_bytes() == before


@pytest.mark.parametrize("steps", range(1, 12))  # six of checking, then six of baking
def test_cancelling_anywhere_leaves_whole_frames_and_no_trace(
    portrait: Portrait,
    performance: Performance,
    bake: Callable[..., BakeReport | None],
    tmp_path: Path,
    steps: int,
    specs: Callable[..., list[FrameSpec]],
) -> None:
    seen: list[Any] = []
    folder = tmp_path / "frames"
    bake(tmp_path / "expected")
    job = BakeJob(portrait, performance, specs(), BakeOptions(Outputs(folder)))
    with pytest.raises(Cancelled):
        run(job, seen.append, lambda: len(seen) == steps)
    expected = contents(tmp_path / "expected")
    assert contents(folder).items() <= expected.items()
    assert no_trace_of_work(folder)
    done = len(contents(folder))
    report = bake()
    assert (report.written, report.kept) == (6 - done, done)
    assert contents(folder) == expected


def test_a_frame_that_a_killed_bake_did_not_list_is_ours(
    bake: Callable[..., BakeReport | None], tmp_path: Path
) -> None:
    folder = tmp_path / "frames"
    bake()
    whole, manifest = contents(folder), folder / MANIFEST_NAME
    lines = manifest.read_text().splitlines(keepends=True)
    assert len(lines) == 12  # each frame before and after
    manifest.write_text("".join(lines[:-2]) + lines[-2][:30])  # cut in the middle of a line
    (folder / f".frame_0006.png.{os.getpid()}-1.part").write_bytes(b"half")
    (folder / ".download.part").write_bytes(b"not ours")
    assert (bake().written, contents(folder)) == (2, whole)
    assert {path.name for path in folder.glob(".*")} == {".download.part"}


@pytest.mark.parametrize(
    "line", ["null", "[]", "{}", '{"frame": "4"}', '{"frame": 4, "made_of": 1}', '{"frame": true}', "[" * 9999, "\0"]
)
def test_poisoned_lists_claim_nothing(tmp_path: Path, line: str) -> None:
    (tmp_path / MANIFEST_NAME).write_text(line + '\n{"frame": 7}\n')
    assert list(read_manifest(tmp_path)) == [7]


def test_two_bakes_in_one_folder_do_not_mix(bake: Callable[..., BakeReport | None], tmp_path: Path) -> None:
    folder = tmp_path / "frames"
    folder.mkdir()
    with (
        folder_lock(folder),
        pytest.raises(InputError, match=rf"frames: another bake is writing here \(process {os.getpid()}\)\. Wait"),
    ):
        bake()
    assert bake().written == 6


def test_another_colour_profile_makes_png_frames_stale(
    portrait: Portrait, performance: Performance, specs: Callable[..., list[FrameSpec]], tmp_path: Path
) -> None:
    prints, (spec, *_) = Fingerprints.of(portrait, performance), specs()
    made_of = {
        (format, profile): prints.of_frame(spec, Outputs(tmp_path, format, profile=profile))
        for format in ("png", "exr")
        for profile in (b"", b"one", b"other")
    }
    assert len({made_of["png", profile] for profile in (b"", b"one", b"other")}) == 3
    assert len({made_of["exr", profile] for profile in (b"", b"one", b"other")}) == 1


def test_a_second_bake_can_wait_for_the_first(
    portrait: Portrait, performance: Performance, specs: Callable[..., list[FrameSpec]], tmp_path: Path
) -> None:
    """As a farm that starts a task twice wants it: the second finds everything done."""
    options = BakeOptions(Outputs(tmp_path / "frames"), wait=True)
    first, second = (BakeJob(portrait, performance, specs(), options).steps() for _ in range(2))
    assert next(step for step in first if step.text == "Baking").done == 1
    assert [next(second).text for _ in range(2)] == ["Waiting for another bake"] * 2
    list(first)
    assert not any(step.text == "Baking" for step in second)


def test_who_waits_can_be_stopped(
    portrait: Portrait, performance: Performance, specs: Callable[..., list[FrameSpec]], tmp_path: Path
) -> None:
    (tmp_path / "frames").mkdir()
    with folder_lock(tmp_path / "frames"):
        steps = BakeJob(portrait, performance, specs(), BakeOptions(Outputs(tmp_path / "frames"), wait=True)).steps()
        next(steps)
        steps.close()
    with folder_lock(tmp_path / "frames"):
        pass


def test_a_lock_file_of_a_dead_process_does_not_stand_in_the_way(
    bake: Callable[..., BakeReport | None], tmp_path: Path
) -> None:
    (tmp_path / "frames").mkdir()
    (tmp_path / "frames" / LOCK_NAME).write_text("1")
    assert bake().written == 6
    assert no_trace_of_work(tmp_path / "frames")


def test_a_full_disk_is_one_clear_error_and_the_bake_resumes(
    bake: Callable[..., BakeReport | None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bake(tmp_path / "expected")
    opened: list[Any] = []
    whole_file = files.whole_file

    def full_after_three(path: Path) -> _GeneratorContextManager | None:
        opened.append(path)
        if len(opened) > 3:
            raise InputError(f"{path}: cannot be written (No space left on device). Free some space.")
        return whole_file(path)

    monkeypatch.setattr(outputs, "whole_file", full_after_three)
    with pytest.raises(InputError, match=r"frame_000\d\.png: cannot be written \(No space"):
        bake()
    monkeypatch.undo()
    assert no_trace_of_work(tmp_path / "frames")
    report = bake()
    assert (report.written, report.kept) == (3, 3)
    assert contents(tmp_path / "frames") == contents(tmp_path / "expected")


def test_output_that_is_no_folder(bake: Callable[..., BakeReport | None], tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    for folder in (tmp_path / "taken", tmp_path / "taken" / "below"):
        with pytest.raises(InputError, match="taken: is not a folder"):
            bake(folder)


def test_stale_frames_are_told_without_composing(
    bake: Callable[..., BakeReport | None],
    portrait: Portrait,
    performance: Performance,
    tmp_path: Path,
    specs: Callable[..., list[FrameSpec]],
) -> None:
    prints = Fingerprints.of(portrait, performance)
    assert stale_specs(prints, specs(), Outputs(tmp_path / "frames")) == specs()
    bake()
    assert stale_specs(prints, specs(), Outputs(tmp_path / "frames")) == []
    (tmp_path / "frames" / "frame_0002.png").unlink()
    changed = specs(1, 2) + specs(3, expression=0.1) + specs(7)
    assert [spec.number for spec in stale_specs(prints, changed, Outputs(tmp_path / "frames"))] == [2, 3, 7]
    assert stale_specs(replace(prints, portrait="another"), specs(), Outputs(tmp_path / "frames")) == specs()


def test_frames_of_a_bake_can_drive_another(bake: Callable[..., BakeReport | None], tmp_path: Path) -> None:
    from portrait_addon.media.clips import open_clip

    bake()
    write_picture(tmp_path / "frames" / "poster.png", np.zeros((2, 2, 3), np.uint8))  # no number: not of the sequence
    assert open_clip(tmp_path / "frames").frame_count_declared == 6


def test_a_correction_on_the_clip_makes_its_own_frames_stale(
    bake: Callable[..., BakeReport | None],
    portrait: Portrait,
    performance: Performance,
    tmp_path: Path,
    specs: Callable[..., list[FrameSpec]],
) -> None:
    assert performance.neutral == 1
    bake()
    corrections = Corrections(clip=(ClipCorrection(5, "left_eye_4", (0.03, 0.0), ease=1),))
    prints = Fingerprints.of(portrait, performance, Guidance(corrections=corrections))
    assert [spec.number for spec in stale_specs(prints, specs(), Outputs(tmp_path / "frames"))] == [4, 5, 6]
    assert bake(corrections=corrections).written == 3
    assert bake().written == 3


def test_a_corrected_neutral_frame_concerns_all(bake: Callable[..., BakeReport | None]) -> None:
    bake()
    corrections = Corrections(clip=(ClipCorrection(1, "left_eye_4", (0.03, 0.0), ease=0),))
    assert bake(corrections=corrections).written == 6


@pytest.mark.parametrize(
    "corrections", [Corrections(portrait=(("jaw_9", (0.0, 0.05)),)), Corrections(placement=Placement())]
)
def test_a_corrected_portrait_makes_all_frames_stale(
    bake: Callable[..., BakeReport | None], sitter: SourceImage, corrections: Corrections, tmp_path: Path
) -> None:
    bake()
    before = (tmp_path / "frames" / "frame_0006.png").read_bytes()
    guided = analyse(sitter, placement=corrections.placement)
    assert bake(by=guided, corrections=corrections).written == 6
    assert bake(by=guided, corrections=corrections).written == 0
    assert (tmp_path / "frames" / "frame_0006.png").read_bytes() != before


def test_one_of_two_faces_is_chosen(sitter: SourceImage) -> None:
    pair = SourceImage(np.hstack([sitter.pixels, sitter.pixels]), "pair")
    first, second = analyse(pair, 1), analyse(pair, 2)
    assert first.faces == second.faces == 2
    apart = abs(first.points[:, 0].mean() - second.points[:, 0].mean())
    assert apart == pytest.approx(sitter.pixels.shape[1], rel=0.05)
    with pytest.raises(InputError, match="pair: there is no face 3; choose one from 1 to 2"):
        analyse(pair, 3)


def test_guidance_counts_only_where_somebody_decided() -> None:
    placed = Corrections(placement=Placement())
    on_the_clip = Corrections(clip=(ClipCorrection(5, "jaw_9", (0.03, 0.0)),))
    assert Guidance().portrait_text() == Guidance(corrections=on_the_clip).portrait_text() == ""
    assert Guidance(2).portrait_text() not in ("", Guidance(3).portrait_text())
    assert Guidance(2, placed).portrait_text() == Guidance(1, placed).portrait_text() != ""


def test_equal_frames_of_another_folder_are_taken_over(
    bake: Callable[..., BakeReport | None], specs: Callable[..., list[FrameSpec]], tmp_path: Path
) -> None:
    bake(tmp_path / "before")
    what = [*specs(1, 2, 3), *specs(4, expression=0.5)]
    report = bake(tmp_path / "after", what=what, earlier=tmp_path / "before")
    assert (report.written, report.kept) == (1, 3)
    before, after = contents(tmp_path / "before"), contents(tmp_path / "after")
    assert [after[name] == before[name] for name in sorted(after)] == [True, True, True, False]
    assert bake(tmp_path / "after", what=what).written == 0


def test_a_frame_that_was_taken_over_keeps_its_content_when_the_other_is_baked_again(
    bake: Callable[..., BakeReport | None], specs: Callable[..., list[FrameSpec]], tmp_path: Path
) -> None:
    bake(tmp_path / "before")
    bake(tmp_path / "after", earlier=tmp_path / "before")
    kept = contents(tmp_path / "after")
    bake(tmp_path / "before", what=specs(expression=0.5))
    assert contents(tmp_path / "after") == kept


def test_frames_of_another_format_are_not_taken_over(bake: Callable[..., BakeReport | None], tmp_path: Path) -> None:
    bake(tmp_path / "before")
    assert bake(tmp_path / "after", format="png16", earlier=tmp_path / "before").written == 6


def test_only_what_a_bake_has_written_is_removed(bake: Callable[..., BakeReport | None], tmp_path: Path) -> None:
    bake(tmp_path / "frames")
    mine = tmp_path / "frames" / "notes.txt"
    mine.write_text("mine")
    (tmp_path / "frame_0001.png").write_bytes(b"elsewhere")
    remove_bake(tmp_path / "frames")
    assert [path.name for path in (tmp_path / "frames").iterdir()] == ["notes.txt"]
    assert (tmp_path / "frame_0001.png").exists()
    mine.unlink()
    bake(tmp_path / "frames")
    remove_bake(tmp_path / "frames")
    assert not (tmp_path / "frames").exists()
