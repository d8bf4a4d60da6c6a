"""Fit a head to tracked points: bounded Gauss-Newton, robust by iteratively reweighted least squares."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np

from ..face.mesh import ALL_POINTS, FACE_OVAL, SKULL, outer_eye_distance
from ..imaging.arrays import Float64Array, Points
from .bounded import gram, solve_bounded
from .camera import Camera, Pose, pose_by_pnp
from .landmarks import LandmarkModel

POSE = 6
"""Numbers that a step of a pose has; they come first in a step."""

NOISE = 0.008
"""Standard deviation of a point that is seen, in outer-eye distances."""

OUTLIER = 0.03
"""Distance at which a point counts by half, in outer-eye distances."""

OVAL_WEIGHT = 0.35
"""Weight of the points of the outline: they lie where the face ends for the viewer, and slide along it."""

PORTRAIT_WIDTH, UNSCORED_WIDTH = 0.08, 0.25
"""Standard deviation of a unit's weight about what the tracker's scores say, in a portrait, and about rest if there are
none. The wider, the more a smile is taken for a wide mouth, and stays when the face comes to rest."""

BLINK_ROUNDS = 2
"""How often a portrait is fitted: the second time with lids that close as this person's do."""

TONGUE_AT_REST = 0.0
"""Weight of the unit that the points do not show."""

MOST_ROUNDS = 25
SETTLED = 5e-4
"""A step is the last if it moves no point by more than this share of the outer-eye distance."""


@dataclass(frozen=True, eq=False)
class Prior:
    """What is known of coefficients before anything is seen: independent normal distributions within bounds.

    Attributes
    ----------
    mean, width : (n,) float64 array
        Means and standard deviations.
    low, high : (n,) float64 array
        Bounds, also infinite ones.
    """

    mean: Float64Array
    width: Float64Array
    low: Float64Array
    high: Float64Array

    @classmethod
    def of_weights(cls, expected: Points, width: Points | float) -> Prior:
        """Prior of the weights of expression units.

        Parameters
        ----------
        expected : (n,) array
            0..1.
        width : float, or (n,) array
            Standard deviation of all, or of each.

        Returns
        -------
        Prior
        """
        zero = np.zeros(len(expected))
        return cls(np.asarray(expected, np.float64), zero + width, zero, zero + 1)

    def after_identity(self, modes: int, width: float = 1.0) -> Prior:
        """Put identity modes before the coefficients: normal, and without bounds.

        Parameters
        ----------
        modes : int
            Their number.
        width : float
            Standard deviation of each; larger by the root of the number of pictures that share them.

        Returns
        -------
        Prior
        """
        zero, infinite = np.zeros(modes), np.full(modes, np.inf)
        return Prior(
            np.concatenate([zero, self.mean]),
            np.concatenate([zero + width, self.width]),
            np.concatenate([-infinite, self.low]),
            np.concatenate([infinite, self.high]),
        )


@dataclass(frozen=True, eq=False)
class LinearFace:
    """Points that coefficients move: a whole model, or one person's expressions.

    Attributes
    ----------
    base : (478, 3) float64 array
        In millimetres.
    modes : (478, 3, n) float64 array
        Displacements by each coefficient.
    """

    base: Float64Array = field(repr=False)
    modes: Float64Array = field(repr=False)

    @classmethod
    def of(cls, base: Points, displacements: Points) -> LinearFace:
        """Lay out displacements for the products that fits are made of.

        Parameters
        ----------
        base : (478, 3) array
        displacements : (n, 478, 3) array

        Returns
        -------
        LinearFace
        """
        return cls(np.asarray(base, np.float64), np.ascontiguousarray(displacements.transpose(1, 2, 0)))

    def points(self, coefficients: Points) -> Float64Array:
        """Move the points.

        Parameters
        ----------
        coefficients : (n,) array

        Returns
        -------
        (478, 3) float64 array
        """
        return np.asarray(self.base + self.modes @ coefficients)


@dataclass(frozen=True, eq=False)
class Estimate:
    """Where a face stands, and what its coefficients are.

    Attributes
    ----------
    pose : Pose
    coefficients : (n,) float64 array
    """

    pose: Pose
    coefficients: Float64Array = field(repr=False)


@dataclass(frozen=True, eq=False)
class NormalEquations:
    """Of one Gauss-Newton step: its pose, then the coefficients.

    Attributes
    ----------
    matrix : (6 + n, 6 + n) float64 array
    right : (6 + n,) float64 array
    low, high : (6 + n,) float64 array
        Bounds of the step.
    """

    matrix: Float64Array = field(repr=False)
    right: Float64Array = field(repr=False)
    low: Float64Array = field(repr=False)
    high: Float64Array = field(repr=False)

    def solve(self) -> Float64Array:
        """Step within its bounds.

        Returns
        -------
        (6 + n,) float64 array
        """
        return solve_bounded(self.matrix, self.right, self.low, self.high)


@dataclass(frozen=True, eq=False)
class Sight:
    """Tracked points of one picture, and the camera that took it.

    Attributes
    ----------
    camera : Camera
    points : (478, 2) float64 array
        In pixels.
    unit : float
        Outer-eye distance in pixels.
    """

    camera: Camera
    points: Float64Array = field(repr=False)
    unit: float

    @classmethod
    def of(cls, camera: Camera, points: Points) -> Sight:
        """Take the points of a picture.

        Parameters
        ----------
        camera : Camera
        points : (478, 2) or (478, 3) array
            In pixels; z is ignored.

        Returns
        -------
        Sight
        """
        return cls(camera, np.asarray(points[:, :2], np.float64), outer_eye_distance(points))

    def first_pose(self, base: Points) -> Pose:
        """Pose of a head at rest, from the points that expressions move least.

        Parameters
        ----------
        base : (478, 3) array

        Returns
        -------
        Pose
        """
        skull = list(SKULL)
        return pose_by_pnp(base[skull], self.points[skull], self.camera)

    def residuals(self, points: Points, pose: Pose) -> Float64Array:
        """What a posed head leaves of the points.

        Parameters
        ----------
        points : (478, 3) array
            Of the head.
        pose : Pose

        Returns
        -------
        (478, 2) float64 array
            Seen less projected, in outer-eye distances.
        """
        return np.asarray((self.points - self.camera.project(pose(points))) / self.unit)

    def point_equations(self, points: Points, pose: Pose) -> tuple[Float64Array, Float64Array]:
        """Linearise the projection by the points of the head themselves.

        Parameters
        ----------
        points : (478, 3) array
            Of the head.
        pose : Pose

        Returns
        -------
        design : (478, 2, 3) float64 array
            By how many standard deviations of its noise a point moves on the picture, per millimetre on the head.
        residuals : (478, 2) float64 array
            Seen less projected, in these deviations. Both are weighted.
        """
        posed = pose(points)
        residuals = (self.points - self.camera.project(posed)) / self.unit
        weights = np.sqrt(_point_weights() / (1 + (residuals**2).sum(axis=1) / OUTLIER**2)) / NOISE
        design = self.camera.jacobian(posed) @ pose.rotation * (weights / self.unit)[:, None, None]
        return design, residuals * weights[:, None]

    def normal_equations(self, face: LinearFace, estimate: Estimate, prior: Prior) -> NormalEquations:
        """Linearise the projection about an estimate.

        Parameters
        ----------
        face : LinearFace
        estimate : Estimate
        prior : Prior
            Of the coefficients.

        Returns
        -------
        NormalEquations
        """
        pose, coefficients = estimate.pose, estimate.coefficients
        points = face.points(coefficients)
        design, residuals = self.point_equations(points, pose)
        by_pose = design @ pose.rotation.T @ pose.jacobian(pose(points))
        with_residuals = np.concatenate([by_pose, design @ face.modes, residuals[..., None]], axis=2)
        products = gram(with_residuals.reshape(2 * ALL_POINTS, -1))
        matrix, right = products[:-1, :-1].copy(), products[:-1, -1].copy()
        precision = prior.width**-2
        matrix[range(POSE, len(matrix)), range(POSE, len(matrix))] += precision
        right[POSE:] += precision * (prior.mean - coefficients)
        infinite = np.full(POSE, np.inf)
        low = np.concatenate([-infinite, prior.low - coefficients])
        high = np.concatenate([infinite, prior.high - coefficients])
        return NormalEquations(matrix, right, low, high)


def gauss_newton(sight: Sight, face: LinearFace, start: Estimate, prior: Prior, rounds: int = MOST_ROUNDS) -> Estimate:
    """Fit a face to tracked points.

    Parameters
    ----------
    sight : Sight
    face : LinearFace
    start : Estimate
        From `Sight.first_pose`, or of a similar picture.
    prior : Prior
    rounds : int
        At most so many steps.

    Returns
    -------
    Estimate
    """
    estimate, before = start, sight.residuals(face.points(start.coefficients), start.pose)
    for _ in range(rounds):
        step = sight.normal_equations(face, estimate, prior).solve()
        estimate = Estimate(estimate.pose.moved(step[:POSE]), estimate.coefficients + step[POSE:])
        after = sight.residuals(face.points(estimate.coefficients), estimate.pose)
        if np.abs(after - before).max() < SETTLED:
            break
        before = after
    return estimate


@dataclass(frozen=True, eq=False)
class HeadFit:
    """A head that was fitted to a picture.

    Attributes
    ----------
    camera : Camera
        Its focal length is assumed if none was given, and with it the head's distance.
    pose : Pose
    identity : (64,) float64 array
        Coefficients of the identity modes, in standard deviations.
    weights : (51,) float64 array
        Weights of the expression units, 0..1.
    """

    camera: Camera
    pose: Pose
    identity: Float64Array = field(repr=False)
    weights: Float64Array = field(repr=False)

    @property
    def all_weights(self) -> Float64Array:
        """(52,) float64 array, weights of all expression units, in the order of `EXPRESSION_UNITS`."""
        return np.append(self.weights, TONGUE_AT_REST)

    def project(self, model: LandmarkModel) -> Float64Array:
        """Project the model's points as the picture shows them.

        Parameters
        ----------
        model : LandmarkModel

        Returns
        -------
        (478, 2) float64 array
            In pixels.
        """
        return self.camera.project(self.pose(model.points(self.identity, self.weights)))


def fit_portrait(model: LandmarkModel, camera: Camera, points: Points, scores: Points) -> HeadFit:
    """Fit a head to the points of one picture.

    Parameters
    ----------
    model : LandmarkModel
    camera : Camera
    points : (478, 2) or (478, 3) array
        In pixels; z is ignored.
    scores : (52,) array
        The tracker's, in the order of `BLENDSHAPES`; zeros if there are none.

    Returns
    -------
    HeadFit
    """
    sight, modes = Sight.of(camera, points), len(model.identity)
    known = bool(scores.any())
    expected = model.weights_of(scores) if known else model.rest
    prior = Prior.of_weights(expected, PORTRAIT_WIDTH if known else UNSCORED_WIDTH).after_identity(modes)
    estimate = Estimate(sight.first_pose(model.points(prior.mean[:modes], expected)), prior.mean)
    for _ in range(BLINK_ROUNDS):
        units = model.units_of(model.at_rest(estimate.coefficients[:modes]))
        face = LinearFace.of(model.mean, np.concatenate([model.identity, units]))
        estimate = gauss_newton(sight, face, estimate, prior)
    return HeadFit(camera, estimate.pose, estimate.coefficients[:modes], estimate.coefficients[modes:])


@cache
def _point_weights() -> Float64Array:
    """(478,) weights of the tracked points."""
    weights = np.ones(ALL_POINTS)
    weights[list(FACE_OVAL)] = OVAL_WEIGHT
    return weights
