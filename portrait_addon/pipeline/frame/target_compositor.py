"""One frame of a moving target: the film as it is, with another expression in its face.

The frame is the canvas. Only the face and the skin below its jaw are painted on it; all beyond stays bit for bit, so
nothing is held, cut out or filled in. The layers are those of a portrait: each frame is one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from ..clip.mouth_patches import mouth_blur
from ..face.jaw_skirt import JawSkirt
from ..face.mesh import SKULL
from ..face.openings import CLOSED_AREA, mouth_area, part_rims
from ..face.pose import Pose
from ..imaging.arrays import UInt8Array
from ..imaging.easing import smoothstep
from ..imaging.sample_grid import SampleGrid
from ..imaging.similarity import best_similarity
from ..pair.moving_target import TargetFrame, TargetShot
from ..pair.pair import Pair
from ..records.found_mouth import NOT_FOUND, FoundMouth
from ..records.moment import Mix, Moment
from ..records.performance import Performance
from ..records.progress import Progress
from ..records.settings import TargetSettings
from . import eyes, lids, mouth_corners, own_mouth, skin
from .canvas import Canvas
from .closing import Closing, closing_eyes
from .compositor import Frame
from .depth import FrameDepth
from .face_warp import skin_of
from .found_mouths import MouthBank, WantedMouth
from .modelled_mouth import draw
from .mouth import drivers_mouths, own_teeth_matte, paint_mouths
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
        mouth: FoundMouth = NOT_FOUND,
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
        mouth : FoundMouth, optional
            Other frames of the target that show its mouth, see `find_mouths`.
        passes : collection of str, optional
            Names of `passes.TARGET_PASSES` that are wanted too.

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
        own = _own_share(mouth, settings)
        state = _state(shot, prepared, row, mix, pairs, settings, own)
        if mix:
            for paint in _layers(settings):
                paint(canvas, state)
            self._paint_mouth(canvas, state, mouth, own)
        if canvas.aovs is None:
            return Frame(canvas.picture, state.pose)
        person = prepared.person if "person_matte" in passes else None
        depth = FrameDepth.of_state(state) if "depth" in passes else None
        return Frame(canvas.picture, state.pose, canvas.aovs.passes([state.pose.moved], person, depth))

    def find_mouths(
        self, frames: Sequence[tuple[int, Mix, TargetSettings]]
    ) -> Generator[Progress, None, list[FoundMouth]]:
        """Find the target's own mouth of other frames for frames that follow each other, step by step.

        Parameters
        ----------
        frames : sequence of (int, sequence of Moment, TargetSettings)
            Number of the target's frame, what drives it, and how, as `frame` takes them.

        Yields
        ------
        Progress
            After every frame.

        Returns
        -------
        list of FoundMouth
            One a frame; nothing is found for mouths that stay shut.
        """
        found, wanted = [NOT_FOUND] * len(frames), dict[int, tuple[int, WantedMouth]]()
        for place, (number, mix, settings) in enumerate(frames):
            index, one = self._wanted(number, mix, settings)
            if one is not None and settings.found_mouth != 0:
                wanted[place] = index, one
            yield Progress(place + 1, len(frames), "Looking for mouths")
        banks = {index: MouthBank.of(self.shots[index]) for index in {index for index, _ in wanted.values()}}
        for run in _runs({place: index for place, (index, _) in wanted.items()}):
            index = wanted[run[0]][0]
            first = self.target.first_frames[index]
            chosen = banks[index].find([wanted[place][1] for place in run])
            for place, (rows, fit) in zip(run, chosen, strict=True):
                found[place] = FoundMouth(tuple((weight, first + row) for weight, row in rows), fit)
        return found

    def _wanted(self, number: int, mix: Mix, settings: TargetSettings) -> tuple[int, WantedMouth | None]:
        """Row of the shot that a frame belongs to, and the mouth that is wanted in it; None where it is shut."""
        index, time = self.target.shot_at(number)
        shot, row = self.shots[index], int(time) - 1
        mix = [moment for moment in mix if moment.weight > 0]
        pairs = [self._pair(index, moment) for moment in mix]
        mix = [moment.within_shot() for moment in mix]
        points, skull = shot.performance.points[row], list(SKULL)
        moved = target_points(shot, part_rims(points), row, mix, pairs, settings)
        if not mix or mouth_area(moved) < CLOSED_AREA:
            return index, None
        neutral = shot.performance.neutral_points[skull].astype(np.float64)
        pose = best_similarity(neutral, points[skull].astype(np.float64))
        main = max(mix, key=lambda moment: moment.weight)
        shown = main.performance.mouths_at(main.t)
        return index, WantedMouth.of(moved, pose, max(shown, key=lambda one: one[0])[1] if shown else None)

    def _paint_mouth(self, canvas: Canvas, state: FrameState, found: FoundMouth, own: float) -> None:
        """Paint the inside of a mouth that opens further than in the frame: the target's own, the driver's, a model."""
        if state.inside.share == 0:
            return
        palette = state.prepared.portrait.palette
        mouths = [(own * weight, self.target.mouth_of(number - 1), palette) for weight, number in found.frames]
        if own < 1:
            mouths += [((1 - own) * weight, patch, colours) for weight, patch, colours in drivers_mouths(state.mix)]
        model, own_teeth = partial(draw, state=state), partial(own_teeth_matte, state)
        sources = 1 - own, own, 0.0
        paint_mouths(canvas, state.pose.moved, mouths, palette, state.inside, model, own_teeth, sources)

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
    return skin.paint, mouth_corners.paint, *of_eyes, own_mouth.paint


def _own_share(found: FoundMouth, settings: TargetSettings) -> float:
    """How far the inside of an opened mouth is the target's own of other frames, 0..1."""
    if not found.frames:
        return 0.0
    return found.fit if settings.found_mouth < 0 else settings.found_mouth


def _runs(shots: Mapping[int, int]) -> Iterator[list[int]]:
    """Places that follow each other in one shot, from the shots of places in their order."""
    run: list[int] = []
    for place, shot in shots.items():
        if run and (place != run[-1] + 1 or shot != shots[run[-1]]):
            yield run
            run = []
        run.append(place)
    if run:
        yield run


def _state(
    shot: TargetShot,
    prepared: TargetFrame,
    row: int,
    mix: Mix,
    pairs: Sequence[Pair],
    settings: TargetSettings,
    own_share: float,
) -> FrameState:
    """Decide about a frame, as `FrameState.of` does for a picture."""
    rest = prepared.portrait.points
    moved = target_points(shot, rest, row, mix, pairs, settings)
    pose = Pose(rest, moved)
    weights = [moment.weight for moment in mix]
    alike = float(np.average([pair.alike for pair in pairs], weights=weights)) if mix else 0.0
    inside = _inside(pose, prepared, mix, pairs, settings, alike, own_share)
    closing = closing_eyes(pose, mix, alike) if settings.expression * settings.eyes > 0 else (NOT_CLOSING, NOT_CLOSING)
    shadings = _shadings(shot, prepared, row, mix, pairs, settings, closing)
    skirt = JawSkirt.of(rest, moved)
    shown = skin_of(
        inset_lip_line(pose, inside.share), moved, shadings, prepared.portrait.box, prepared.headroom, skirt
    )
    nothing = np.empty((0, 0, 2), np.float32)
    return FrameState(prepared, mix, settings, None, pose, nothing, None, shown, inside, closing)


def _inside(
    pose: Pose,
    prepared: TargetFrame,
    mix: Mix,
    pairs: Sequence[Pair],
    settings: TargetSettings,
    alike: float,
    own_share: float,
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
    modelled = (
        settings.mouth_modelled if settings.mouth_modelled >= 0 else float(np.average(too_little, weights=weights))
    )
    tongue = sum(moment.weight * moment.performance.tongue_out_at(moment.t) for moment in mix)
    return Inside(
        settings.mouth_transfer * smoothstep((opened - LEAST_OPENED) / OPENING_AREA),
        (1 - own_share) * modelled,
        min(settings.expression * settings.mouth * tongue, 1.0),
        0.0 if prepared.mouth.box.empty else (1 - own_share) * (1 - alike),
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
