"""A study of twelve clips, and a browser without a window.

`make test-web` collects these tests, `make test` does not: they need Chromium, and what drives it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import pytest

from portrait_addon.api import animate, track
from tests.pictures import write_picture
from tools.study.building import Plan, build

FRAMES = 20
collect_ignore_glob = [] if os.environ.get("WEB") else ["test_*.py"]


@pytest.fixture(scope="session")
def folders(assets: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Seven real clips of three people, and seven of two portraits that they drive."""
    root = tmp_path_factory.mktemp("clips")
    real, made = root / "real", root / "made"
    clips = (("demo_smile_mit.mp4", 2), ("demo_talk_ccby.mp4", 3), ("demo_expressions_mit.mp4", 2))
    for number, (name, parts) in enumerate(clips):
        capture = cv2.VideoCapture(str(assets / name))
        for part in range(parts):
            folder = real / f"person{number}_{part}"
            folder.mkdir(parents=True)
            for frame in range(1, FRAMES + 1):
                picture = capture.read()[1]
                height = 360
                size = (round(picture.shape[1] * height / picture.shape[0]), height)
                write_picture(folder / f"{frame:03d}.png", cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
        capture.release()
        track(real / f"person{number}_0", root / f"{number}.performance")
    for portrait in ("ford", "mona"):
        picture = cv2.imread(str(next(assets.glob(f"{portrait}*.jpg"))))
        size = (300, round(300 * picture.shape[0] / picture.shape[1]))
        write_picture(root / f"{portrait}.png", cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
        for number in range(len(clips)):
            animate(root / f"{portrait}.png", root / f"{number}.performance", made / f"{portrait}_{number}")
    shutil.copytree(made / "ford_0", made / "ford_again")
    return real, made


@pytest.fixture(scope="session")
def study(folders: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The folder of a study, and its key."""
    folder = tmp_path_factory.mktemp("study") / "built"
    return folder, build(Plan(*folders, folder, contact='Ann "A" <ann@example.org>'))


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    program = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))))
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program)
        yield opened
        opened.close()
