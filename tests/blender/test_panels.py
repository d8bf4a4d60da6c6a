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
from portrait_addon.blender.operators import menus
from portrait_addon.blender.operators import view as view_operators
from portrait_addon.blender.output import anchors
from portrait_addon.blender.panels import (
    SIDEBAR,
    bake,
    camera,
    faces,
    in_scene,
    performance,
    render,
    source,
    timing,
    workflow,
)
from portrait_addon.blender.panels import points as point_panels
from portrait_addon.blender.panels import settings as object_panels
from portrait_addon.blender.running import object_cache, runner
from portrait_addon.blender.viewport import plane
from portrait_addon.pipeline.frame.result import CHANNELS
from portrait_addon.pipeline.records.progress import Progress
from portrait_addon.pipeline.records.settings import parameters

ICONS = bpy.types.UILayout.bl_rna.functions["label"].parameters["icon"].enum_items.keys()


@pytest.fixture
def live_preview() -> bool:
    return True


class OperatorSettings:
    """Takes what a panel sets on an operator; refuses what the operator does not have."""

    rna: Any

    def __init__(self, rna: Any) -> None:
        object.__setattr__(self, "rna", rna)

    def __setattr__(self, name: str, value: Any) -> None:
        assert name in self.rna.properties


class RecordingLayout:
    """Takes what panels ask of a layout; refuses names that Blender would refuse; remembers what a person reads."""

    def __init__(self, seen: list[str] | None = None) -> None:
        self.seen: list[str] = [] if seen is None else seen

    def row(self, align: bool = False, heading: str = "") -> RecordingLayout:
        self.seen += [heading] if heading.strip() else []
        return RecordingLayout(self.seen)

    column = row

    def split(self, factor: float, align: bool = False) -> RecordingLayout:
        assert 0 < factor < 1
        return RecordingLayout(self.seen)

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
        expand: bool = False,
        text: str | None = None,
        icon: str = "NONE",
        emboss: bool = True,
        index: int = -1,
    ) -> None:
        assert icon in ICONS
        self.seen.append(str(text) if name[2:-2] in data else data.bl_rna.properties[name].name)

    def menu(self, name: str, icon: str = "NONE") -> None:
        assert icon in ICONS
        self.seen.append(getattr(bpy.types, name).bl_label)

    def template_ID(self, data: Any, name: str, open: str, text: str = "") -> None:  # noqa: N802
        assert data.bl_rna.properties[name].type == "POINTER"
        self.operator(open, text=text)

    def template_list(self, kind: str, name: str, data: Any, items: str, active: Any, index: str, rows: int) -> None:
        assert hasattr(bpy.types, kind)
        assert active.bl_rna.properties[index].type == "INT"
        self.seen += [item.name for item in getattr(data, items)]

    def operator(
        self, name: str, text: str | None = None, icon: str = "NONE", emboss: bool = True, depress: bool = False
    ) -> Any:
        assert icon in ICONS
        group, verb = name.split(".")
        rna = getattr(getattr(bpy.ops, group), verb).get_rna_type()
        self.seen.append(rna.name if text is None else text)
        return OperatorSettings(rna)

    def operator_menu_enum(self, name: str, property: str, icon: str = "NONE") -> None:
        """A menu with an entry for each item of an operator's property."""
        operator = getattr(bpy.types, f"PORTRAIT_OT_{name.removeprefix('portrait.')}")
        assert property in operator.__annotations__
        self.seen.append(operator.bl_label)

    def popover(self, panel: str, icon: str = "NONE", text: str = "") -> None:
        assert icon in ICONS
        assert issubclass(getattr(bpy.types, panel), bpy.types.Panel)
        self.seen.append(text)

    def progress(self, factor: float, text: str) -> None:
        assert 0 <= factor <= 1
        self.seen.append(text)


def draw(*panels: Any) -> list[str]:
    layout = RecordingLayout()
    for panel in panels:
        panel.draw(SimpleNamespace(layout=layout), bpy.context)
    return layout.seen


def draw_open() -> list[str]:
    """What a newcomer sees: the panels of the sidebar that are not folded, from top to bottom."""
    panels = [cls for module in SIDEBAR for cls in module.CLASSES if issubclass(cls, bpy.types.Panel)]
    return draw(*(panel for panel in panels if "DEFAULT_CLOSED" not in getattr(panel, "bl_options", ())))


@pytest.fixture
def running(add: Callable[..., Any]) -> Iterator[runner.RunningJob]:
    """A job in the middle of its work."""

    class Job:
        notes: list[str] = []  # noqa: RUF012

        def steps(self) -> Iterator[Progress]:
            while True:
                yield Progress(3, 10, "Baking")

    job = runner.RunningJob("Baking", Job(), add(), lambda ob, result: "")  # type: ignore[arg-type]  # stands for a job
    runner.begin(job)
    job.step(0.001)
    yield job
    runner.end_all()


def test_without_a_portrait_the_sidebar_offers_to_add_one() -> None:
    assert draw(workflow.PORTRAIT_PT_workflow) == ["Add Portrait..."]
    assert not object_panels.PORTRAIT_PT_object.poll(bpy.context)


def test_a_new_portrait_shows_what_is_needed_in_the_order_of_the_work(add: Callable[..., Any]) -> None:
    add()
    seen = draw_open()
    sliders = ["Head Motion", "Expression", "Eyes", "Brows", "Mouth", "Wrinkles"]
    chosen = ["Portrait", "Driven By", "Driving Clip", "Neutral Frame"]
    wanted = ["Next: choose a driving clip", *chosen, *sliders, "Track", "Bake"]
    assert list(dict.fromkeys(text for text in seen if text in wanted)) == wanted
    assert not any(text.startswith(("Tracked", "Baked")) for text in seen)
    assert "Calm Surroundings" not in seen


def test_every_slider_is_in_the_sidebar_once(add: Callable[..., Any]) -> None:
    add()
    own = performance.PORTRAIT_PT_performance, performance.PORTRAIT_PT_parts, performance.PORTRAIT_PT_fine_tuning
    labels = {parameter.label for parameter in parameters()}
    assert sorted(label for label in draw(*own, camera.PORTRAIT_PT_camera) if label in labels) == sorted(labels)


def test_the_camera_says_how_far_it_was_and_with_which_lens(ready: Any) -> None:
    assert draw(camera.PORTRAIT_PT_camera)[:2] == ["Camera Distance", "Auto"]
    own = object_cache.own_camera_of(ready)
    assert f"{own.metres:.2f} m, lens 85 mm, assumed" in draw(camera.PORTRAIT_PT_camera)
    ready.portrait.camera_distance = 2 * own.metres
    assert f"{2 * own.metres:.2f} m, lens 170 mm, assumed" in draw(camera.PORTRAIT_PT_camera)


def test_the_way_to_the_render_is_folded(add: Callable[..., Any]) -> None:
    add()
    assert draw(render.PORTRAIT_PT_render) == [
        "Frame with Camera",
        "Set Up Render",
        "Choose Passes and Bake",
        "Add to Sequencer",
    ]


def test_another_object_selected_leaves_the_panels_of_the_only_portrait(add: Callable[..., Any], scene: Any) -> None:
    ob = add()
    lamp = bpy.data.objects.new("lamp", bpy.data.lights.new("lamp", "SUN"))
    scene.collection.objects.link(lamp)
    bpy.context.view_layer.objects.active = lamp
    assert draw(workflow.PORTRAIT_PT_workflow)[0] == ob.name
    assert source.PORTRAIT_PT_source.poll(bpy.context)
    assert not object_panels.PORTRAIT_PT_object.poll(bpy.context)
    ob.portrait.tracked_neutral = 0
    with pytest.raises(RuntimeError, match="Choose a driving clip first"):
        bpy.ops.portrait.track()


def test_of_several_portraits_none_of_which_is_active_one_can_be_chosen(add: Callable[..., Any]) -> None:
    first, second = add(), add()
    bpy.context.view_layer.objects.active = None
    assert draw(workflow.PORTRAIT_PT_workflow) == [first.name, second.name, "Add Portrait..."]
    assert not source.PORTRAIT_PT_source.poll(bpy.context)
    bpy.ops.portrait.select(name=second.name)
    assert (bpy.context.object, bpy.context.selected_objects) == (second, [second])
    with pytest.raises(RuntimeError, match="There is no portrait nobody"):
        bpy.ops.portrait.select(name="nobody")


def test_where_there_is_no_screen_the_buttons_answer(add: Callable[..., Any], scene: Any) -> None:
    add()
    without_screen = SimpleNamespace(scene=scene, mode="OBJECT", area=None)
    for name in dir(bpy.ops.portrait):
        cls = getattr(bpy.types, f"PORTRAIT_OT_{name}")
        if hasattr(cls, "poll"):
            cls.poll(without_screen)
    assert not object_panels.PORTRAIT_PT_object.poll(without_screen)


def test_a_number_that_is_found_is_shown_grey_and_can_be_taken_over(add: Callable[..., Any]) -> None:
    properties = add().portrait
    properties.tracked_neutral, properties.tracked_frames = 5, 72
    assert properties.auto_neutral_frame
    assert (properties.found_neutral_frame, properties.found_first_frame) == (5, 1)
    properties.auto_neutral_frame = False
    assert properties.neutral_frame == 5
    properties.auto_neutral_frame = True
    assert properties.neutral_frame == 0


def test_the_whole_clip_is_played_until_an_out_point_is_chosen(
    add: Callable[..., Any], write_frames: Callable[..., Path]
) -> None:
    properties = add().portrait
    properties.clip = bpy.data.movieclips.load(str(write_frames(4) / "frame_0001.png"))
    assert properties.found_last_frame == 4
    properties.auto_last_frame = properties.auto_first_frame = False
    assert (properties.first_frame, properties.last_frame) == (1, 4)


def test_a_reaction_shows_whether_it_is_tracked(add: Callable[..., Any], write_frames: Callable[..., Path]) -> None:
    item = add().portrait.reactions.add()
    assert timing.reaction_icon(item) == "ERROR"
    item.clip = bpy.data.movieclips.load(str(write_frames(2) / "frame_0001.png"))
    assert timing.reaction_icon(item) == "TRACKER"
    item.tracked_frames, item.tracked_neutral = 2, 1
    assert timing.reaction_icon(item) == "CHECKMARK"
    item.neutral_frame = 2
    assert timing.reaction_icon(item) == "TRACKER"
    item.name = "smile"
    drawn: Any = timing.PORTRAIT_UL_reactions
    drawn.draw_item(None, None, RecordingLayout(), None, item, 0, None, "", 0)


def test_the_faces_of_a_picture_are_listed(add: Callable[..., Any]) -> None:
    host, guest = add(), add()
    guest.portrait.portrait, guest.portrait.face = host.portrait.portrait, 2
    guest.portrait.host = host
    switch, buttons = "Animate Face", ["", ""]
    listed = [f"1: {host.name}", switch, f"2: {guest.name}", switch, *buttons, "Shown By"]
    assert draw(faces.PORTRAIT_PT_faces) == listed
    assert f"Shown by {host.name}" in draw(workflow.PORTRAIT_PT_workflow)


def test_a_file_without_a_name_is_told_with_the_way_to_save_it(add: Callable[..., Any], tmp_path: Path) -> None:
    ob = add()
    assert "Save As..." in draw(bake.PORTRAIT_PT_bake)
    ob.portrait.output_folder = str(tmp_path)
    assert "Save As..." not in draw(bake.PORTRAIT_PT_bake)
    ob.portrait.output_folder = "//frames"
    assert "Save As..." in draw(bake.PORTRAIT_PT_bake)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "named.blend"))
    assert "Save As..." not in draw(bake.PORTRAIT_PT_bake)


def test_the_menu_has_every_step_as_a_verb(add: Callable[..., Any]) -> None:
    layout = RecordingLayout()
    menus.draw_in_object_menu(SimpleNamespace(layout=layout), bpy.context)
    assert not layout.seen
    add()
    menus.draw_in_object_menu(SimpleNamespace(layout=layout), bpy.context)
    menus.draw_in_context_menu(SimpleNamespace(layout=layout), bpy.context)
    assert layout.seen == ["Living Portrait"] * 2
    menu: Any = SimpleNamespace(layout=layout)
    menus.PORTRAIT_MT_object.draw(menu, bpy.context)
    for text in ("Load Driving Clip", "Track", "Bake", "Look at Portrait", "Set Up Render", "Start Retiming"):
        assert text in layout.seen


def test_only_what_belongs_to_one_place_is_in_no_menu() -> None:
    """Search finds what is in a menu; the others take what a list, a gizmo or a row of the panel gives them."""
    in_menus = {operator.__name__ for group in menus.GROUPS for operator in group}
    known = {name for name in dir(bpy.types) if name.startswith("PORTRAIT_OT_")}
    assert {name.removeprefix("PORTRAIT_OT_") for name in known - in_menus} == {
        *("add", "add_preset", "call_reaction", "choose_face", "clear_cache", "move_face", "move_point", "pick_face"),
        *("remove_reaction", "reset_points", "select", "step_neutral", "use_asset"),
    }


def test_the_scene_panel_shows_anchors_and_channels_once_there_are_some(add: Callable[..., Any]) -> None:
    ob = add()
    assert draw(in_scene.PORTRAIT_PT_in_scene) == ["Cut Out", "Add Anchors", "Add Depth", "Add Fitted Head"]
    assert not in_scene.PORTRAIT_PT_channels.poll(bpy.context)
    anchors.make(ob)
    assert draw(in_scene.PORTRAIT_PT_in_scene)[2:-2] == [f"On {ob.name} anchors", "Scale"]
    assert in_scene.PORTRAIT_PT_channels.poll(bpy.context)
    assert draw(in_scene.PORTRAIT_PT_channels) == list(CHANNELS)


def test_the_object_tab_has_all_settings(add: Callable[..., Any]) -> None:
    add()
    assert object_panels.PORTRAIT_PT_object.poll(bpy.context)
    assert draw(object_panels.PORTRAIT_PT_object)[:4] == ["Portrait", "Driven By", "Driving Clip", "Neutral Frame"]
    assert draw(object_panels.PORTRAIT_PT_object)[-1] == "Start Frame"
    labels = ["Material", "Cut Out", "Output", "Range", "Frames", "Passes", "Passes in One File"]
    assert draw(object_panels.PORTRAIT_PT_output) == labels
    labels = [*draw(object_panels.PORTRAIT_PT_parameters), *draw(object_panels.PORTRAIT_PT_object_parts)]
    assert sorted(labels) == sorted(parameter.label for parameter in parameters())


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
    assert not any(text.startswith("Track again") for text in draw(source.PORTRAIT_PT_source))
    ob.portrait.neutral_frame = 4
    assert "Track again to use neutral frame 4" in draw(source.PORTRAIT_PT_source)


def test_the_panel_says_why_there_is_no_preview(add: Callable[..., Any], write_frames: Callable[..., Path]) -> None:
    ob = add()
    ob.portrait.clip = bpy.data.movieclips.load(str(write_frames(2) / "frame_0001.png"))
    bpy.context.scene.frame_set(2)
    assert "Track the clip to see the preview" in draw(bake.PORTRAIT_PT_bake)
    ob.portrait.preview = False
    assert "Track the clip to see the preview" not in draw(bake.PORTRAIT_PT_bake)


def test_progress_is_shown_with_a_way_out(running: runner.RunningJob) -> None:
    seen = draw(workflow.PORTRAIT_PT_workflow)
    assert seen[:2] == ["Baking colours", "Baking 3 of 10"]
    bpy.data.objects["colours"].select_set(False)
    bpy.context.view_layer.objects.active = None
    bpy.ops.mesh.primitive_cube_add()
    assert draw(workflow.PORTRAIT_PT_workflow)[:2] == seen[:2]
    runner.wait(runner.Waiting("Bake", bpy.data.objects["colours"].session_uid, 0, lambda ob, scene: running))
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
    assert any(text.startswith("View") and text.endswith(": AgX ...") for text in seen)
    assert "Use Standard View" in seen
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
