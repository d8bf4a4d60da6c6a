"""Panels drawn against a layout that checks every name, in every state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import pytest

from portrait_addon.blender.data.events import BakedFrames
from portrait_addon.blender.operators import add as add_operators
from portrait_addon.blender.operators import view as view_operators
from portrait_addon.blender.output import anchors
from portrait_addon.blender.panels import in_scene, timing, workflow
from portrait_addon.blender.panels import points as point_panels
from portrait_addon.blender.panels import settings as object_panels
from portrait_addon.blender.running import runner
from portrait_addon.blender.viewport import plane
from portrait_addon.pipeline.frame.result import CHANNELS
from portrait_addon.pipeline.records.progress import Progress
from portrait_addon.pipeline.records.settings import parameters

ICONS = bpy.types.UILayout.bl_rna.functions["label"].parameters["icon"].enum_items.keys()


class OperatorSettings:
    """Takes what a panel sets on an operator; refuses what the operator does not have."""

    def __init__(self, rna: Any) -> None:
        object.__setattr__(self, "rna", rna)

    def __setattr__(self, name: str, value: Any) -> None:
        assert name in self.rna.properties


class RecordingLayout:
    """Takes what panels ask of a layout; refuses names that Blender would refuse; remembers what a person reads."""

    def __init__(self, seen: list[str] | None = None) -> None:
        self.seen: list[str] = [] if seen is None else seen

    def row(self, align: bool = False) -> RecordingLayout:
        return RecordingLayout(self.seen)

    column = box = row

    def separator(self) -> None:
        pass

    def label(self, text: str, icon: str = "NONE") -> None:
        assert icon in ICONS
        self.seen.append(text)

    def prop(
        self,
        data: Any,
        name: str,
        slider: bool = False,
        toggle: bool = False,
        text: str | None = None,
        icon: str = "NONE",
        index: int = -1,
    ) -> None:
        assert icon in ICONS
        self.seen.append(text if name[2:-2] in data else data.bl_rna.properties[name].name)

    def template_ID(self, data: Any, name: str, open: str, text: str = "") -> None:  # noqa: N802
        assert data.bl_rna.properties[name].type == "POINTER"
        self.operator(open, text=text)

    def template_list(self, kind: str, name: str, data: Any, items: str, active: Any, index: str, rows: int) -> None:
        assert hasattr(bpy.types, kind)
        assert active.bl_rna.properties[index].type == "INT"
        self.seen += [item.name for item in getattr(data, items)]

    def operator(self, name: str, text: str | None = None, icon: str = "NONE") -> Any:
        assert icon in ICONS
        group, verb = name.split(".")
        rna = getattr(getattr(bpy.ops, group), verb).get_rna_type()
        self.seen.append(rna.name if text is None else text)
        return OperatorSettings(rna)

    def popover(self, panel: str, icon: str = "NONE", text: str = "") -> None:
        assert icon in ICONS
        assert issubclass(getattr(bpy.types, panel), bpy.types.Panel)
        self.seen.append(text)

    def progress(self, factor: float, text: str) -> None:
        assert 0 <= factor <= 1
        self.seen.append(text)


def draw(panel: Any) -> list[str]:
    layout = RecordingLayout()
    panel.draw(SimpleNamespace(layout=layout), bpy.context)
    return layout.seen


@pytest.fixture
def running(add: Callable[..., Any]) -> Iterator[runner.RunningJob]:
    """A job in the middle of its work."""

    class Job:
        notes: list[str] = []  # noqa: RUF012

        def steps(self) -> Iterator[Progress]:
            while True:
                yield Progress(3, 10, "Baking")

    job = runner.RunningJob("Baking", Job(), add(), lambda ob, result: "")  # type: ignore[arg-type]
    runner.begin(job)
    job.step(0.001)
    yield job
    runner.end_all()


def test_without_a_portrait_the_sidebar_offers_to_add_one() -> None:
    assert draw(workflow.PORTRAIT_PT_workflow) == ["Add Portrait..."]
    assert not object_panels.PORTRAIT_PT_object.poll(bpy.context)


def test_a_new_portrait_shows_inputs_parameters_and_steps(add: Callable[..., Any]) -> None:
    add()
    seen = draw(workflow.PORTRAIT_PT_workflow)
    labels = [parameter.label for parameter in parameters()]
    for text in ("Portrait", "Driving Clip", "Neutral Frame", *labels, "Track", "Bake", "Render Set-up"):
        assert text in seen
    assert not any(text.startswith(("Tracked", "Baked")) for text in seen)


def test_the_scene_panel_shows_anchors_and_channels_once_there_are_some(add: Callable[..., Any]) -> None:
    ob = add()
    assert draw(in_scene.PORTRAIT_PT_in_scene) == ["Cut Out", "Add Anchors"]
    assert not in_scene.PORTRAIT_PT_channels.poll(bpy.context)
    anchors.make(ob)
    assert draw(in_scene.PORTRAIT_PT_in_scene)[2:] == [f"On {ob.name} anchors", "Scale"]
    assert in_scene.PORTRAIT_PT_channels.poll(bpy.context)
    assert draw(in_scene.PORTRAIT_PT_channels) == list(CHANNELS)


def test_the_object_tab_has_all_settings(add: Callable[..., Any]) -> None:
    add()
    assert object_panels.PORTRAIT_PT_object.poll(bpy.context)
    assert draw(object_panels.PORTRAIT_PT_object)[2:] == ["Neutral Frame", "Start Frame"]
    assert draw(object_panels.PORTRAIT_PT_output) == [
        "Material",
        "Cut Out",
        "Output",
        "Frames",
        "Passes",
        "Passes in One File",
    ]
    assert draw(object_panels.PORTRAIT_PT_parameters) == [parameter.label for parameter in parameters()]


def test_the_panels_of_time_show_what_there_is(add: Callable[..., Any]) -> None:
    ob = add()
    seen = draw(timing.PORTRAIT_PT_timing)
    for text in ("Match Scene to Clip", "Add Sound", "Retime", "In", "Out", "Repeat", "Find Loop"):
        assert text in seen
    assert "Seam" not in seen
    ob.portrait.repeat, ob.portrait.retime = "LOOP", True
    seen = draw(timing.PORTRAIT_PT_timing)
    assert "Seam" in seen
    assert "Clip Frame" in seen
    assert "Blend" not in draw(timing.PORTRAIT_PT_reactions)
    ob.portrait.reactions.add().name = "smile"
    seen = draw(timing.PORTRAIT_PT_reactions)
    for text in ("smile", "Marker: smile", "Idle", "Blend", "In Between", "Neutral Frame", "Influence"):
        assert text in seen
    assert "Start Frame" not in seen
    ob.portrait.reactions[0].influence = 0.5
    assert "Start Frame" in draw(timing.PORTRAIT_PT_reactions)


def test_what_was_tracked_and_baked_is_said(add: Callable[..., Any], write_frames: Callable[..., Path]) -> None:
    ob = add()
    ob.portrait.clip = bpy.data.movieclips.load(str(write_frames(2) / "frame_0001.png"))
    ob.portrait.tracked_frames, ob.portrait.tracked_neutral, ob.portrait.notes = 72, 5, "No face in 1 frames"
    plane.show_frames(ob, BakedFrames(write_frames(2) / "frame_0001.png", 1, 2, (48, 64), has_alpha=False))
    seen = draw(workflow.PORTRAIT_PT_workflow)
    assert "Tracked 72 clip frames, neutral frame 5" in seen
    assert "No face in 1 frames" in seen
    assert "Baked 2 scene frames" in seen
    ob.portrait.clip = None
    assert workflow.state_lines(ob) == ["Baked 2 scene frames"]


def test_a_neutral_frame_that_is_not_tracked_yet_is_said(add: Callable[..., Any]) -> None:
    ob = add()
    ob.portrait.tracked_neutral = 3
    assert not any(text.startswith("Track again") for text in draw(workflow.PORTRAIT_PT_workflow))
    ob.portrait.neutral_frame = 4
    assert "Track again to use neutral frame 4" in draw(workflow.PORTRAIT_PT_workflow)


def test_the_panel_says_why_there_is_no_preview(add: Callable[..., Any], write_frames: Callable[..., Path]) -> None:
    ob = add()
    ob.portrait.clip = bpy.data.movieclips.load(str(write_frames(2) / "frame_0001.png"))
    bpy.context.scene.frame_set(2)
    assert "Track the clip to see the preview" in draw(workflow.PORTRAIT_PT_workflow)
    ob.portrait.preview = False
    assert "Track the clip to see the preview" not in draw(workflow.PORTRAIT_PT_workflow)


def test_progress_is_shown_with_a_way_out(running: runner.RunningJob) -> None:
    seen = draw(workflow.PORTRAIT_PT_workflow)
    assert "Baking 3 of 10" in seen
    runner.wait(runner.Waiting("Bake", bpy.context.object.session_uid, 0, lambda ob, scene: running))
    assert "Next: Bake colours" in draw(workflow.PORTRAIT_PT_workflow)
    assert bpy.ops.portrait.cancel.poll()
    bpy.ops.portrait.cancel()
    assert runner.current() is None
    assert not bpy.ops.portrait.cancel.poll()


def test_the_panel_says_when_the_view_alters_the_colours(add: Callable[..., Any], scene: Any) -> None:
    add()
    scene.view_settings.view_transform = "AgX"
    scene.view_settings.exposure = 1
    seen = draw(workflow.PORTRAIT_PT_workflow)
    assert "Exposure: 1.0" in seen
    assert any(text.startswith("View") and text.endswith(": AgX") for text in seen)
    assert scene.view_settings.view_transform == "AgX"
    bpy.ops.portrait.use_standard_view()
    assert "Use Standard View" not in draw(workflow.PORTRAIT_PT_workflow)


@pytest.mark.parametrize(
    ("shading", "color_type", "hidden"),
    [("WIREFRAME", "", True), ("SOLID", "MATERIAL", True), ("SOLID", "TEXTURE", False), ("RENDERED", "", False)],
)
def test_the_panel_says_when_the_view_hides_the_picture(shading: str, color_type: str, hidden: bool) -> None:
    space = SimpleNamespace(type="VIEW_3D", shading=SimpleNamespace(type=shading, color_type=color_type))
    assert view_operators.hides_pictures(space) == hidden


def test_the_points_panel_in_every_state(ready: Any) -> None:
    assert point_panels.PORTRAIT_PT_points.poll(bpy.context)
    seen = draw(point_panels.PORTRAIT_PT_points)
    for text in ("Face", "Place by Hand", "Driving Face", "Ease", "Show Points in Clip Editor"):
        assert text in seen
    assert not any("moved" in text or "Drag" in text for text in seen)
    ready.portrait.show_points = True
    bpy.ops.portrait.move_point(handle="jaw_9", offset=(0.0, 0.1))
    bpy.ops.portrait.move_point(handle="nose_4", offset=(0.0, 0.1), frame=2)
    bpy.ops.portrait.move_point(handle="nose_5", offset=(0.0, 0.1), frame=2)
    seen = draw(point_panels.PORTRAIT_PT_points)
    assert "Drag a point; Ctrl-click puts it back" in seen
    assert [text for text in seen if text.endswith("moved")] == ["1 point moved", "2 points moved"]
    bpy.ops.portrait.place_face()
    seen = draw(point_panels.PORTRAIT_PT_points)
    for text in ("Place by Hand", "Location", "Size", "Rotation"):
        assert text in seen
    ready.portrait.clip = None
    assert "Ease" not in draw(point_panels.PORTRAIT_PT_points)
    ready.portrait.corrections = "damaged"
    assert "1 point moved" in draw(point_panels.PORTRAIT_PT_points)


def test_adding_and_framing_leave_the_view_alone(add: Callable[..., Any], scene: Any) -> None:
    before = scene.view_settings.view_transform, scene.view_settings.look
    add()
    bpy.ops.portrait.frame_camera()
    assert (scene.view_settings.view_transform, scene.view_settings.look) == before


def test_the_menu_entry_can_be_drawn() -> None:
    layout = RecordingLayout()
    add_operators.draw_menu_entry(SimpleNamespace(layout=layout), bpy.context)
    assert layout.seen == ["Living Portrait..."]
