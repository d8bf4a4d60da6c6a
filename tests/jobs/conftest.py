from pathlib import Path

import cv2
import pytest

from portrait_addon.jobs.baking import analyse
from portrait_addon.jobs.job import run
from portrait_addon.jobs.tracking import TrackJob
from portrait_addon.media.pictures import SourceImage, read_picture
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait


@pytest.fixture(scope="module", autouse=True)
def asked_once(remembered_networks: None) -> None:
    """Jobs are about what is done with faces that were found."""


@pytest.fixture(scope="session")
def sitter(assets: Path) -> SourceImage:
    """A portrait small enough for fast tests."""
    pixels = read_picture(assets / "ford_1888.jpg").pixels
    return SourceImage(cv2.resize(pixels, (192, 257), interpolation=cv2.INTER_AREA), "ford.png")


@pytest.fixture(scope="session")
def portrait(sitter: SourceImage) -> Portrait:
    return analyse(sitter)


@pytest.fixture(scope="session")
def film(assets: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A beginning smile of eight frames."""
    path = tmp_path_factory.mktemp("film") / "smile.mp4"
    capture = cv2.VideoCapture(str(assets / "demo_smile_mit.mp4"))
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 30, (480, 270))
    for row in range(29):
        picture = capture.read()[1]
        if row % 4 == 0:
            writer.write(cv2.resize(picture, (480, 270), interpolation=cv2.INTER_AREA))
    writer.release()
    capture.release()
    return path


@pytest.fixture(scope="session")
def performance(film: Path) -> Performance:
    return run(TrackJob(film, neutral=1))
