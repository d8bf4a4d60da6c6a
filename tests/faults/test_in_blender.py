"""What an artist does while a bake runs, and what becomes of a file on a machine without the add-on."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.blender.data import frames
from portrait_addon.blender.operators.jobs import JobOperator
from portrait_addon.blender.running import job_builders, runner, unfinished
from portrait_addon.blender.viewport import plane, preview
from portrait_addon.jobs.manifest import MANIFEST_NAME, read_manifest
from portrait_addon.media.files import PARTIAL

ROOT = Path(__file__).parents[2]
TICK = SimpleNamespace(type="TIMER", value="NOTHING")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def no_cache_of_the_user(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One for all tests here: the clip is tracked once."""
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(home))


@pytest.fixture(scope="module")
def sequence(smile: list[NDArray[np.uint8]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first of eight pictures."""
    folder = tmp_path_factory.mktemp("clip")
    for number, picture in enumerate(smile[:24:3]):
        cv2.imwrite(str(folder / f"man_{number + 1:03d}.png"), picture)
    return folder / "man_001.png"


@pytest.fixture
def ready(addon: None, remembered_networks: None, sitter_file: Path, sequence: Path, tmp_path: Path) -> Iterator[Any]:
    """A portrait with its clip, tracked, in a fresh scene."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.context.scene.render.fps = 25
    assert bpy.ops.portrait.add(filepath=str(sitter_file)) == {"FINISHED"}
    ob = bpy.context.object
    ob.portrait.clip = bpy.data.movieclips.load(str(sequence))
    ob.portrait.output_folder = str(tmp_path / "out")
    assert bpy.ops.portrait.track() == {"FINISHED"}
    yield ob
    runner.end()


class Stepped(JobOperator):
    """The bake operator as a window would run it, without a window."""

    bl_label = "Bake"

    def __init__(self, ob: Any) -> None:
        self.reports: list[Any] = []
        bpy.context.view_layer.objects.active = ob

    def starter(self) -> Any:
        return job_builders.bake

    def report(self, kind: Any, text: Any) -> None:
        self.reports.append(f"{min(kind)}: {text}")


def begun(ob: Any, frames: Any) -> Any:
    """A bake that has composed so many frames."""
    operator = Stepped(ob)
    assert operator._start(bpy.context)
    running = runner.current()
    while running.progress.text != "Baking" or running.progress.done < frames:
        running.progress = next(running._steps)
    return operator


def to_its_end(operator: Any) -> Any:
    answer = {"PASS_THROUGH"}
    while answer == {"PASS_THROUGH"}:
        answer = operator.modal(bpy.context, TICK)
    return answer


def nothing_half_done(folder: Any) -> None:
    """Frames are whole and listed, no thread and no partial file is left."""
    assert runner.current() is None
    assert not [thread for thread in threading.enumerate() if "portrait-worker" in thread.name]
    assert not [path for path in folder.rglob("*") if path.name.endswith(PARTIAL) or path.name == ".bake.lock"]
    for listed in folder.rglob(MANIFEST_NAME):
        entries = read_manifest(listed.parent)
        for path in listed.parent.glob("frame_*.png"):
            assert entries[int(path.stem[6:])].is_whole({"png": path})
            assert cv2.imread(str(path)) is not None


EVENTS = {
    "another file is loaded": lambda ob: bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True),
    "the object is deleted": lambda ob: bpy.data.objects.remove(ob),
    "the scene is deleted": lambda ob: bpy.data.scenes.remove(bpy.data.scenes.new("other") and ob.users_scene[0]),
    "the portrait's image is deleted": lambda ob: bpy.data.images.remove(ob.portrait.portrait),
    "the clip is deleted": lambda ob: bpy.data.movieclips.remove(ob.portrait.clip),
    "the object is renamed": lambda ob: setattr(ob, "name", "another"),
    "the file is saved": lambda ob: bpy.ops.wm.save_as_mainfile(filepath=str(Path(bpy.app.tempdir) / "saved.blend")),
    "the scene is rendered": lambda ob: render(ob),
}


def render(ob: Any) -> None:
    bpy.ops.portrait.frame_camera()
    bpy.context.scene.render.engine = "CYCLES"
    bpy.context.scene.cycles.samples = 1
    bpy.context.scene.render.resolution_percentage = 5
    bpy.ops.render.render()


@pytest.mark.parametrize("frames", [1, 5])
@pytest.mark.parametrize("event", EVENTS)
def test_during_a_bake(ready: Any, tmp_path: Path, event: Any, frames: Any) -> None:
    operator = begun(ready, frames)
    EVENTS[event](ready)
    assert to_its_end(operator) in ({"FINISHED"}, {"CANCELLED"})
    nothing_half_done(tmp_path / "out")
    assert list((tmp_path / "out").rglob("frame_*.png"))


def test_undo_during_a_bake(ready: Any, tmp_path: Path) -> None:
    bpy.ops.ed.undo_push(message="before")
    ready.location.x = 3
    bpy.ops.ed.undo_push(message="moved")
    operator = begun(ready, 2)
    bpy.ops.ed.undo()
    assert to_its_end(operator) == {"FINISHED"}
    nothing_half_done(tmp_path / "out")
    assert len(list((tmp_path / "out").rglob("frame_*.png"))) == 8


def test_the_add_on_is_disabled_during_a_bake(ready: Any, tmp_path: Path) -> None:
    import addon_utils

    operator = begun(ready, 3)
    addon_utils.disable("portrait_addon", default_set=False)
    try:
        nothing_half_done(tmp_path / "out")
        assert operator.modal(bpy.context, TICK) == {"CANCELLED"}
    finally:
        addon_utils.enable("portrait_addon", default_set=True)


def test_only_the_main_thread_meets_blender(ready: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The workers' threads import nothing of Blender's: what they run lies in rooms that do not know it."""
    from portrait_addon.jobs import baking, outputs

    seen = []
    write = outputs.Outputs.write

    def noted(self: Any, *arguments: Any) -> Any:
        seen.append(threading.current_thread() is threading.main_thread())
        return write(self, *arguments)

    monkeypatch.setattr(outputs.Outputs, "write", noted)
    bpy.ops.portrait.bake()
    assert seen == [False] * 8
    assert not hasattr(baking, "bpy")
    assert not hasattr(outputs, "bpy")


WITHOUT_ADD_ON = """
import sys, bpy
source, saved, picture = sys.argv[-3:]
bpy.ops.wm.open_mainfile(filepath=source)
assert not hasattr(bpy.types.Object, "portrait")
bpy.context.scene.render.filepath = picture
bpy.context.scene.frame_set(4)
bpy.ops.render.render(write_still=True)
bpy.ops.wm.save_as_mainfile(filepath=saved)
print("done", flush=True)
import os
os._exit(0)  # Blender's module can hang where it should end
"""


def test_a_file_saved_without_the_add_on(ready: Any, tmp_path: Path) -> None:
    """Settings and keyframes come back, and the frames render there."""
    ready.portrait.head_motion = 0.25
    for frame, value in ((2, 1.0), (6, 0.5)):
        ready.portrait.expression = value
        ready.keyframe_insert("portrait.expression", frame=frame)
    assert bpy.ops.portrait.bake() == {"FINISHED"}
    bpy.ops.portrait.frame_camera()
    scene = bpy.context.scene
    scene.render.resolution_x = scene.render.resolution_y = 64
    scene.render.engine = "CYCLES"
    scene.cycles.samples = 1
    scene.render.image_settings.file_format = "PNG"
    source, saved, picture = (tmp_path / name for name in ("with.blend", "without.blend", "frame.png"))
    bpy.ops.wm.save_as_mainfile(filepath=str(source))
    run = subprocess.run(
        [sys.executable, "-c", WITHOUT_ADD_ON, str(source), str(saved), str(picture)],
        capture_output=True, text=True, timeout=120, cwd=tmp_path,
    )  # fmt: skip
    assert "done" in run.stdout, run.stdout + run.stderr
    assert np.ptp(cv2.imread(str(picture))) > 60  # a face, and neither black nor pink
    bpy.ops.wm.open_mainfile(filepath=str(saved))
    ob = bpy.data.objects["ford"]
    assert ob.portrait.head_motion == pytest.approx(0.25)
    bpy.context.scene.frame_set(6)
    assert ob.portrait.expression == pytest.approx(0.5)
    assert ob.portrait.frame_count == 8
    assert unfinished.describe(ob, bpy.context.scene) is None


def linked(ready: Any, folder: Any) -> Any:
    """The collection of a portrait that was baked in a file of its own, linked into a fresh one."""
    collection = bpy.data.collections.new("Portraits")
    for old in ready.users_collection:
        old.objects.unlink(ready)
    collection.objects.link(ready)
    bpy.context.scene.collection.children.link(collection)
    bpy.context.view_layer.objects.active = ready
    assert bpy.ops.portrait.bake() == {"FINISHED"}
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "library.blend"))
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.context.scene.render.fps = 25
    (folder / "shot").mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot" / "shot.blend"))
    with bpy.data.libraries.load(str(folder / "library.blend"), link=True) as (_, wanted):
        wanted.collections = ["Portraits"]
    bpy.context.scene.collection.children.link(wanted.collections[0])
    return wanted.collections[0]


def test_a_linked_portrait_shows_its_frames_and_is_left_alone(ready: Any, tmp_path: Path) -> None:
    ob = linked(ready, tmp_path).objects[0]
    bpy.context.view_layer.objects.active = ob
    assert ob.portrait.frame_count == 8
    assert not preview._wants(ob)
    for job in (bpy.ops.portrait.track, bpy.ops.portrait.bake):
        with pytest.raises(RuntimeError, match=r"ford is linked from another file: choose Object > Library Override"):
            job()


def test_a_library_override_is_a_portrait_of_its_own(ready: Any, tmp_path: Path) -> None:
    """Its settings and frames stay in its file; those of the library are as they were."""
    before = {path: path.read_bytes() for path in (tmp_path / "out").rglob("frame_*.png")}
    collection = linked(ready, tmp_path)
    collection.override_hierarchy_create(bpy.context.scene, bpy.context.view_layer, do_fully_editable=True)
    (ob,) = (ob for ob in bpy.context.scene.objects if ob.library is None)
    bpy.context.view_layer.objects.active = ob
    ob.portrait.expression, ob.portrait.start_frame = 0.25, 5
    ob.portrait.output_folder = str(tmp_path / "shot" / "frames")
    assert bpy.ops.portrait.bake() == {"FINISHED"}
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=bpy.data.filepath)
    (ob,) = (ob for ob in bpy.context.scene.objects if ob.library is None)
    original = ob.override_library.reference
    assert (ob.portrait.expression, ob.portrait.start_frame) == (0.25, 5)
    assert (original.portrait.expression, original.portrait.start_frame) == (1, 1)
    assert frames.frames_folder(ob) == tmp_path / "shot" / "frames" / "ford"
    assert plane.image_node(ob).image == ob.portrait.frames
    assert plane.image_node(original).image == original.portrait.frames != ob.portrait.frames
    assert len(list((tmp_path / "shot").rglob("frame_*.png"))) == 8
    assert before.items() <= {path: path.read_bytes() for path in (tmp_path / "out").rglob("frame_*.png")}.items()
