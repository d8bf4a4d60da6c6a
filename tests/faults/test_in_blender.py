"""What an artist does while a bake runs, and what becomes of a file on a machine without the add-on."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import bpy
import cv2
import numpy as np
import pytest

from portrait_addon.blender import runner, work
from portrait_addon.blender.operators.jobs import JobOperator
from portrait_addon.jobs.manifest import MANIFEST_NAME, read_manifest
from portrait_addon.media.files import PARTIAL

ROOT = Path(__file__).parents[2]
TICK = SimpleNamespace(type="TIMER", value="NOTHING")


@pytest.fixture
def ready(addon, sitter_file, smile, tmp_path):
    """A portrait with its clip, tracked, in a fresh scene."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    folder = tmp_path / "clip"
    folder.mkdir()
    for number, picture in enumerate(smile[:24:3]):
        cv2.imwrite(str(folder / f"man_{number + 1:03d}.png"), picture)
    bpy.context.scene.render.fps = 25
    assert bpy.ops.portrait.add(filepath=str(sitter_file)) == {"FINISHED"}
    ob = bpy.context.object
    ob.portrait.clip = bpy.data.movieclips.load(str(folder / "man_001.png"))
    ob.portrait.output_folder = str(tmp_path / "out")
    assert bpy.ops.portrait.track() == {"FINISHED"}
    yield ob
    runner.end()


class Stepped(JobOperator):
    """The bake operator as a window would run it, without a window."""

    bl_label = "Bake"

    def __init__(self, ob):
        self.reports = []
        bpy.context.view_layer.objects.active = ob

    def starter(self):
        return work.bake

    def report(self, kind, text):
        self.reports.append(f"{min(kind)}: {text}")


def begun(ob, frames):
    """A bake that has composed so many frames."""
    operator = Stepped(ob)
    assert operator._start(bpy.context)
    running = runner.current()
    while running.progress.text != "Baking" or running.progress.done < frames:
        running.progress = next(running._steps)
    return operator


def to_its_end(operator):
    answer = {"PASS_THROUGH"}
    while answer == {"PASS_THROUGH"}:
        answer = operator.modal(bpy.context, TICK)
    return answer


def nothing_half_done(folder):
    """Frames are whole and listed, no thread and no partial file is left."""
    assert runner.current() is None
    assert not [thread for thread in threading.enumerate() if "portrait-writer" in thread.name]
    assert not [path for path in folder.rglob("*") if path.name.endswith(PARTIAL) or path.name == ".bake.lock"]
    for listed in folder.rglob(MANIFEST_NAME):
        entries = read_manifest(listed.parent)
        for path in listed.parent.glob("frame_*.png"):
            assert entries[int(path.stem[6:])].is_whole(path)
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


def render(ob):
    bpy.ops.portrait.frame_camera()
    bpy.context.scene.render.engine = "CYCLES"
    bpy.context.scene.cycles.samples = 1
    bpy.context.scene.render.resolution_percentage = 5
    bpy.ops.render.render()


@pytest.mark.parametrize("frames", [1, 5])
@pytest.mark.parametrize("event", EVENTS)
def test_during_a_bake(ready, tmp_path, event, frames):
    operator = begun(ready, frames)
    EVENTS[event](ready)
    assert to_its_end(operator) in ({"FINISHED"}, {"CANCELLED"})
    nothing_half_done(tmp_path / "out")
    assert list((tmp_path / "out").rglob("frame_*.png"))


def test_undo_during_a_bake(ready, tmp_path):
    bpy.ops.ed.undo_push(message="before")
    ready.location.x = 3
    bpy.ops.ed.undo_push(message="moved")
    operator = begun(ready, 2)
    bpy.ops.ed.undo()
    assert to_its_end(operator) == {"FINISHED"}
    nothing_half_done(tmp_path / "out")
    assert len(list((tmp_path / "out").rglob("frame_*.png"))) == 8


def test_the_add_on_is_disabled_during_a_bake(ready, tmp_path):
    import addon_utils

    operator = begun(ready, 3)
    addon_utils.disable("portrait_addon", default_set=False)
    try:
        nothing_half_done(tmp_path / "out")
        assert operator.modal(bpy.context, TICK) == {"CANCELLED"}
    finally:
        addon_utils.enable("portrait_addon", default_set=True)


def test_only_the_main_thread_meets_blender(ready, monkeypatch):
    """The writers' threads import nothing of Blender's: what they run lies in rooms that do not know it."""
    import portrait_addon.jobs.baking as baking

    seen = []
    write = baking.BakeJob._write_frame

    def noted(job, *arguments):
        seen.append(threading.current_thread() is threading.main_thread())
        return write(job, *arguments)

    monkeypatch.setattr(baking.BakeJob, "_write_frame", noted)
    bpy.ops.portrait.bake()
    assert seen == [False] * 8
    assert not hasattr(baking, "bpy")


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


def test_a_file_saved_without_the_add_on(ready, tmp_path):
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
    assert work.describe_unfinished(ob, bpy.context.scene) is None
