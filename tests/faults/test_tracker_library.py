"""Another MediaPipe than ours, or none: the same networks through OpenCV, chosen by itself and said."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.jobs.animate import AnimateJob
from portrait_addon.jobs.baking import analyse
from portrait_addon.jobs.frame_specs import FrameSpec
from portrait_addon.jobs.job import run
from portrait_addon.jobs.outputs import Outputs
from portrait_addon.jobs.requests import AnimateRequest, BakeOptions
from portrait_addon.jobs.tracking import TrackJob
from portrait_addon.media.pictures import SourceImage, read_picture
from portrait_addon.models import load_model
from portrait_addon.pipeline.records.moment import Moment
from portrait_addon.pipeline.records.settings import Settings
from portrait_addon.pipeline.tracking import networks
from portrait_addon.pipeline.tracking.landmarker import FaceTracker
from portrait_addon.pipeline.tracking.landmarker_dnn import DnnFaceTracker
from portrait_addon.pipeline.tracking.matte import PersonSegmenter
from portrait_addon.pipeline.tracking.matte_dnn import DnnPersonSegmenter

MEDIAN_PIXELS = 0.26
"""How near the points must come to MediaPipe's; they come to 0.01 as a rule."""


@pytest.fixture(scope="module")
def model() -> Any:
    return load_model("face_landmarker.task")


@pytest.fixture
def another_mediapipe(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Pretend that an import would find another version; an import of any fails the test."""

    def install(version: Any) -> None:
        monkeypatch.setattr(networks, "_mediapipe_version", lambda: version)
        monkeypatch.setattr(networks, "_failures", [])
        for name in [name for name in sys.modules if name.partition(".")[0] == "mediapipe"]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setattr(sys, "meta_path", [Refusing(), *sys.meta_path])

    return install


class Refusing:
    """Finds no MediaPipe, and counts who asked for one."""

    def find_spec(self, name: Any, path: Any = None, target: Any = None) -> None:
        if name.partition(".")[0] == "mediapipe":
            pytest.fail("mediapipe was imported")


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("0.10.35", "version 0.10.35 sends usage figures to its makers"),
        ("0.11", "version 0.11 sends usage figures"),
        ("1.0.0rc1", "version 1.0.0rc1 sends usage figures"),
        (None, "it is not installed"),
    ],
)
def test_a_mediapipe_that_sends_is_never_imported(
    another_mediapipe: Callable[..., None], clip_file: Path, sitter: SourceImage, version: Any, reason: Any
) -> None:
    another_mediapipe(version)
    job = TrackJob(clip_file)
    assert run(job).found.all()
    assert [note for note in job.notes if reason in note and note.endswith("OpenCV finds the face instead.")]
    assert analyse(sitter).faces == 1


def test_it_is_said_of_a_portrait_alone_and_once(
    another_mediapipe: Callable[..., None], clip_file: Path, performance_file: Path, sitter: SourceImage, tmp_path: Path
) -> None:
    """Where only the picture is looked at, and where a clip is tracked too."""
    another_mediapipe("0.10.35")
    for driving in (performance_file, clip_file):
        job = AnimateJob(
            AnimateRequest(
                sitter,
                TrackJob(driving),
                lambda performance: [FrameSpec(1, (Moment(performance, 1.0),), Settings())],
                BakeOptions(Outputs(tmp_path)),
            )
        )
        run(job)
        assert len([note for note in job.notes if "OpenCV finds the face instead" in note]) == 1


@pytest.mark.parametrize("version", ["0.10.31", "0.10.33", "0.10.34", "0.9.1"])
def test_older_ones_are_used(monkeypatch: pytest.MonkeyPatch, version: Any) -> None:
    monkeypatch.setattr(networks, "_mediapipe_version", lambda: version)
    assert networks.why_not_mediapipe() is None


def test_a_mediapipe_that_does_not_load_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, model: Any, clip_file: Path
) -> None:
    tried = []

    def broken(*_: Any) -> None:
        tried.append(1)
        raise OSError("libmediapipe.so: wrong ELF class\nand more")

    monkeypatch.setattr(networks, "_failures", [])
    monkeypatch.setattr(networks, "FaceTracker", broken)
    with networks.open_tracker(model) as tracker, networks.open_tracker(model) as again:
        assert isinstance(tracker, DnnFaceTracker)
        assert isinstance(again, DnnFaceTracker)
    assert len(tried) == 1
    assert networks.why_not_mediapipe() == (
        "MediaPipe is not used (it does not load: libmediapipe.so: wrong ELF class); OpenCV finds the face instead."
    )


def test_both_libraries_see_the_same(model: Any, assets: Path, smile: list[NDArray[np.uint8]]) -> None:
    pictures = [read_picture(assets / name).pixels for name in ("ford_1888.jpg", "mona_lisa.jpg")] + smile[::12]
    turn = cv2.getRotationMatrix2D((240, 135), 40, 1)
    pictures.append(cv2.warpAffine(smile[0], turn, (480, 270), borderValue=(110,) * 3))
    with FaceTracker(model) as mediapipe, DnnFaceTracker(model) as opencv:
        for picture in pictures:
            (theirs,), (ours,) = mediapipe.detect(picture), opencv.detect(picture)
            assert np.median(np.linalg.norm(ours.points[:, :2] - theirs.points[:, :2], axis=1)) < MEDIAN_PIXELS
            assert np.median(np.abs(ours.points[:, 2] - theirs.points[:, 2])) < 2 * MEDIAN_PIXELS
            assert np.abs(ours.blendshapes - theirs.blendshapes).max() < 0.03
            turned = ours.head_matrix[:3, :3].T @ theirs.head_matrix[:3, :3]
            assert np.degrees(np.arccos(np.clip((np.trace(turned) - 1) / 2, -1, 1))) < 0.5
            assert np.abs(ours.head_matrix - theirs.head_matrix).max() < 0.05  # centimetres, some 40 away


def test_both_libraries_find_nothing_on_a_wall(model: Any) -> None:
    with FaceTracker(model) as mediapipe, DnnFaceTracker(model) as opencv:
        for tracker in (mediapipe, opencv):
            assert tracker.detect(np.full((200, 300, 3), 110, np.uint8)) == []


def test_two_faces_are_two(model: Any, smile: list[NDArray[np.uint8]]) -> None:
    man = smile[0][:, 100:380]
    with DnnFaceTracker(model) as opencv:
        large, small = opencv.detect(np.hstack([man, cv2.copyMakeBorder(man[:, ::-1], 0, 0, 20, 0, 1)]))
    assert large.height >= small.height


def test_both_mattes_agree(smile: list[NDArray[np.uint8]]) -> None:
    network = load_model("selfie_segmentation.tflite")
    with PersonSegmenter(network) as mediapipe, DnnPersonSegmenter(network) as opencv:
        theirs, ours = mediapipe.matte(smile[0]), opencv.matte(smile[0])
    assert ours.shape == theirs.shape
    assert np.mean((ours > 0.5) != (theirs > 0.5)) < 0.01
