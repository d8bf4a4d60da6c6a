"""Three people in one picture, made of the assets: side by side, or with heads that touch."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait_addon.models import load_model
from portrait_addon.pipeline.imaging.compositing import on_channels
from portrait_addon.pipeline.portrait.analysis import find_faces, portrait_of
from portrait_addon.pipeline.portrait.matte import PersonMatte
from portrait_addon.pipeline.records.face import Face
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.tracking.landmarker import FaceTracker

APART = ((0.18, 0.0, 1.0), (0.5, 0.13, 0.78), (0.82, 0.22, 0.85))
"""Of each person: where the middle is across the picture, how low the head is, and the size."""

TOUCHING = ((0.36, 0.0, 1.0), (0.545, 0.1, 0.78), (0.72, 0.24, 0.85))

PERSON = 0.97
"""Height of the largest person from the hair down, as a share of the picture's."""


def family_picture(assets: Path, places: Sequence[tuple[float, float, float]], height: int = 480) -> NDArray[Any]:
    """A family, grey as its photograph of 1888, twice as wide as it is high.

    The last place is the nearest one: its person hides the others.
    """
    generator = np.random.default_rng(1)
    whole = np.full((height, 2 * height, 3), 150.0, np.float32)
    whole += np.linspace(30, -30, 2 * height, dtype=np.float32)[:, None]
    whole += generator.normal(0, 3, (height, 2 * height, 1)).astype(np.float32)
    for sitter, (across, low, size) in zip(_sitters(assets), places, strict=True):
        scale = size * PERSON * height / 480
        person: Any = cv2.resize(sitter, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.float32)
        person = cv2.copyMakeBorder(person, 0, height, 0, 0, cv2.BORDER_REPLICATE)
        left, top = round(across * 2 * height - person.shape[1] / 2), round((0.03 + low) * height)
        rows, columns = slice(top, top + len(person)), slice(max(left, 0), left + person.shape[1])
        below = whole[rows, columns]
        person = person[: len(below), max(-left, 0) :][:, : below.shape[1]]
        alpha = on_channels(person[..., 3] / 255, 3)
        below += alpha * (person[..., :3] - below)
    return np.clip(np.rint(whole), 0, 255).astype(np.uint8)


def _sitters(assets: Path) -> list[NDArray[Any]]:
    """Three people of 480 pixels from the hair to the chest, cut out: (y, x, 4) arrays."""
    photograph = cv2.imread(str(assets / "ford_1888.jpg"))
    capture = cv2.VideoCapture(str(assets / "demo_smile_mit.mp4"))
    smiling = capture.read()[1]
    capture = cv2.VideoCapture(str(assets / "demo_expressions_mit.mp4"))
    expressive = capture.read()[1]
    found = []
    picture: Any
    for picture, box in (
        (photograph, (0, 0, 1024, 1371)),
        (smiling, (250, 50, 640, 536)),
        (expressive, (60, 70, 350, 298)),
    ):
        left, top, right, bottom = box
        matte = PersonMatte(picture).of(picture)
        grey = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
        part = np.dstack([grey, matte])[top:bottom, left:right]
        factor = 480 / len(part)
        found.append(cv2.resize(part, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA))
    return found


def faces_of(picture: NDArray[Any]) -> list[Face]:
    """All faces, the largest first."""
    with FaceTracker(load_model("face_landmarker.task")) as tracker:
        return find_faces(picture, tracker)


def portraits_of(picture: NDArray[Any]) -> list[Portrait]:
    """A portrait of each face, the largest first."""
    faces = faces_of(picture)
    return [portrait_of(picture, faces, number) for number in range(1, len(faces) + 1)]
