from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from portrait_addon.pipeline.imaging.similarity import Similarity, best_similarity


def known(dimensions: int) -> Similarity:
    turn = Rotation.from_euler("xyz", [20, -35, 130], degrees=True).as_matrix()
    if dimensions == 2:
        turn = Rotation.from_euler("z", 130, degrees=True).as_matrix()[:2, :2]
    return Similarity(turn, 1.7, np.array([40.0, -12.0, 5.0])[:dimensions])


@pytest.mark.parametrize("dimensions", [2, 3])
def test_recovers_a_known_transform(face: NDArray[Any], dimensions: int) -> None:
    wanted = known(dimensions)
    found = best_similarity(face[:, :dimensions], wanted(face[:, :dimensions]))
    np.testing.assert_allclose(found.linear, wanted.linear, atol=1e-9)
    np.testing.assert_allclose(found.translation, wanted.translation, atol=1e-7)
    assert found.scale == pytest.approx(1.7)


@pytest.mark.parametrize("dimensions", [2, 3])
def test_inverse_undoes(face: NDArray[Any], dimensions: int) -> None:
    transform = known(dimensions)
    np.testing.assert_allclose(transform.inverse(transform(face[:, :dimensions])), face[:, :dimensions], atol=1e-9)


@pytest.mark.parametrize("dimensions", [2, 3])
def test_never_reflects(face: NDArray[Any], dimensions: int) -> None:
    points = face[:, :dimensions]
    mirrored = points * [-1.0, 1.0, 1.0][:dimensions]
    found = best_similarity(points, mirrored)
    assert np.linalg.det(found.rotation) == pytest.approx(1)
    assert found.scale > 0


def test_points_in_a_plane_of_space_turn_without_reflection(face: NDArray[Any]) -> None:
    flat = face * [1, 1, 0]
    wanted = known(3)
    found = best_similarity(flat, wanted(flat))
    np.testing.assert_allclose(found(flat), wanted(flat), atol=1e-6)
    assert np.linalg.det(found.rotation) == pytest.approx(1)


def test_is_the_best_of_its_neighbours(face: NDArray[Any]) -> None:
    source = face[:, :2]
    destination = source + np.random.default_rng(1).normal(0, 3, source.shape)
    best = best_similarity(source, destination)

    def error(transform: Similarity) -> float:
        return ((transform(source) - destination) ** 2).sum()

    small = Rotation.from_euler("z", 0.05, degrees=True).as_matrix()[:2, :2]
    for other in (
        Similarity(best.rotation, best.scale * 1.001, best.translation),
        Similarity(best.rotation, best.scale, best.translation + 0.05),
        Similarity(small @ best.rotation, best.scale, best.translation),
    ):
        assert error(best) < error(other)


def test_points_without_weight_do_not_count(face: NDArray[Any]) -> None:
    wanted = known(2)
    destination = wanted(face[:, :2])
    destination[100:] += 50
    weights = np.zeros(len(face))
    weights[:100] = 3
    np.testing.assert_allclose(best_similarity(face[:, :2], destination, weights).linear, wanted.linear, atol=1e-9)


def test_points_without_extent_are_refused() -> None:
    with pytest.raises(ValueError, match="the points of a similarity transform must not all coincide"):
        best_similarity(np.ones((5, 2)), np.ones((5, 2)))


def test_other_shapes_are_refused() -> None:
    message = r"point sets of the same shape \(n, d\) are needed, not \(5, 2\) and \(4, 2\)"
    with pytest.raises(ValueError, match=message):
        best_similarity(np.ones((5, 2)), np.ones((4, 2)))
