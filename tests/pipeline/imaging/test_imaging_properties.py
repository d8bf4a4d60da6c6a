"""What holds for any transform and any point set."""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from portrait_addon.pipeline.imaging.similarity import Similarity, best_similarity

PIXELS = st.floats(-1e4, 1e4)
DIMENSIONS = st.sampled_from([2, 3])


@st.composite
def similarities(draw: st.DrawFn, dimensions: int) -> Similarity:
    angles = draw(st.tuples(*[st.floats(-180, 180)] * 3))
    if dimensions == 2:
        angles = (0.0, 0.0, angles[2])
    rotation = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()[:dimensions, :dimensions]
    return Similarity(rotation, draw(st.floats(1e-3, 1e3)), draw(arrays(float, dimensions, elements=PIXELS)))


@st.composite
def point_sets(draw: st.DrawFn, dimensions: int) -> NDArray[Any]:
    """Points of a picture; not all of them within a thousandth of a pixel."""
    points = draw(arrays(float, (draw(st.integers(dimensions, 12)), dimensions), elements=PIXELS))
    assume(np.ptp(points, axis=0).max() > 1e-3)
    return points


def apart(one: NDArray[Any], other: NDArray[Any]) -> float:
    return float(np.abs(one - other).max())


@given(st.data(), DIMENSIONS)
def test_the_inverse_of_a_similarity_undoes_it_in_both_orders(data: st.DataObject, dimensions: int) -> None:
    transform, points = data.draw(similarities(dimensions)), data.draw(point_sets(dimensions))
    back = transform.inverse
    size = 1 + np.abs(points).max() + np.abs(transform.translation).max()
    assert apart(back(transform(points)), points) < 1e-11 * size * max(back.scale, 1)
    assert apart(transform(back(points)), points) < 1e-11 * size * max(transform.scale, 1)
    assert back.inverse.scale == pytest.approx(transform.scale)


@given(st.data(), DIMENSIONS)
def test_a_similarity_is_found_again(data: st.DataObject, dimensions: int) -> None:
    transform, points = data.draw(similarities(dimensions)), data.draw(point_sets(dimensions))
    moved = transform(points)
    tolerance = 1e-6 * (1 + np.abs(moved).max())
    assert apart(best_similarity(points, moved)(points), moved) < tolerance


@given(st.data(), DIMENSIONS)
def test_the_best_similarity_of_any_points_turns_and_never_reflects(data: st.DataObject, dimensions: int) -> None:
    source = data.draw(point_sets(dimensions))
    found = best_similarity(source, data.draw(arrays(float, source.shape, elements=PIXELS)))
    assert np.linalg.det(found.rotation) == pytest.approx(1)
    np.testing.assert_allclose(found.rotation @ found.rotation.T, np.eye(dimensions), atol=1e-9)
    assert 0 < found.scale < np.inf
    assert np.isfinite(found.inverse(source)).all()
