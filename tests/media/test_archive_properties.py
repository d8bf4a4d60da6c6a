"""Any arrays come out of an archive as they went in."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from portrait_addon.media.archive import read_archive, read_label, write_archive

TYPES = st.sampled_from(["?", "u1", "<u2", "<i4", "<i8", "<f2", "<f4", "<f8"])
NAMES = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=12)
ARRAYS = arrays(TYPES, array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("archives")


@given(st.dictionaries(NAMES, ARRAYS, max_size=5), st.integers(1, 1000), st.integers(-(2**63), 2**63))
def test_there_and_back(folder: Path, wanted: dict[str, NDArray[Any]], version: int, fact: int) -> None:
    path = folder / "any.archive"
    write_archive(path, wanted, "test", version, fact=fact)
    found = read_archive(path, "test", version)
    assert read_label(path, "test", version) == {"version": version, "fact": fact}
    assert [*found] == [*wanted]
    for name, array in wanted.items():
        assert found[name].dtype == array.dtype and found[name].shape == array.shape
        np.testing.assert_array_equal(found[name], array)
