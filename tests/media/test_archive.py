import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.errors import InputError
from portrait_addon.media.archive import read_archive, read_label, write_archive


@pytest.fixture
def arrays() -> Any:
    random = np.random.default_rng(0)
    return {
        "points": random.normal(size=(9, 478, 3)).astype(np.float32),
        "times": np.arange(9) / 25,
        "found": random.random(9) > 0.5,
        "neutral": np.array(3),
        "nothing": np.empty((0, 2), np.float32),
        "by_columns": np.asfortranarray(random.normal(size=(3, 4))),
    }


@pytest.fixture
def file(tmp_path: Path, arrays: Any) -> Any:
    path = tmp_path / "ü.performance"
    write_archive(path, arrays, "performance", 1)
    return path


def npy(array: NDArray[Any], **options: bool) -> Any:
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


def poisoned(
    path: Path, members: dict[str, bytes], *, label: str | None = None, compression: int = zipfile.ZIP_STORED
) -> Any:
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("archive.json", label or json.dumps({"kind": "performance", "version": 1}))
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_arrays_come_back_mapped(file: Any, arrays: Any) -> None:
    again = read_archive(file, "performance", 1)
    assert again.keys() == arrays.keys()
    for name, array in arrays.items():
        assert again[name].dtype == array.dtype
        assert np.array_equal(again[name], array)
    assert isinstance(again["points"], np.memmap)
    assert not again["points"].flags.writeable


def test_numpy_reads_it_too(file: Any, arrays: Any) -> None:
    with np.load(file, allow_pickle=False) as again:
        assert np.array_equal(again["points"], arrays["points"])


def test_the_same_content_gives_the_same_bytes(file: Any, arrays: Any, tmp_path: Path) -> None:
    write_archive(tmp_path / "second", arrays, "performance", 1)
    assert (tmp_path / "second").read_bytes() == file.read_bytes()


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="allow_pickle"):
        write_archive(tmp_path / "a", {"x": np.array([object()])}, "performance", 1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("kind", "version", "reason"),
    [("portrait", 1, "holds something else"), ("performance", 0, "was written by a newer version")],
)
@pytest.mark.parametrize("read", [read_archive, read_label])
def test_another_kind_or_version(file: Any, kind: str, version: int, reason: str, read: Callable[..., Any]) -> None:
    with pytest.raises(InputError, match=rf"no usable {kind} file: it {reason}\. Track"):
        read(file, kind, version)


def test_an_earlier_version_is_read(file: Any, arrays: Any) -> None:
    assert read_archive(file, "performance", 5).keys() == arrays.keys()


def test_label_tells_version_and_facts(tmp_path: Path, arrays: Any) -> None:
    write_archive(tmp_path / "a", arrays, "performance", 3, method=7)
    assert read_label(tmp_path / "a", "performance", 4) == {"version": 3, "method": 7}


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="gone: cannot be read"):
        read_archive(tmp_path / "gone", "performance", 1)


def test_every_cut_is_refused(file: Any) -> None:
    data = file.read_bytes()
    for length in range(0, len(data), len(data) // 50):
        file.write_bytes(data[:length])
        with pytest.raises(InputError, match=r"no usable performance file: it .*\. Track the clip again\."):
            read_archive(file, "performance", 1)


def test_a_flipped_bit_anywhere_is_refused_or_harmless(file: Any, arrays: Any) -> None:
    data = file.read_bytes()
    refused = 0
    for place in range(0, len(data), len(data) // 300):
        flipped = bytearray(data)
        flipped[place] ^= 4
        file.write_bytes(flipped)
        try:
            again = read_archive(file, "performance", 1)
            assert all(np.array_equal(again[name], array) for name, array in arrays.items() if name in again)
        except InputError:
            refused += 1
    assert refused > 290


class Trap:
    def __reduce__(self) -> Any:
        return pytest.fail, ("a pickle was executed",)


def header(text: str) -> Any:
    """A version 1.0 ``.npy`` header with nothing after it."""
    body = text.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(body).to_bytes(2, "little") + body


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"x.npy": npy(np.array([Trap()], object), allow_pickle=True)}, "something else than numbers"),
        ({"x.npy": npy(np.array(["text"]))}, "something else than numbers"),
        ({"x.npy": npy(np.zeros(2, [("a", "f4")]))}, "something else than numbers"),
        ({"x.npy": header("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,)}")}, "wrong size"),
        ({"x.npy": header("{'descr': '<f8', 'fortran_order': False, 'shape': (-1, 0)}")}, "wrong size"),
        ({"x.npy": header("{'descr': '|O', 'fortran_order': False, 'shape': (0,)}")}, "something else than numbers"),
        ({"x.npy": header("__import__('os').abort()")}, "damaged"),
        ({"x.npy": b"\x93NUMPY\x03\x00" + bytes(40)}, "something else"),
        ({"x.npy": b""}, "damaged"),
        ({"../../x": b"escape"}, "strange member ../../x"),
        ({"line\nbreak": b""}, r"strange member line\nbreak"),
        ({f"{number}.npy": b"" for number in range(300)}, "too many members"),
    ],
)
def test_poisoned_members(tmp_path: Path, members: dict[str, bytes], reason: str) -> None:
    path = poisoned(tmp_path / "a", members)
    with pytest.raises(InputError) as refusal:
        read_archive(path, "performance", 1)
    assert reason in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("label", ["[" * 900, "{", "null", '{"kind": "performance"}', "x" * 5000])
def test_poisoned_labels(tmp_path: Path, label: str) -> None:
    with pytest.raises(InputError, match="no usable performance file"):
        read_archive(poisoned(tmp_path / "a", {}, label=label), "performance", 1)


def test_a_compressed_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = poisoned(tmp_path / "a", {"x.npy": npy(np.zeros(10**7))}, compression=zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 10**6
    with pytest.raises(InputError, match="strange member"):
        read_archive(path, "performance", 1)
