"""Golden frames: what the method makes of stored points, so that no change of a frame goes unnoticed.

``python -m tests.pipeline.golden`` (``make golden``) writes them anew; that belongs to a raised METHOD_VERSION.
"""

import hashlib
import json
import platform
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait_addon.pipeline.clip.recording import track_clip
from portrait_addon.pipeline.editing.corrections import (
    ClipCorrection,
    Corrections,
    corrected_performance,
    corrected_portrait,
)
from portrait_addon.pipeline.frame.compositor import Compositor, Frame
from portrait_addon.pipeline.portrait.analysis import portrait_of
from portrait_addon.pipeline.portrait.prepared import PreparedPortrait
from portrait_addon.pipeline.portrait.resizing import resize_portrait
from portrait_addon.pipeline.records.face import Face
from portrait_addon.pipeline.records.moment import Moment
from portrait_addon.pipeline.records.passes import PASSES
from portrait_addon.pipeline.records.performance import METHOD_VERSION, Performance
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings

FOLDER = Path(__file__).parents[1] / "golden"
INPUTS, FRAMES, HASHES = FOLDER / "inputs.npz", FOLDER / "frames.npz", FOLDER / "hashes.json"
CPU_FEATURES = {"AVX2": 11, "AVX512": 13, "NEON": 100}
"""Numbers of OpenCV's ``cv::CpuFeatures``, which its Python module does not name."""

UNTRACKED = np.eye(4, dtype=np.float32)
CORRECTIONS = Corrections(
    portrait=(("outer_lips_1", (-0.03, 0.02)), ("left_brow_3", (0.0, -0.04))),
    clip=(ClipCorrection(5, "inner_lips_7", (0.0, 0.05), 3), ClipCorrection(8, "right_eye_2", (0.0, -0.02), 2)),
)
SETTINGS = {
    "locked": Settings(),
    "free": Settings(hold=0.0),
    "half_locked": Settings(hold=0.5, smoothing=0.5, wrinkles=2.0),
    "as_in_the_paper": Settings(hold=0.0, depth=0.0),
    "strong": Settings(head_motion=1.5, expression=1.4, eyes=1.2, brows=1.5, mouth=0.8, mouth_transfer=0.7),
}


class StoredTracker:
    """Finds in each frame what the tracker once found there."""

    def __init__(self, frames: NDArray[Any], faces: list[Face]) -> None:
        self._found = list(zip(frames, faces, strict=True))

    def detect(self, picture: NDArray[Any]) -> list[Face]:
        return [face for frame, face in self._found if np.array_equal(frame, picture)][:1]


class StoredSegmenter:
    """Gives the stored matte."""

    def __init__(self, matte: NDArray[Any]) -> None:
        self._matte = matte.astype(np.float32)

    def matte(self, _picture: NDArray[Any]) -> NDArray[Any]:
        return self._matte


@cache
def inputs() -> dict[str, NDArray[Any]]:
    with np.load(INPUTS) as stored:
        return dict(stored)


@cache
def portrait(name: str) -> Portrait:
    stored = inputs()
    face = Face(stored[f"{name}_points"], stored[f"{name}_blendshapes"], UNTRACKED)
    return portrait_of(stored[f"{name}_picture"], [face])


def in_form(name: str, change: Callable[..., Any]) -> Portrait:
    """The portrait in another type or with alpha."""
    stored = inputs()
    face = Face(stored[f"{name}_points"], stored[f"{name}_blendshapes"], UNTRACKED)
    return portrait_of(change(stored[f"{name}_picture"]), [face])


@cache
def performance(name: str) -> Performance:
    stored = inputs()
    parts = zip(*(stored[f"{name}_{part}"] for part in ("points", "blendshapes", "head_matrices")), strict=True)
    tracker = StoredTracker(stored[f"{name}_frames"], [Face(*part) for part in parts])
    segmenter = StoredSegmenter(stored[f"{name}_person"])
    clip = [(row / 25, frame) for row, frame in enumerate(stored[f"{name}_frames"])]
    recording = track_clip(clip, tracker, segmenter)
    try:
        while True:
            next(recording)
    except StopIteration as end:
        return end.value


def with_alpha(picture: NDArray[Any]) -> NDArray[Any]:
    """A person cut out softly: alpha falls towards the border."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[:height, :width]
    border = np.minimum(np.minimum(x, width - 1 - x), np.minimum(y, height - 1 - y))
    white = np.iinfo(picture.dtype).max if picture.dtype.kind == "u" else 1
    return np.dstack([picture, (white * np.clip(border / 12, 0, 1)).astype(picture.dtype)])


def compose(
    sitter: Portrait, mix: tuple[Moment] | list[Moment], settings: Settings, passes: tuple[()] | list[str] = ()
) -> Frame:
    return Compositor(PreparedPortrait(sitter)).frame(mix, settings, passes)


def talk() -> Performance:
    return performance("talk")


def smile() -> Performance:
    return performance("smile")


def ford() -> Portrait:
    return portrait("ford")


def mona_lisa() -> Portrait:
    return portrait("mona_lisa")


def cut_out_ford() -> Portrait:
    return in_form("ford", with_alpha)


def deep_mona_lisa() -> Portrait:
    return in_form("mona_lisa", lambda picture: picture.astype(np.uint16) * 257)


def deep_cut_out_mona_lisa() -> Portrait:
    return in_form("mona_lisa", lambda picture: with_alpha(picture.astype(np.uint16) * 257))


def floating_mona_lisa() -> Portrait:
    return in_form("mona_lisa", lambda picture: picture.astype(np.float32) / np.float32(255))


def masked_ford() -> Portrait:
    height, width = ford().picture.shape[:2]
    painted = np.zeros((height, width), np.uint8)
    painted[: height // 4] = 255
    held = np.zeros_like(painted)
    held[-height // 5 :, : width // 2] = 255
    return replace(ford(), masks={"rigid": painted, "still": held})


def corrected_mona_lisa() -> Portrait:
    return corrected_portrait(mona_lisa(), CORRECTIONS)


def corrected_talk() -> Performance:
    return corrected_performance(talk(), CORRECTIONS)


def preview_of_mona_lisa() -> Portrait:
    return resize_portrait(mona_lisa(), 96)


PICTURES: dict[str, tuple[Callable[[], Portrait], list[tuple[Callable[[], Performance], float, float]], str]] = {
    "talk": (ford, [(talk, 6.0, 1)], "locked"),
    "blink": (mona_lisa, [(talk, 11.0, 1)], "free"),
    "between_frames": (mona_lisa, [(talk, 6.5, 1)], "half_locked"),
    "smile": (ford, [(smile, 9.0, 1)], "as_in_the_paper"),
    "strong": (mona_lisa, [(smile, 10.0, 1)], "strong"),
    "alpha": (cut_out_ford, [(smile, 8.0, 1)], "locked"),
    "16_bit": (deep_mona_lisa, [(talk, 3.0, 1)], "locked"),
    "16_bit_alpha": (deep_cut_out_mona_lisa, [(talk, 7.0, 1)], "free"),
    "float": (floating_mona_lisa, [(smile, 6.0, 1)], "half_locked"),
    "several_moments": (ford, [(talk, 3.0, 0.45), (smile, 9.0, 0.35)], "locked"),
    "corrections": (corrected_mona_lisa, [(corrected_talk, 5.0, 1)], "locked"),
    "masks": (masked_ford, [(smile, 9.5, 1)], "locked"),
    "preview": (preview_of_mona_lisa, [(smile, 7.0, 1)], "locked"),
}
"""Name: portrait, moments (clip, time, weight), settings."""

PASSES_OF = ("locked", "free")
CASES = ("performance_talk", "performance_smile", *PICTURES, *(f"pass_{settings}" for settings in PASSES_OF))


@cache
def made(case: str) -> dict[str, NDArray[Any]]:
    """Golden arrays of a case by their names."""
    if case in PICTURES:
        sitter, moments, settings = PICTURES[case]
        mix = [Moment(clip(), time, weight) for clip, time, weight in moments]
        return {case: compose(sitter(), mix, SETTINGS[settings]).picture}
    kind, name = case.split("_")
    if kind == "pass":
        names = [item.name for item in PASSES]
        arrays = compose(mona_lisa(), (Moment(smile(), 9.0),), SETTINGS[name], names).passes
    else:
        arrays = performance(name).to_arrays()
    return {f"{case}_{part}": values for part, values in arrays.items()}


def golden_frames() -> dict[str, NDArray[Any]]:
    """All golden arrays by their names."""
    return {name: values for case in CASES for name, values in made(case).items()}


def environment() -> str:
    """What decides how numbers are rounded: versions, and how far the processor's vectors go."""
    vectors = ".".join(name for name, number in CPU_FEATURES.items() if cv2.checkHardwareSupport(number))
    python = ".".join(platform.python_version_tuple()[:2])
    return f"Python {python}, numpy {np.__version__}, OpenCV {cv2.__version__}, {platform.machine()} {vectors}"


def digest(values: NDArray[Any]) -> str:
    values = np.ascontiguousarray(values)
    return hashlib.sha256(f"{values.dtype.str} {values.shape}\n".encode() + values.tobytes()).hexdigest()


def stored_hashes() -> dict[str, Any]:
    return json.loads(HASHES.read_text(encoding="utf-8")) if HASHES.exists() else {"method": None, "environments": {}}


def write() -> None:
    """Write the frames, and their hashes in this environment; those of other environments stay if frames do."""
    made, known = golden_frames(), stored_hashes()
    if known["method"] != METHOD_VERSION:
        known = {"method": METHOD_VERSION, "environments": {}}
        np.savez_compressed(FRAMES, **made)
    known["environments"][environment()] = {name: digest(values) for name, values in sorted(made.items())}
    HASHES.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
