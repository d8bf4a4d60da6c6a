"""The rules of ours in ``docs/method.md``, and how each is switched off.

A rule is a constant or a function of the product, patched where it is used, or a setting. To follow the code, edit
`RULES`: targets are dotted names below ``portrait_addon.pipeline``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import cv2
import numpy as np

from portrait_addon.pipeline.frame import eyes, lids, own_mouth
from portrait_addon.pipeline.frame.compositor import LAYERS, Layer
from portrait_addon.pipeline.imaging.arrays import Float32Array, UInt8Array
from portrait_addon.pipeline.imaging.raster import remap
from tests.composing import compositor_of

PACKAGE = "portrait_addon.pipeline"

NONE = 1e-3
"""A length or standard deviation in place of 0, which OpenCV would take for its own choice."""

ENDLESS = 1e9


@dataclass(frozen=True)
class Rule:
    """A rule and what switches it off.

    Attributes
    ----------
    name : str
    patches : mapping
        Dotted names below the package to what takes their place.
    settings : mapping
        Settings that differ from the product's.
    recorded : bool
        Whether a clip must be recorded anew.
    """

    name: str
    patches: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, float] = field(default_factory=dict)
    recorded: bool = False

    @property
    def row(self) -> str:
        """Name of its row in the tables."""
        return f"without: {self.name}"

    @contextmanager
    def switched_off(self) -> Iterator[None]:
        """The product without it, as long as the context lasts."""
        with ExitStack() as stack:
            for target, replacement in self.patches.items():
                stack.enter_context(mock.patch(f"{PACKAGE}.{target}", replacement))
            compositor_of.cache_clear()  # what frames share was computed with the rule
            stack.callback(compositor_of.cache_clear)
            yield


def _nothing(*_: Any) -> None:
    """Paint nothing."""


def _first(value: Any, *_: Any) -> Any:
    """Leave the first argument as it is."""
    return value


def _second(_: Any, value: Any, *__: Any) -> Any:
    return value


def _linear_lookup(source: Any, places: Float32Array) -> Any:
    return remap(source.picture, places, cv2.INTER_LINEAR)


def _own_colours(encoded: UInt8Array, *_: Any) -> Float32Array:
    return np.asarray(encoded / np.float32(255), np.float32)


def _all_kept(recorder: Any, *_: Any) -> Float32Array:
    return np.ones(recorder.region.shape, np.float32)


def _no_region(_: Any, shape: tuple[int, ...]) -> Float32Array:
    return np.zeros(shape, np.float32)


def _never(*_: Any) -> bool:
    return False


def _strangers(*_: object) -> float:
    return 0.0


def _no_lashes(box: Any, *_: Any) -> Float32Array:
    return np.zeros((box.bottom - box.top, box.right - box.left), np.float32)


def _without(layer: Layer) -> Mapping[str, Any]:
    """All layers but one."""
    return {"frame.compositor.LAYERS": tuple(other for other in LAYERS if other is not layer)}


_JITTER = {"clip.recording.smooth_points": _first, "clip.recording.smooth_in_time": _first}
_LINEAR = {"portrait.texture.LARGEST": 0, "portrait.texture.PortraitTexture.sample_sharp": _linear_lookup}
_NO_FLOOR = {f"{room}.CLOSED_AREA": 1e-6 for room in ("frame.mouth", "frame.mouth_opening", "clip.mouth_patches")}

RULES = (
    # Step 1
    Rule("jitter smoothed", _JITTER, recorded=True),
    Rule("face registered by its texture", {"clip.registration.FARTHEST": 0.0}, recorded=True),
    Rule("points there and back", {"clip.peripheral.FORWARD_BACKWARD_LIMIT": ENDLESS}, recorded=True),
    Rule("points lost too often dropped", {"clip.peripheral.LEAST_SHARE": 1e-6}, recorded=True),
    Rule("points of the skull's outline", {"pair.correspondence.FOLLOWED": ENDLESS}),
    Rule("camera followed", {"clip.camera.MOVES": ENDLESS}, recorded=True),
    # Step 2
    Rule("turned in depth", settings={"depth": 0}),
    Rule("skull makes no expression", {"frame.control_points.SKULL_OVAL": ()}),
    Rule("lids and lips meet", {"frame.control_points.transfer_openings": _first}),
    Rule("eyes behind the lids", _without(eyes.paint)),
    Rule("lids painted anew", _without(lids.paint)),
    Rule("dark line goes inside", {"frame.mouth_opening.SEAM": 0.0}),
    Rule("room left for brows", {"frame.brow_limit.brow_limit": lambda *_: 1.0}),
    Rule("comes to rest with its driver", settings={"absolute": 0}),
    Rule("teeth stay with the skull", _without(own_mouth.paint)),
    Rule("nothing folds beside the face", {"frame.control_points.relax_folded_vertices": _second}),
    Rule("border stays", {"frame.surround.pin_border": _second}),
    Rule("background stays", settings={"hold": 0}),
    Rule("grain of the fill", {"portrait.clean_plate._sample": _nothing}),
    Rule("face looked up enlarged", _LINEAR),
    Rule("anti-aliased outline", {"imaging.raster.EDGE_SOFTNESS": NONE}),
    # Step 3
    Rule("floor of the mouth's area", _NO_FLOOR, recorded=True),
    Rule("membrane fades", {"frame.mouth.MEMBRANE_REACH": ENDLESS}),
    Rule("mouth in the portrait's colours", {"frame.mouth._in_portrait_colours": _own_colours}),
    Rule("plausible white", {"face.palette._plausible_white": _first}, recorded=True),
    # Step 4
    Rule("noise blurred", {"clip.ratio_images.NOISE_BLUR": NONE}, recorded=True),
    Rule("eyes and lips left out", {"clip.face_region.FEATURE_MARGIN": 0.0}, recorded=True),
    Rule("face for sure", {"clip.face_region.SURE_FACE": NONE}, recorded=True),
    Rule("soft edge of the region", {"clip.face_region.REGION_SOFTNESS": NONE}, recorded=True),
    Rule("edges explained", {"clip.ratio_images.MISTRACKED": 1e-6}, recorded=True),
    Rule("outliers dropped", {"clip.ratio_images.RatioImageExtractor.without_outliers": _all_kept}, recorded=True),
    Rule("outliers: hard edges only", {"clip.outliers.HARD_EDGE": 0.0}, recorded=True),
    Rule("outliers: steep edges only", {"clip.outliers.EDGE_SLOPE": 0.0}, recorded=True),
    Rule("outliers: differences explained", {"clip.outliers.EXPLAINED": 1.0}, recorded=True),
    Rule("outliers: explained pixels only", {"clip.outliers.EXPLAINED_PIXEL": ENDLESS}, recorded=True),
    Rule("outliers: soft edge", {"clip.ratio_images.OUTLIER_SOFTNESS": NONE}, recorded=True),
    Rule("brightening damped", settings={"brightening": 1.0}),
    Rule("brightening as in the lecture", settings={"brightening": 0.01}),
    Rule("no glare", {"portrait.headroom.Headroom.limited": _second}),
    Rule("nothing but skin is shaded", {"clip.ratio_images.SKIN_LOG": ENDLESS}, recorded=True),
    Rule("hard edges do not print", {"clip.ratio_images.SLIDES": 0.0}, recorded=True),
    Rule("lips thin", {"clip.ratio_images.lip_region": _no_region}, recorded=True),
    Rule("glasses do not print", {"clip.ratio_images.wears_glasses": _never}, recorded=True),
    Rule("brows do not print", {"clip.face_region.EACH_BROW": ((168, 6, 197),) * 2}, recorded=True),
    Rule("own shut eyes", {"pair.pair.shut_eyes": lambda *_: (0.25, 0.25)}),
    Rule("lashes stay", {"frame.lids._lash_line": _no_lashes}),
    Rule("teeth in their own white", {"clip.mouth_patches.OpenMouth.complete": _second}, recorded=True),
    Rule("alike faces keep the mouth", {"frame.mouth.likeness": _strangers, "pair.pair.likeness": _strangers}),
    Rule("shade in the skin's colour", {"portrait.analysis.shade_exponents": lambda *_: np.ones(3, np.float32)}),
)  # fmt: skip
"""Left out: rules without which nothing is computed, corrections, the choice of the neutral frame, several moments."""
