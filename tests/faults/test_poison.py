"""Poisoned caches, performance files, settings and models: nothing executed, nothing allocated, one line said."""

from __future__ import annotations

import io
import json
import pickle
import re
import shutil
import struct
import zipfile
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from portrait_addon import models
from portrait_addon.errors import InputError
from portrait_addon.jobs import tracking
from portrait_addon.jobs.cache import Cache
from portrait_addon.jobs.job import run
from portrait_addon.jobs.performance_file import KIND, load_performance, performance_fingerprint
from portrait_addon.jobs.settings_file import read_settings
from portrait_addon.jobs.tracking import TrackJob
from portrait_addon.media.archive import LABEL, write_archive
from portrait_addon.pipeline.records.performance import PERFORMANCE_FORMAT, Performance
from portrait_addon.pipeline.records.progress import Progress


class Trap:
    """Unpickled, it leaves a file behind."""

    def __reduce__(self) -> Any:
        return open, ("sprung", "w")


def npy(array: Any, **changes: Any) -> Any:
    stream = io.BytesIO()
    np.save(stream, array)
    data = stream.getvalue()
    for before, after in changes.values():
        assert before in data
        data = data.replace(before, after.ljust(len(before))[: len(before)])
    return data


def archive(members: Any, method: Any = zipfile.ZIP_STORED, label: Any = None) -> Any:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as file:
        file.writestr(LABEL, label or json.dumps({"kind": KIND, "version": PERFORMANCE_FORMAT}))
        for name, data in members:
            file.writestr(name, data)
    return stream.getvalue()


def poisons(performance: Any, whole: Any) -> Any:
    """By name, files that look like a performance."""
    arrays = performance.to_arrays()

    def changed(**new: Any) -> Any:
        return archive([(f"{name}.npy", npy(array)) for name, array in (arrays | new).items()])

    size = struct.Struct("<I")
    pickled = np.array([Trap()], object)
    stream = io.BytesIO()
    np.save(stream, pickled, allow_pickle=True)
    times = arrays["times"]
    huge = npy(times, shape=(b"(10,), }         ", b"(99999999999,), }"))
    boxes = arrays["mouth_boxes"].copy()
    boxes[0, 2:] = 30000
    central = whole.rindex(b"PK\x01\x02")
    return {
        "empty": b"",
        "a pickle": pickle.dumps(Trap()),
        "cut": whole[: len(whole) // 2],
        "cut in the directory": whole[:-30],
        "one bit": whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:],
        "an array of objects": archive([("times.npy", stream.getvalue())]),
        "a pickle in place of an array": archive([("times.npy", pickle.dumps(Trap()))]),
        "a header that is code": archive([("times.npy", npy(times, a=(b"'<f8'", b"open(")))]),
        "a shape far above the file": archive([("times.npy", huge)]),
        "a shape below nothing": archive([("times.npy", npy(times, shape=(b"(10,)", b"(-9,)")))]),
        "a compressed bomb": archive([("times.npy", npy(np.zeros(10**6)))], zipfile.ZIP_DEFLATED),
        "a member that climbs": archive([("../../evil.npy", npy(times))]),
        "a member of another kind": archive([("run.py", b"open('sprung', 'w')")]),
        "thousands of members": archive([(f"{k}.npy", b"") for k in range(3000)]),
        "a member twice": whole[:central] + archive([("times.npy", npy(times))] * 2),
        "an endless label": archive([], label="[" * 900),
        "another version": archive([], label=json.dumps({"kind": KIND, "version": PERFORMANCE_FORMAT + 1})),
        "a size beyond the end": whole.replace(whole[central + 20 : central + 28], size.pack(2**31) * 2),
        "nothing but a label": archive([]),
        "times that stand still": changed(times=np.zeros_like(times)),
        "numbers that are none": changed(points=np.full_like(arrays["points"], np.nan)),
        "a face that is one point": changed(points=np.zeros_like(arrays["points"])),
        "ratios beyond all light": changed(log_ratios=np.full_like(arrays["log_ratios"], 9e3)),
        "scores above 1": changed(blendshapes=np.full_like(arrays["blendshapes"], 7)),
        "points beyond any clip": changed(points=np.full_like(arrays["points"], 1e9)),
        "a neutral frame that is not there": changed(neutral=np.int64(99)),
        "mouths larger than their pixels": changed(mouth_boxes=boxes),
        "starts that run backwards": changed(mouth_starts=arrays["mouth_starts"][::-1].copy()),
    }


POISONS = 28


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_poisoned_performances_are_refused(
    performance: Performance, performance_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    files = poisons(performance, performance_file.read_bytes())
    assert len(files) == POISONS
    for name, data in files.items():
        path = tmp_path / "poison.performance"
        path.write_bytes(data)
        with pytest.raises(InputError) as refusal:
            load_performance(path)
            pytest.fail(name)
        with pytest.raises(InputError, match=r"poison\.performance: [^\n]*$"):
            run(TrackJob(path))  # as the driver of a portrait
            pytest.fail(name)
        assert re.fullmatch(
            r".*poison\.performance: is (no usable|a damaged) performance file.*Track the clip again\.",
            str(refusal.value),
        ), name
    assert [path.name for path in tmp_path.iterdir()] == ["poison.performance"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_poisoned_caches_are_made_again(
    performance: Performance,
    performance_file: Path,
    clip_file: Path,
    times: Callable[[int, int], int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cache = Cache(tmp_path / "cache")
    whole = performance_fingerprint(run(TrackJob(clip_file, neutral=1, cache=cache)))
    (kept,) = cache.folder.iterdir()
    good = kept.read_bytes()
    monkeypatch.setattr(tracking, "track_steps", lambda *_, **__: remade())

    def remade() -> Generator[Progress, None, Performance]:
        yield from ()
        return performance

    for data in list(poisons(performance, performance_file.read_bytes()).values())[:: times(4, 1)]:
        kept.write_bytes(data)
        assert performance_fingerprint(run(TrackJob(clip_file, neutral=1, cache=cache))) == whole
        assert kept.read_bytes() == good


def test_arrays_of_another_platform_are_the_same(performance: Performance, tmp_path: Path) -> None:
    """Where numpy's default whole number has 32 bits, the file still holds 64."""
    arrays = performance.to_arrays()
    assert {name: str(arrays[name].dtype) for name in ("size", "neutral", "faces", "mouth_starts")} == dict.fromkeys(
        ("size", "neutral", "faces", "mouth_starts"), "int64"
    )
    write_archive(tmp_path / "a", arrays, KIND, PERFORMANCE_FORMAT)
    assert performance_fingerprint(load_performance(tmp_path / "a")) == performance_fingerprint(performance)


@pytest.mark.parametrize(
    "text",
    [
        '{"depth": __import__("os")}',
        '{"depth": [[1, 1e400]]}',
        '{"__class__": 1}',
        '{"depth": ' + "9" * 5000 + "}",
        "\0",
        "{}{}",
    ],
)
def test_poisoned_settings_are_refused(tmp_path: Path, text: Any) -> None:
    (tmp_path / "settings.json").write_text(text)
    with pytest.raises(InputError, match=r"settings\.json: [^\n]*$"):
        read_settings(tmp_path / "settings.json")


def test_a_settings_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "settings.json").open("wb") as file:
        file.truncate(1 << 30)
    with pytest.raises(InputError, match=r"settings\.json: is larger than 16 MiB"):
        read_settings(tmp_path / "settings.json")


@pytest.mark.parametrize("harm", ["one byte", "cut", "longer"])
@pytest.mark.parametrize("name", sorted(models._SHA256))
def test_a_model_that_is_not_ours_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: Any, harm: Any
) -> None:
    shutil.copy(models._FOLDER / name, tmp_path / name)
    data = bytearray((tmp_path / name).read_bytes())
    if harm == "one byte":
        data[len(data) // 3] ^= 0x10
    elif harm == "cut":
        del data[-1:]
    else:
        data += b"\0"
    (tmp_path / name).write_bytes(data)
    monkeypatch.setattr(models, "_FOLDER", tmp_path)
    with pytest.raises(InputError, match=rf"{re.escape(name)}: damaged or replaced\. Install Living Portraits again\."):
        models.load_model(name)
