"""Fit a head to a clip: one person, and a pose and weights of expression units in each frame."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from ..face.mesh import SKIN_POINTS, SKULL
from ..imaging.arrays import Float64Array, Points
from ..imaging.similarity import best_similarity
from ..records.performance import Performance
from ..records.progress import Progress
from .blinking import BLINKS
from .bounded import solve_bounded
from .camera import Camera, Pose
from .fitting import POSE, Estimate, LinearFace, NormalEquations, Prior, Sight, gauss_newton
from .landmarks import TRACKED_UNITS, LandmarkModel
from .resting import change_to_rest

KEY_FRAMES = 16
"""A person is fitted to so many frames, as different as the clip has them."""

KEY_ROUNDS = 6
"""Steps of the fit of a person."""

FRAME_ROUNDS = 2
"""Most steps of the fit of a frame, which starts at the frame before."""

OFFSET_WIDTH = 1.5
"""Standard deviation of a person's offset of a point from what the identity modes say, in millimetres."""

WEIGHT_WIDTH = 0.15
"""Standard deviation of a unit's weight about what the tracker's scores say."""

TREND_SECONDS = 0.1
"""Weights are fitted once more, about their own average over so many seconds (standard deviation): units that the
points hardly tell apart then stay calm, while blinks and speech go as far as the points."""

TREND_WIDTH, LEAST_TREND_WIDTH = 0.155, 0.006
"""Standard deviation about that average, per root of that of the weights that scores say, and at least. A unit may move
fast as far as the scores do: what has one cause then moves one unit, rather than a little of ten, all restless."""

BLINK_WIDTH = 0.5
"""The same for the units of a blink, always."""

WINDOW_SECONDS = 0.015
"""Standard deviation of the low pass at the end, in seconds; longer ones swallow blinks."""


@dataclass(frozen=True, eq=False)
class Person:
    """Who a head is.

    Attributes
    ----------
    identity : (64,) float64 array
        Coefficients of the identity modes, in standard deviations.
    offsets : (478, 3) float64 array
        What the person's points have beyond the modes, in millimetres.
    """

    identity: Float64Array = field(repr=False)
    offsets: Float64Array = field(repr=False)

    def at_rest(self, model: LandmarkModel) -> Float64Array:
        """The person's points without any expression.

        Parameters
        ----------
        model : LandmarkModel

        Returns
        -------
        (478, 3) float64 array
            In millimetres.
        """
        return np.asarray(model.at_rest(self.identity) + self.offsets, np.float64)

    def face(self, model: LandmarkModel) -> LinearFace:
        """The person's points, and what expressions do to them.

        Parameters
        ----------
        model : LandmarkModel

        Returns
        -------
        LinearFace
            Its coefficients are the weights of the units.
        """
        at_rest = self.at_rest(model)
        return LinearFace.of(at_rest, model.units_of(at_rest))

    def varied(self, model: LandmarkModel) -> LinearFace:
        """The same, with the identity modes before the units: for finding out who it is.

        Parameters
        ----------
        model : LandmarkModel

        Returns
        -------
        LinearFace
        """
        units = model.units_of(self.at_rest(model))
        return LinearFace.of(model.mean + self.offsets, np.concatenate([model.identity, units]))


@dataclass(frozen=True, eq=False)
class ClipFit:
    """A head that was fitted to the n frames of a shot.

    Attributes
    ----------
    camera : Camera
    person : Person
    rotations : (n, 3, 3) float64 array
        See `Pose`.
    positions : (n, 3) float64 array
        See `Pose`.
    weights : (n, 51) float64 array
        Weights of the expression units, 0..1; see also `from_rest`.
    """

    camera: Camera
    person: Person
    rotations: Float64Array = field(repr=False)
    positions: Float64Array = field(repr=False)
    weights: Float64Array = field(repr=False)

    @classmethod
    def of_shot(cls, shot: Performance) -> ClipFit:
        """Take the head of a performance.

        Parameters
        ----------
        shot : Performance
            A single shot, see `Performance.shots`, that has a head.

        Returns
        -------
        ClipFit
        """
        width, height = (int(side) for side in shot.size)
        return cls(
            Camera(shot.focal, ((width - 1) / 2, (height - 1) / 2), assumed=True),
            Person(shot.identities[0].astype(np.float64), shot.identity_offsets[0].astype(np.float64)),
            shot.head_rotations.astype(np.float64),
            shot.head_positions.astype(np.float64),
            shot.expressions.astype(np.float64),
        )

    def pose(self, row: int) -> Pose:
        """Pose in a frame.

        Parameters
        ----------
        row : int
            Of the frame, from 0.

        Returns
        -------
        Pose
        """
        return Pose(self.rotations[row], self.positions[row])

    def from_rest(self, model: LandmarkModel, row: int, share: float) -> ClipFit:
        """Count the same expressions from a frame in which the person rests.

        Parameters
        ----------
        model : LandmarkModel
        row : int
            Of that frame, from 0.
        share : float
            0..1, how much of the mouth's expression in it is none of rest, see `RestOffsets`.

        Returns
        -------
        ClipFit
            The person's points are those of that frame, and its weights 0; others may be below 0.
        """
        at_rest = self.weights[row] + share * change_to_rest(model, self.weights[row])
        points = self.person.face(model).points(at_rest)
        person = replace(self.person, offsets=points - model.at_rest(self.person.identity))
        return replace(self, person=person, weights=self.weights - at_rest)

    def project(self, face: LinearFace, row: int) -> Float64Array:
        """Project the person's points as a frame shows them.

        Parameters
        ----------
        face : LinearFace
            From `Person.face`.
        row : int
            Of the frame, from 0.

        Returns
        -------
        (478, 2) float64 array
            In pixels.
        """
        return self.camera.project(self.pose(row)(face.points(self.weights[row])))


def fit_clip(model: LandmarkModel, camera: Camera, points: Points, scores: Points, frame_seconds: float) -> ClipFit:
    """Fit a head to the frames of a shot.

    Parameters
    ----------
    model : LandmarkModel
    camera : Camera
    points : (n, 478, 2) or (n, 478, 3) array
        Tracked points in pixels; z is ignored.
    scores : (n, 52) array
        The tracker's, in the order of `BLENDSHAPES`.
    frame_seconds : float
        Seconds between frames.

    Returns
    -------
    ClipFit
    """
    steps = fit_clip_steps(model, camera, points, scores, frame_seconds)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            fit: ClipFit = end.value
            return fit


def fit_clip_steps(
    model: LandmarkModel, camera: Camera, points: Points, scores: Points, frame_seconds: float
) -> Generator[Progress, None, ClipFit]:
    """Fit a head to the frames of a shot, step by step, for jobs that can be cancelled.

    Parameters
    ----------
    model : LandmarkModel
        See `fit_clip`.
    camera : Camera
        See `fit_clip`.
    points : (n, 478, 2) or (n, 478, 3) array
        See `fit_clip`.
    scores : (n, 52) array
        See `fit_clip`.
    frame_seconds : float
        See `fit_clip`.

    Yields
    ------
    Progress
        After the person was fitted, and after every frame.

    Returns
    -------
    ClipFit
        The value of ``yield from``.
    """
    expected = model.weights_of(scores)
    keys = key_frames(points)
    person = yield from _fit_person(model, [Sight.of(camera, points[row]) for row in keys], expected[keys])
    face = person.face(model)
    estimates = yield from _fit_frames(face, camera, points, expected)
    frames = TREND_SECONDS / frame_seconds
    smooth, widths = _low_pass(_weights(estimates), frames), _trend_widths(expected, frames)
    for row, sight in enumerate(_sights(camera, points)):
        prior = Prior.of_weights(smooth[row], widths)
        estimates[row] = gauss_newton(sight, face, estimates[row], prior, 1)
        yield Progress(len(points) + row + 1, 2 * len(points), "Fitting the head")
    weights = _low_pass(_weights(estimates), WINDOW_SECONDS / frame_seconds)
    poses = [
        _pose_alone(sight, face.points(own), estimate.pose)
        for sight, own, estimate in zip(_sights(camera, points), weights, estimates, strict=True)
    ]
    return ClipFit(
        camera,
        person,
        np.array([pose.rotation for pose in poses]),
        np.array([pose.position for pose in poses]),
        weights,
    )


def _fit_frames(
    face: LinearFace, camera: Camera, points: Points, expected: Float64Array
) -> Generator[Progress, None, list[Estimate]]:
    """Fit pose and weights of each frame, from those of the frame before."""
    estimates: list[Estimate] = []
    for row, sight in enumerate(_sights(camera, points)):
        start = estimates[-1] if row else Estimate(sight.first_pose(face.points(expected[0])), expected[0])
        prior = Prior.of_weights(expected[row], _widths(WEIGHT_WIDTH))
        estimates.append(gauss_newton(sight, face, start, prior, FRAME_ROUNDS))
        yield Progress(row + 1, 2 * len(points), "Fitting the head")
    return estimates


def _widths(width: Float64Array | float) -> Float64Array:
    """(51,) standard deviations of the weights: blinks are quick, and the points show them well."""
    blinks = np.array([name in BLINKS for name in TRACKED_UNITS])
    return np.asarray(np.where(blinks, BLINK_WIDTH, width), np.float64)


def _trend_widths(expected: Float64Array, frames: float) -> Float64Array:
    """(51,) standard deviations about an average over so many frames, by the weights (n, 51) that scores say."""
    fast = (expected - _low_pass(expected, frames)).std(axis=0)
    return _widths(np.maximum(TREND_WIDTH * np.sqrt(fast), LEAST_TREND_WIDTH))


def _weights(estimates: list[Estimate]) -> Float64Array:
    """(n, 51) weights of the units."""
    return np.array([estimate.coefficients for estimate in estimates])


def _low_pass(weights: Float64Array, frames: float) -> Float64Array:
    """(n, 51) weights, averaged over so many frames (standard deviation)."""
    return np.asarray(gaussian_filter1d(weights, frames, axis=0, mode="nearest"))


def _sights(camera: Camera, points: Points) -> Iterator[Sight]:
    """The frames one by one: long clips lie on the disk."""
    return (Sight.of(camera, frame) for frame in points)


def key_frames(points: Points, count: int = KEY_FRAMES) -> NDArray[np.intp]:
    """Choose frames that differ from each other, in expression and in the head's turn: farthest points first.

    Parameters
    ----------
    points : (n, 478, d) array
    count : int
        At most so many.

    Returns
    -------
    (k,) int array
        Rows, increasing.
    """
    skull = list(SKULL)
    first = points[0, skull, :2].astype(np.float64)
    shapes = np.array(
        [best_similarity(frame[skull, :2], first)(frame[:SKIN_POINTS, :2]).ravel() for frame in points], np.float32
    )
    chosen = [int(((shapes - np.median(shapes, axis=0)) ** 2).sum(axis=1).argmin())]
    away = ((shapes - shapes[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < min(count, len(points)):
        chosen.append(int(away.argmax()))
        away = np.minimum(away, ((shapes - shapes[chosen[-1]]) ** 2).sum(axis=1))
    return np.sort(chosen)


def _fit_person(model: LandmarkModel, sights: list[Sight], expected: Float64Array) -> Generator[Progress, None, Person]:
    """Joint Gauss-Newton of one identity, and of pose and weights in each of some frames."""
    modes = len(model.identity)
    person = Person(np.zeros(modes), np.zeros_like(model.mean))
    face = person.face(model)
    estimates = [Estimate(sight.first_pose(face.points(own)), own) for sight, own in zip(sights, expected, strict=True)]
    widths, shared = _widths(WEIGHT_WIDTH), len(sights) ** 0.5
    priors = [Prior.of_weights(own, widths).after_identity(modes, shared) for own in expected]
    for done in range(KEY_ROUNDS):
        every = person.varied(model)
        systems = [
            sight.normal_equations(every, _with_identity(person, estimate), prior)
            for sight, estimate, prior in zip(sights, estimates, priors, strict=True)
        ]
        step = _shared_step(systems, modes)
        estimates = [_own_step(system, estimate, step) for system, estimate in zip(systems, estimates, strict=True)]
        person = replace(person, identity=person.identity + step)
        if done >= KEY_ROUNDS // 2:
            person = replace(person, offsets=person.offsets + _offsets_step(model, person, sights, estimates))
        yield Progress(done + 1, KEY_ROUNDS, "Fitting the person")
    return person


def _with_identity(person: Person, estimate: Estimate) -> Estimate:
    """The coefficients that `Person.varied` has."""
    return Estimate(estimate.pose, np.concatenate([person.identity, estimate.coefficients]))


def _shared_step(systems: list[NormalEquations], modes: int) -> Float64Array:
    """(64,) step of the identity that all frames share: each frame's pose and weights are eliminated first."""
    shared = slice(POSE, POSE + modes)
    matrix, right = np.zeros((modes, modes)), np.zeros(modes)
    for system in systems:
        pressed = ((system.low >= 0) & (system.right < 0)) | ((system.high <= 0) & (system.right > 0))
        own = ~pressed
        own[shared] = False
        between = system.matrix[shared][:, own]
        eliminated = np.linalg.solve(system.matrix[np.ix_(own, own)], between.T).T
        matrix += system.matrix[shared, shared] - eliminated @ between.T
        right += system.right[shared] - eliminated @ system.right[own]
    return np.asarray(np.linalg.solve(matrix, right))


def _own_step(system: NormalEquations, estimate: Estimate, shared_step: Float64Array) -> Estimate:
    """A frame's own step after that of the identity."""
    own = np.ones(len(system.right), np.bool_)
    own[POSE : POSE + len(shared_step)] = False
    right = system.right[own] - system.matrix[own][:, ~own] @ shared_step
    step = solve_bounded(system.matrix[np.ix_(own, own)], right, system.low[own], system.high[own])
    return Estimate(estimate.pose.moved(step[:POSE]), estimate.coefficients + step[POSE:])


def _offsets_step(model: LandmarkModel, person: Person, sights: list[Sight], estimates: list[Estimate]) -> Float64Array:
    """(478, 3) step of the offsets, by what all frames leave of each point."""
    face = person.face(model)
    matrix = np.zeros((len(face.base), 3, 3)) + np.eye(3) * OFFSET_WIDTH**-2
    right = -person.offsets * OFFSET_WIDTH**-2
    for sight, estimate in zip(sights, estimates, strict=True):
        design, residuals = sight.point_equations(face.points(estimate.coefficients), estimate.pose)
        matrix += design.transpose(0, 2, 1) @ design
        right += np.einsum("nij,ni->nj", design, residuals)
    return np.asarray(np.linalg.solve(matrix, right[..., None])[..., 0])


def _pose_alone(sight: Sight, points: Float64Array, start: Pose) -> Pose:
    """Pose of points that keep their shape."""
    nothing = np.empty(0)
    face = LinearFace(points, np.empty((*points.shape, 0)))
    return gauss_newton(sight, face, Estimate(start, nothing), Prior(*[nothing] * 4), FRAME_ROUNDS).pose
