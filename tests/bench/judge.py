"""Compares composed frames of a clip with the clip itself, by whole pictures, by regions of the face, and by motion."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from portrait_addon.pipeline.imaging.arrays import BoolArray, Points
from portrait_addon.pipeline.records.face import BLENDSHAPES, Face
from tests.bench import measures
from tests.bench.face_measures import (
    CLOSING,
    OPENING,
    SIDE,
    Cut,
    Shading,
    hull,
    point_errors,
    regions,
    shading_figures,
)
from tests.bench.lpips import Features, Lpips
from tests.bench.subjects import RememberingTracker

EVERY = 6
"""Of the frames from the second on, every so many is compared."""

EXPRESSIVE_EVERY = 2
"""The same for those in which the mouth is open or an eye closes, and of these only mouth and eyes."""

FLOW_FRAMES = 80
FLOW_FACE_EVERY = 4
"""The face's place is looked up in every so many frames for the flow inside it."""

FLICKER_EVERY = 3
"""Flicker is measured in every so many frames, and their neighbours."""

CORNER = 0.5
"""Regions are placed by the tracker's own coordinates, which count from the outer corner of the first pixel: so are all
figures that these are compared with."""

SourceImage = NDArray[np.uint8]
Figures = dict[str, float]
FrameOf = Callable[[int], SourceImage]
"""The frame that answers a row of the clip, counted from 0."""

Of = TypeVar("Of")


@dataclass(frozen=True, eq=False)
class _TrueFace:
    """What a frame of the truth shows.

    Attributes
    ----------
    points, placed : (478, 3), (478, 2) arrays
        As the product counts pixels, and as the tracker does.
    cut : Cut
        The square round the face.
    features : Features
        What is seen in it.
    regions : dict
        Those of it that are judged, by the names of their figures.
    """

    points: Points
    placed: Points
    cut: Cut
    features: Features
    regions: dict[str, BoolArray]


class Judge:
    """Compares frames with the truth. What the truth itself says, and what a frame that comes again says, is kept.

    Parameters
    ----------
    truth : list of (h, w, 3) uint8 arrays
        The clip.
    tracker : RememberingTracker
    lpips : Lpips
    """

    def __init__(self, truth: list[SourceImage], tracker: RememberingTracker, lpips: Lpips) -> None:
        self.truth, self.tracker, self.lpips = truth, tracker, lpips
        self.compared = range(1, len(truth), EVERY)
        self._faces = {
            k: face for k in range(1, len(truth), EXPRESSIVE_EVERY) if (face := self._true_face(k)) is not None
        }
        self._features: dict[int, Features] = {}
        self._flows: dict[int, NDArray[np.float32]] = {}
        self._known: dict[tuple[int, bytes], Figures] = {}

    def _true_face(self, k: int) -> _TrueFace | None:
        """What is judged of a face; None where there is no face, or nothing to judge in it."""
        faces = self.tracker.detect(self.truth[k])
        if not faces:
            return None
        placed = faces[0].points[:, :2] + np.float32(CORNER)
        cut = Cut.round(placed)
        seen = _judged(faces[0], regions(cut.points(placed), (SIDE, SIDE)), k in self.compared)
        if not seen:
            return None
        return _TrueFace(faces[0].points, placed, cut, self.lpips.features(cut.picture(self.truth[k])), seen)

    def judge(self, frame: FrameOf, unshaded: FrameOf | None = None) -> Figures:
        """Means of all figures but those of motion.

        Parameters
        ----------
        frame : callable
        unshaded : callable, optional
            The same frames without the shading of step 4: with them, what was transferred is compared.
        """
        found: dict[str, list[float]] = {}
        shadings: list[Shading] = []
        for k in sorted({*self.compared, *self._faces}):
            picture = frame(k)
            for name, value in self._figures(k, picture).items():
                found.setdefault(name, []).append(value)
            if unshaded is not None and k in self.compared and k in self._faces:
                shadings.append(Shading.between(self.truth[k], picture, unshaded(k), self._faces[k].placed))
        squares = found.pop("squares")
        means = {name: mean(values) for name, values in found.items()}
        return means | {"PSNR": measures.psnr(squares)} | (shading_figures(shadings) if shadings else {})

    def _figures(self, k: int, picture: SourceImage) -> Figures:
        """Figures of one frame; `squares` has its mean squared difference."""
        key = k, hashlib.blake2b(picture.tobytes(), digest_size=16).digest()
        if key not in self._known:
            whole = self._whole(k, picture) if k in self.compared else {}
            self._known[key] = whole | (self._face(k, picture) if k in self._faces else {})
        return self._known[key]

    def _whole(self, k: int, picture: SourceImage) -> Figures:
        a, b = (measures.scaled(some, measures.COMPARED) for some in (picture, self.truth[k]))
        features = _kept(self._features, k, lambda: self.lpips.features(b))
        height, width = picture.shape[:2]
        found, true = self.tracker.points(picture), self.tracker.points(self.truth[k])
        every, mouth = measures.point_distance(found, true, (width, height))
        return {
            "L1": measures.mean_difference(a, b),
            "squares": measures.mean_square(a, b),
            "SSIM": measures.ssim(a, b),
            "LPIPS": self.lpips.distance(self.lpips.features(a), features),
            "AKD": every,
            "AKD_mouth": mouth,
        }

    def _face(self, k: int, picture: SourceImage) -> Figures:
        face = self._faces[k]
        seen = self.lpips.features(face.cut.picture(picture))
        differences = self.lpips.distances(seen, face.features, (SIDE, SIDE))
        figures = {name: float(differences[region].mean()) for name, region in face.regions.items()}
        return figures | (point_errors(self.tracker.points(picture), face.points) if k in self.compared else {})

    def motion(self, frame: FrameOf) -> Figures:
        """Motion of consecutive frames: tOF and tOF_face are mean absolute differences of their flow from the truth's.

        Flicker is that of the mouth against the truth's, see `measures.flicker`; 1 is as restless as the driver.
        """
        whole, face = [], []
        inside: BoolArray | None = None
        before = _for_flow(frame(0))
        restless = np.zeros(2)
        for k in range(1, min(len(self.truth), FLOW_FRAMES)):
            now = _for_flow(frame(k))
            true = _kept(self._flows, k, lambda k=k: measures.flow(*map(_for_flow, self.truth[k - 1 : k + 1])))  # type: ignore[misc]
            if k % FLOW_FACE_EVERY == 1:
                points = self.tracker.points(self.truth[k])
                scale = measures.FLOW_SIDE / max(self.truth[k].shape)
                inside = None if points is None else measures.face_mask(points, now.shape, scale)
            difference = np.abs(measures.flow(before, now) - true)
            whole.append(float(difference.mean()))
            if inside is not None:
                face.append(float(difference[inside].mean()))
            before = now
        for k in range(1, min(len(self.truth), FLOW_FRAMES) - 1, FLICKER_EVERY):
            mouth = self._mouth(k)
            if mouth.any():
                three = [[of(row) for row in (k - 1, k, k + 1)] for of in (frame, self.truth.__getitem__)]
                restless += [measures.flicker([measures.grey(picture) for picture in of], mouth) for of in three]
        flicker = restless[0] / restless[1] if restless[1] else float("nan")
        return {"tOF": mean(whole), "tOF_face": mean(face), "flicker": float(flicker)}

    def _mouth(self, k: int) -> BoolArray:
        """(h, w) the mouth of a frame of the truth; nothing if no face is seen."""
        points, shape = self.tracker.points(self.truth[k]), self.truth[k].shape
        if points is None:
            return np.zeros(shape[:2], bool)
        return hull(points[measures.LIPS], shape)


def mean(values: list[float]) -> float:
    """Mean of the numbers among some values; NaN if there are none."""
    numbers = [value for value in values if not np.isnan(value)]
    return float(np.mean(numbers)) if numbers else float("nan")


def _judged(face: Face, found: dict[str, BoolArray], compared: bool) -> dict[str, BoolArray]:
    """The regions that are judged in a frame, by the names of their figures."""
    score = dict(zip(BLENDSHAPES, face.blendshapes.tolist(), strict=True))
    judged = {name: found[name] for name in ("eyes", "brows", "skin", "rim") if compared}
    if score["jawOpen"] > OPENING:
        judged["mouth_open"] = found["mouth"]
    if max(score["eyeBlinkLeft"], score["eyeBlinkRight"]) > CLOSING:
        judged["eyes_closing"] = found["eyes"]
    return judged


def _kept(known: dict[int, Of], k: int, make: Callable[[], Of]) -> Of:
    if k not in known:
        known[k] = make()
    return known[k]


def _for_flow(frame: SourceImage) -> SourceImage:
    return measures.grey(measures.scaled(frame, measures.FLOW_SIDE))
