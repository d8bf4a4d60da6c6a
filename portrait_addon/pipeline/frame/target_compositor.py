"""One frame of a moving target: the film as it is, with another expression in its face.

The frame is the canvas. Only the face and the skin below its jaw are painted on it; all beyond stays bit for bit, so
nothing is held, cut out or filled in. The layers are those of a portrait: each frame is one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from ..clip.mouth_patches import mouth_blur
from ..face.jaw_skirt import JawSkirt
from ..face.openings import mouth_area
from ..face.pose import Pose
from ..imaging.arrays import UInt8Array
from ..imaging.easing import smoothstep
from ..imaging.sample_grid import SampleGrid
from ..pair.moving_target import TargetFrame, TargetShot
from ..pair.pair import Pair
from ..records.moment import Mix, Moment
from ..records.performance import Performance
from ..records.settings import TargetSettings
from . import eyes, lids, mouth, mouth_corners, own_mouth, skin
from .canvas import Canvas
from .closing import Closing, closing_eyes
from .compositor import Frame
from .depth import FrameDepth
from .face_warp import skin_of
from .mouth_opening import OPENING_AREA, Inside, inset_lip_line, shows_too_little, uncovered_area
from .shading import Shading
from .state import RESTORED, FrameState, driver_shadings
from .target_points import target_points

LEAST_OPENED = 0.01
"""Area by which a mouth may open further than in the target's frame before its inside comes from elsewhere, in squared
outer-eye distances: so far the warp suffices."""

NOT_CLOSING = Closing(0.0, 0.0)


class TargetCompositor:
    """Composes frames of a target that moves.

    A frame is a pure function of the picture, the mix and the settings: no frame needs another. Several threads may
    compose at once. What a shot and a driver share is kept until either is gone.

    Parameters
    ----------
    target : Performance
        The target's clip, tracked.
    neutrals : sequence of (h, w, 3) uint8 array
        The neutral frames of its shots, BGR, in their order.
    """

    def __init__(self, target: Performance, neutrals: Sequence[UInt8Array]) -> None:
        self.target = target
        self.shots = tuple(TargetShot.of(shot, neutral) for shot, neutral in zip(target.shots, neutrals, strict=True))
        self._pairs: WeakKeyDictionary[Performance, dict[int, tuple[Pair, ...]]] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def frame(
        self,
        picture: UInt8Array,
        number: int,
        mix: Mix,
        settings: TargetSettings,
        passes: Collection[str] = (),
    ) -> Frame:
        """Compose one frame.

        Parameters
        ----------
        picture : (h, w, 3) uint8 array
            The target's frame, BGR.
        number : int
            Of that frame in the target's clip, from 1.
        mix : sequence of Moment
            What drives; where their weights sum to less than 1, the target keeps the rest of its own expression.
        settings : TargetSettings
        passes : collection of str, optional
            Names of `passes.PASSES` that are wanted too.

        Returns
        -------
        Frame
            Its picture is BGR, and equals the target's beyond the face.
        """
        index, time = self.target.shot_at(number)
        shot, row = self.shots[index], int(time) - 1
        mix = [moment for moment in mix if moment.weight > 0]
        pairs = [self._pair(index, moment) for moment in mix]
        mix = [moment.within_shot() for moment in mix]
        prepared = shot.frame(picture, row)
        canvas = Canvas(picture.copy(), passes)
        if canvas.aovs is not None:
            height, width = picture.shape[:2]
            canvas.aovs.begin(picture, SampleGrid(0, 0, 1, width, height).positions())
        state = _state(shot, prepared, row, mix, pairs, settings)
        if mix:
            for paint in _layers(settings):
                paint(canvas, state)
        if canvas.aovs is None:
            return Frame(canvas.picture, state.pose)
        person = prepared.person if "person_matte" in passes else None
        depth = FrameDepth.of_state(state) if "depth" in passes else None
        return Frame(canvas.picture, state.pose, canvas.aovs.passes([state.pose.moved], person, depth))

    def prepare(self, performances: Iterable[Performance]) -> None:
        """Compute now what frames share, before threads or processes compose them.

        Parameters
        ----------
        performances : iterable of Performance
            Clips that the frames show.
        """
        for shot in self.shots:
            _ = shot.at_rest.mouth_model
        for performance in performances:
            for index, shot in enumerate(self.shots):
                self._pair(index, Moment(performance, 1.0))
                if performance.of_numbers:
                    _ = shot.at_rest.crease_strength

    def _pair(self, index: int, moment: Moment) -> Pair:
        """A shot of the target, at rest, with the shot of a driver that a moment shows; matched once."""
        with self._lock:
            matched = self._pairs.setdefault(moment.performance, {})
            if index not in matched:
                portrait, driver = self.shots[index].at_rest.portrait, moment.performance
                matched[index] = tuple(Pair.of(portrait, shot, mouth_blur(driver)) for shot in driver.shots)
            return matched[index][moment.performance.shot_at(moment.t)[0]]

    def __getstate__(self) -> dict[str, Any]:
        return {"target": self.target, "shots": self.shots, "pairs": list(self._pairs.items())}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.target, self.shots = state["target"], state["shots"]
        self._pairs, self._lock = WeakKeyDictionary(state["pairs"]), threading.Lock()


def _layers(settings: TargetSettings) -> tuple[Callable[[Canvas, FrameState], None], ...]:
    """What is painted, back to front: the layers of a portrait, without what lies beyond the face."""
    of_eyes = (eyes.paint, lids.paint) if settings.expression * settings.eyes > 0 else ()
    return skin.paint, mouth_corners.paint, *of_eyes, own_mouth.paint, mouth.paint


def _state(
    shot: TargetShot,
    prepared: TargetFrame,
    row: int,
    mix: Mix,
    pairs: Sequence[Pair],
    settings: TargetSettings,
) -> FrameState:
    """Decide about a frame, as `FrameState.of` does for a picture."""
    rest = prepared.portrait.points
    moved = target_points(shot, rest, row, mix, pairs, settings)
    pose = Pose(rest, moved)
    weights = [moment.weight for moment in mix]
    alike = float(np.average([pair.alike for pair in pairs], weights=weights)) if mix else 0.0
    inside = _inside(pose, prepared, mix, pairs, settings, alike)
    closing = closing_eyes(pose, mix, alike) if settings.expression * settings.eyes > 0 else (NOT_CLOSING, NOT_CLOSING)
    shadings = _shadings(shot, prepared, row, mix, pairs, settings, closing)
    skirt = JawSkirt.of(rest, moved)
    shown = skin_of(
        inset_lip_line(pose, inside.share), moved, shadings, prepared.portrait.box, prepared.headroom, skirt
    )
    nothing = np.empty((0, 0, 2), np.float32)
    return FrameState(prepared, mix, settings, None, pose, nothing, None, shown, inside, closing)


def _inside(
    pose: Pose, prepared: TargetFrame, mix: Mix, pairs: Sequence[Pair], settings: TargetSettings, alike: float
) -> Inside:
    """Decide about the inside of the mouth: the frame's own as far as it shows it."""
    if not mix:
        return Inside(0.0)
    if prepared.mouth.box.empty:
        opened = max(mouth_area(pose.moved) - mouth_area(pose.rest), 0.0)
    else:
        opened = uncovered_area(pose, prepared.mouth)
    weights = [moment.weight for moment in mix]
    too_little = [float(shows_too_little(pair.mouth_blur, prepared.full_unit)) for pair in pairs]
    tongue = sum(moment.weight * moment.performance.tongue_out_at(moment.t) for moment in mix)
    return Inside(
        settings.mouth_transfer * smoothstep((opened - LEAST_OPENED) / OPENING_AREA),
        settings.mouth_modelled if settings.mouth_modelled >= 0 else float(np.average(too_little, weights=weights)),
        min(settings.expression * settings.mouth * tongue, 1.0),
        0.0 if prepared.mouth.box.empty else 1 - alike,
    )


def _shadings(
    shot: TargetShot,
    prepared: TargetFrame,
    row: int,
    mix: Mix,
    pairs: Sequence[Pair],
    settings: TargetSettings,
    closing: Sequence[Closing],
) -> list[Shading]:
    """The ratio images of the drivers over those of the target."""
    presence, total = float(shot.presence[row]), sum(moment.weight for moment in mix)
    kept_eyes = 1 - min(settings.eyes, 1.0)
    seen = [replace(moment, weight=presence * moment.weight) for moment in mix]
    shadings = driver_shadings(prepared, seen, pairs, settings, [max(eye.fade, kept_eyes) for eye in closing])
    clip, strength = shot.performance, presence * total * settings.replaced
    strength *= min(settings.expression * settings.wrinkles, 1.0)
    if strength > 0:
        own = RESTORED * clip.log_ratio_at(row + 1.0) * (1 - np.float32(kept_eyes) * shot.eyes)
        given = Shading(clip.canonical_face, own, -strength, settings.brightening, prepared.portrait.shade)
        shadings.append(given)
    return shadings
