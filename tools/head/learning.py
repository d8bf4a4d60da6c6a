"""What the head learns from real faces: where the tracker sees its points, expression units, and what scores mean.

Nothing of it tells who the faces belong to: an offset a point, the same on both sides; small corrections of the CC0
units, mirrored; a linear map of 52 scores to 51 weights; the weights of a face at rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from portrait_addon.pipeline.face.mesh import ALL_POINTS, LEFT_IRIS, RIGHT_IRIS, SKULL
from portrait_addon.pipeline.head.camera import Camera
from portrait_addon.pipeline.head.clip_fitting import ClipFit, fit_clip
from portrait_addon.pipeline.head.fitting import HeadFit, Sight, fit_portrait
from portrait_addon.pipeline.head.landmarks import TRACKED_UNITS, LandmarkModel
from portrait_addon.pipeline.imaging.similarity import best_similarity
from portrait_addon.pipeline.records.face import BLENDSHAPES

from .landmarks import canonical_mirror
from .wheel import Doubles, Indices

ROUNDS, PASSES = 15, 2
"""How often offsets, and units, are learned and faces fitted anew."""

EYE_RIDGE, MOUTH_RIDGE, SCORE_RIDGE = 0.3, 0.1, 0.1
"""The larger, the more a unit of eyes and brows, or of all else, keeps of what it means, and the less scores that go
together are told apart. Lids and brows move little in the clips: with less, eyeWide would mean something else."""

SIZE = 0.96
"""Of the face as the tracker draws it, relative to the head's: heads that were rendered from known distances
(``tests/head_truth``) would else be found 5 % too far, and ears of real portraits too near to the face."""

OFFSET_RIDGE = 0.02
"""Relative to what all faces together tell of an offset: of depth, faces from the front tell little."""


MICROMETRES = 1000
"""In a millimetre."""


@dataclass(frozen=True, eq=False)
class StillFace:
    """A portrait, or one frame of a clip.

    Attributes
    ----------
    size : tuple of two int
        Of the picture in pixels.
    points : (478, 3) array
        In pixels.
    scores : (52,) array
        The tracker's.
    """

    size: tuple[int, int]
    points: Doubles
    scores: Doubles

    def fit(self, model: LandmarkModel) -> HeadFit:
        """Fit a head with an assumed lens."""
        return fit_portrait(model, Camera.of_picture(self.size), self.points, self.scores)


@dataclass(frozen=True, eq=False)
class MovingFace:
    """A clip, without cuts.

    Attributes
    ----------
    size : tuple of two int
        Of its pictures in pixels.
    points : (n, 478, 3) array
    scores : (n, 52) array
    frame_seconds : float
    neutral : int
        Row of the frame at rest.
    """

    size: tuple[int, int]
    points: Doubles
    scores: Doubles
    frame_seconds: float
    neutral: int

    def fit(self, model: LandmarkModel) -> ClipFit:
        """Fit a head with an assumed lens."""
        return fit_clip(model, Camera.of_picture(self.size), self.points, self.scores, self.frame_seconds)

    @property
    def at_rest(self) -> StillFace:
        """The frame at rest."""
        return StillFace(self.size, self.points[self.neutral], self.scores[self.neutral])


def learn(model: LandmarkModel, portraits: Sequence[StillFace], clips: Sequence[MovingFace]) -> LandmarkModel:
    """Learn all, in turn: offsets from faces at rest, units from clips, and what weights faces at rest have.

    Parameters
    ----------
    model : LandmarkModel
        As `LandmarkModel.of_head` makes it.
    portraits : sequence of StillFace
    clips : sequence of MovingFace
    """
    faces = [*portraits, *(clip.at_rest for clip in clips)]
    model = learn_offsets(replace(model, mean=SIZE * model.mean), faces)
    for _ in range(PASSES):
        model = learn_offsets(_resting_at_zero(learn_expressions(model, clips)), faces)
    return _with_scores(model, clips, [clip.fit(model) for clip in clips])


def learn_offsets(model: LandmarkModel, faces: Sequence[StillFace]) -> LandmarkModel:
    """Move the points of the mean to where the tracker sees them, the same on both sides."""
    skull = list(SKULL)
    for _ in range(ROUNDS):
        matrix, right = np.zeros((ALL_POINTS, 3, 3)), np.zeros((ALL_POINTS, 3))
        for face in faces:
            for own, other in zip(_offset_equations(model, face), (matrix, right), strict=True):
                other += own
        matrix, right = _both_sides(matrix, right)
        ridge = OFFSET_RIDGE * np.eye(3) * np.trace(matrix.mean(axis=0)) / 3
        mean = model.mean + np.linalg.solve(matrix + ridge, right[..., None])[..., 0]
        # Faces do not tell how large a head is, nor where it stands: without this, distances drift.
        model = replace(model, mean=best_similarity(mean[skull], model.mean[skull])(mean))
    return model


def _offset_equations(model: LandmarkModel, face: StillFace) -> tuple[Doubles, Doubles]:
    """(478, 3, 3) and (478, 3) normal equations of offsets by what a fit leaves."""
    fit = face.fit(model)
    sight = Sight.of(fit.camera, face.points)
    points = model.points(fit.identity, fit.weights)
    design, residuals = sight.point_equations(points, fit.pose)
    return design.transpose(0, 2, 1) @ design, np.einsum("nij,ni->nj", design, residuals)


def _both_sides(matrix: Doubles, right: Doubles) -> tuple[Doubles, Doubles]:
    """Add to the equations of each point those of its twin, mirrored."""
    mirror, flip = point_mirror(), np.array([-1.0, 1.0, 1.0])
    return matrix + (matrix[mirror] * flip) * flip[:, None], right + right[mirror] * flip


def point_mirror() -> Indices:
    """(478,) the point on the other side of each, irises included."""
    (right, *right_ring), (left, *left_ring) = RIGHT_IRIS, LEFT_IRIS
    ring = {0: 2, 1: 1, 2: 0, 3: 3}  # right, top, left, bottom, as the viewer sees them
    irises = {right: left, left: right}
    for one, other in ring.items():
        irises[right_ring[one]], irises[left_ring[other]] = left_ring[other], right_ring[one]
    return np.concatenate([canonical_mirror(), [irises[point] for point in range(RIGHT_IRIS[0], ALL_POINTS)]])


def unit_mirror() -> Indices:
    """(51,) the unit of the other side of the face."""
    swapped = [
        name.removesuffix("Left") + "Right" if name.endswith("Left")
        else name.removesuffix("Right") + "Left" if name.endswith("Right") else name
        for name in TRACKED_UNITS
    ]  # fmt: skip
    return np.array([TRACKED_UNITS.index(name) for name in swapped])


def learn_expressions(model: LandmarkModel, clips: Sequence[MovingFace]) -> LandmarkModel:
    """Correct the expression units by what they leave, and learn what the tracker's scores say of their weights."""
    fits = [clip.fit(model) for clip in clips]
    corrected = replace(model, expressions=model.expressions + _unit_corrections(model, clips, fits))
    return _with_scores(corrected, clips, fits)


def _with_scores(model: LandmarkModel, clips: Sequence[MovingFace], fits: Sequence[ClipFit]) -> LandmarkModel:
    """The model with the weights that scores, and faces at rest, have in these fits; the same on both sides."""
    rest = np.median([fit.weights[clip.neutral] for clip, fit in zip(clips, fits, strict=True)], axis=0)
    return replace(model, score_map=_score_map(clips, fits), rest=(rest + rest[unit_mirror()]) / 2)


def _resting_at_zero(model: LandmarkModel) -> LandmarkModel:
    """The same model, counted from a face at rest: as much of every unit as that has becomes part of the mean."""
    rest = np.where([name.startswith("eyeLook") for name in TRACKED_UNITS], 0, model.rest)
    score_map = model.score_map.copy()
    score_map[:, 0] -= rest
    mean = model.mean + np.tensordot(rest, model.expressions, 1)
    return replace(model, mean=mean, score_map=score_map, rest=model.rest - rest)


def _unit_corrections(model: LandmarkModel, clips: Sequence[MovingFace], fits: Sequence[ClipFit]) -> Doubles:
    """(51, 478, 3) ridge regression of what the points leave on the weights, mirrored; gaze stays as it is."""
    learned = [unit for unit, name in enumerate(TRACKED_UNITS) if not name.startswith("eyeLook")]
    rows = [_unit_equations(model, clip, fit) for clip, fit in zip(clips, fits, strict=True)]
    weights, designs, residuals = (np.concatenate(part) for part in zip(*rows, strict=True))
    mirror, units, flip = point_mirror(), unit_mirror(), np.array([-1.0, 1.0, 1.0])
    weights = np.concatenate([weights, weights[:, units]])[:, learned]
    corrections = np.zeros_like(model.expressions)
    ridges = [EYE_RIDGE if TRACKED_UNITS[unit].startswith(("eye", "brow")) else MOUTH_RIDGE for unit in learned]
    ridge = np.diag(np.repeat(ridges, 3))
    for point in range(ALL_POINTS):
        own = np.concatenate([designs[:, point], designs[:, mirror[point]] * flip])
        left = np.concatenate([residuals[:, point], residuals[:, mirror[point]]])
        design = np.einsum("fu,fij->fiuj", weights, own).reshape(2 * len(own), -1)
        matrix = design.T @ design
        corrections[learned, point] = np.linalg.solve(matrix + ridge, design.T @ left.ravel()).reshape(-1, 3)
    return corrections


def _unit_equations(model: LandmarkModel, clip: MovingFace, fit: ClipFit) -> tuple[Doubles, Doubles, Doubles]:
    """Weights (n, 51), designs (n, 478, 2, 3) and residuals (n, 478, 2) of a clip's frames, all clips alike."""
    share = len(clip.points) ** -0.5
    face = fit.person.face(model)
    equations = [
        Sight.of(fit.camera, points).point_equations(face.points(weights), fit.pose(row))
        for row, (points, weights) in enumerate(zip(clip.points, fit.weights, strict=True))
    ]
    designs, residuals = (np.array(part) * share for part in zip(*equations, strict=True))
    return fit.weights, designs, residuals


def _score_map(clips: Sequence[MovingFace], fits: Sequence[ClipFit]) -> Doubles:
    """(51, 52) ridge regression of weights on scores, mirrored, about weights that are the scores."""
    units = unit_mirror()
    scores = np.concatenate([clip.scores for clip in clips]).astype(np.float64)
    beyond = np.concatenate([fit.weights for fit in fits]) - scores[:, 1:]
    scores = np.concatenate([scores, scores[:, [0, *(units + 1)]]])
    beyond = np.concatenate([beyond, beyond[:, units]])
    scores[:, 0] = 1
    matrix = scores.T @ scores + SCORE_RIDGE * len(scores) * np.eye(scores.shape[1])
    return np.asarray(np.linalg.solve(matrix, scores.T @ beyond).T + np.eye(len(BLENDSHAPES))[1:])


def to_arrays(learned: LandmarkModel, plain: LandmarkModel) -> dict[str, NDArray[np.generic]]:
    """What was learned beyond the plain head, for `LandmarkModel.taught`."""
    return {
        "offsets": np.rint((learned.mean - plain.mean) * MICROMETRES).astype(np.int16),
        "refinement": np.rint((learned.expressions - plain.expressions) * MICROMETRES).astype(np.int16),
        "rest": learned.rest.astype(np.float32),
        "score_map": learned.score_map.astype(np.float32),
    }
