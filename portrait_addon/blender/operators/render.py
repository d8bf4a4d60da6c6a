"""From the plane to the finished picture: camera, view transform, compositor."""

from math import pi
from typing import Any

import bpy
from bpy.props import BoolProperty, EnumProperty
from mathutils import Matrix

from ..data.properties import PASS_ITEMS, active_portrait
from ..output import OWNER, compositor, rebuild, sequencer
from .jobs import reason_not_to_run, start_job
from .needs import NeedsPortrait, set_poll_message

STANDARD_VIEW = {
    "view_transform": "Standard",
    "look": "None",
    "exposure": 0.0,
    "gamma": 1.0,
    "use_curve_mapping": False,
    "use_white_balance": False,
}
"""View settings under which a render shows a picture's own colours."""


def altered_view_settings(scene: Any) -> list[str]:
    """View settings that make colours differ from the file's, with their values; none if a render shows the file's."""
    view = scene.view_settings
    differing = [name for name, standard in STANDARD_VIEW.items() if getattr(view, name) != standard]
    return [f"{view.bl_rna.properties[name].name}: {getattr(view, name)}" for name in differing]


class NeedsFrames(NeedsPortrait):
    """Is grey until the portrait was baked."""

    @classmethod
    def why_not(cls, context: Any) -> str | None:
        """There must be frames."""
        if reason := super().why_not(context):
            return reason
        return "Bake the portrait first" if active_portrait(context).portrait.frames is None else None


class PORTRAIT_OT_set_up_render(NeedsFrames, bpy.types.Operator):
    """Composite the baked frames over the scene, with a node to grade them"""

    bl_idname = "portrait.set_up_render"
    bl_label = "Set Up Render"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Any) -> set[str]:
        """Build the nodes, or bring them up to date."""
        compositor.set_up(context.scene, active_portrait(context))
        return {"FINISHED"}


class PORTRAIT_OT_rebuild_in_compositor(NeedsPortrait, bpy.types.Operator):
    """Rebuild the animation in the compositor from the portrait and its passes, so that every step can be graded"""

    bl_idname = "portrait.rebuild_in_compositor"
    bl_label = "Rebuild in Compositor"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def why_not(cls, context: Any) -> str | None:
        """There must be an ST map."""
        if reason := super().why_not(context):
            return reason
        baked = active_portrait(context).portrait.baked_passes.split()
        return None if "st_map" in baked else "Bake the passes first"

    def execute(self, context: Any) -> set[str]:
        """Build the nodes, or bring them up to date."""
        try:
            rebuild.set_up(context.scene, active_portrait(context))
        except RuntimeError as error:  # a file that is not there any more
            self.report({"ERROR"}, f"{str(error).strip()}. Bake the portrait again.")
            return {"CANCELLED"}
        return {"FINISHED"}


class PORTRAIT_OT_bake_passes(bpy.types.Operator):
    """Choose the passes from which the compositor rebuilds the animation, and bake them beside the frames"""

    bl_idname = "portrait.bake_passes"
    bl_label = "Choose Passes and Bake"
    bl_options = {"UNDO"}  # as the bake itself

    passes: EnumProperty(
        name="Passes",
        description="What is baked beside the frames",
        items=PASS_ITEMS,
        options={"ENUM_FLAG"},
        default=set(rebuild.INPUTS),
    )
    multilayer: BoolProperty(
        name="Passes in One File",
        description="All passes of a frame in one multilayer EXR file, not a sequence for each",
    )

    @classmethod
    def poll(cls, context: Any) -> bool:
        """What a bake needs."""
        return set_poll_message(cls, reason_not_to_run(context))

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Ask which."""
        return context.window_manager.invoke_props_dialog(self, confirm_text="Bake")

    def draw(self, _context: Any) -> None:
        """The passes below each other."""
        self.layout.column().prop(self, "passes")
        self.layout.prop(self, "multilayer")

    def execute(self, context: Any) -> set[str]:
        """Note the passes on the portrait, and bake; then the compositor has what it needs."""
        if "st_map" not in self.passes:
            self.report({"ERROR"}, "The compositor needs the pass ST Map. Choose it too.")
            return {"CANCELLED"}
        properties = active_portrait(context).portrait
        properties.passes, properties.multilayer = self.passes, self.multilayer
        start_job(self, bpy.ops.portrait.bake)
        return {"FINISHED"}


def can_be_rebuilt(ob: Any) -> bool:
    """Whether a portrait was baked with what the compositor needs to rebuild it."""
    return ob.portrait.frames is not None and "st_map" in ob.portrait.baked_passes.split()


class PORTRAIT_OT_add_strip(NeedsFrames, bpy.types.Operator):
    """Add the baked frames to the scene's sequencer, beginning at the start frame"""

    bl_idname = "portrait.add_strip"
    bl_label = "Add to Sequencer"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Any) -> set[str]:
        """Add the strip, or bring it up to date."""
        sequencer.add_strip(context.scene, active_portrait(context))
        self.report({"INFO"}, "Renders of this scene now show the sequencer; mute its strips to render the plane")
        return {"FINISHED"}


class PORTRAIT_OT_use_standard_view(bpy.types.Operator):
    """Show and render colours as they are in the picture: Standard view without look, exposure, gamma or curves"""

    bl_idname = "portrait.use_standard_view"
    bl_label = "Use Standard View"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Any) -> set[str]:
        """Change the scene's view settings."""
        try:
            for name, standard in STANDARD_VIEW.items():
                setattr(context.scene.view_settings, name, standard)
        except TypeError:
            self.report({"ERROR"}, "This colour configuration has no Standard view. Choose its plainest view by hand.")
            return {"CANCELLED"}
        return {"FINISHED"}


class PORTRAIT_OT_frame_camera(NeedsPortrait, bpy.types.Operator):
    """Make a camera before which the portrait fills the picture, or place it anew; other cameras stay as they are"""

    bl_idname = "portrait.frame_camera"
    bl_label = "Frame with Camera"
    bl_options = {"REGISTER", "UNDO"}

    match_size: BoolProperty(
        name="Portrait's Size",
        description="Render at the portrait's own width and height, cut to the even numbers that videos need",
        default=True,
    )

    def execute(self, context: Any) -> set[str]:
        """Place the portrait's own camera in front of the plane, and let the scene look through it."""
        scene, ob = context.scene, active_portrait(context)
        if self.match_size:
            scene.render.resolution_x, scene.render.resolution_y = (side - side % 2 for side in ob.portrait.size)
            scene.render.resolution_percentage = 100
            scene.render.pixel_aspect_x = scene.render.pixel_aspect_y = 1
        scene.camera = _camera_of(ob, scene) or _new_camera(ob, context.collection)
        context.view_layer.update()
        scene.camera.matrix_world = _camera_matrix(scene, ob, fill=self.match_size)
        return {"FINISHED"}


def _camera_of(ob: Any, scene: Any) -> Any | None:
    """The camera that was made for a portrait."""
    return next((other for other in scene.objects if other.type == "CAMERA" and other.get(OWNER) == ob), None)


def _new_camera(ob: Any, collection: Any) -> Any:
    name = f"{ob.name} camera"
    camera = bpy.data.objects.new(name, bpy.data.cameras.new(name))
    camera[OWNER] = ob
    collection.objects.link(camera)
    return camera


def _camera_matrix(scene: Any, ob: Any, *, fill: bool) -> Any:
    """Where a camera looks straight at a plane that fits into its frame, or fills it pixel for pixel.

    The plane lies in its object's x and z and faces -y; a camera looks along its -z.
    """
    camera = scene.camera.data
    frame = camera.view_frame(scene=scene)  # its corners, at the depth of their z
    frame_halves = [(max(c[axis] for c in frame) - min(c[axis] for c in frame)) / 2 for axis in (0, 1)]
    location, rotation, scale = ob.matrix_world.decompose()
    plane_halves = [max(v.co[axis] for v in ob.data.vertices) * scale[axis] for axis in (0, 2)]
    ratios = [plane / view for plane, view in zip(plane_halves, frame_halves, strict=True)]
    upsample = min(ratios) if fill else max(ratios)
    # Of an odd side the last pixel is cut, not half a pixel at either end.
    left, up = (
        half / side if fill and side % 2 else 0 for half, side in zip(plane_halves, ob.portrait.size, strict=True)
    )
    if camera.type == "ORTHO":
        camera.ortho_scale *= upsample
        distance = camera.clip_start + max(plane_halves)
    else:
        distance = -frame[0].z * upsample
    in_front = Matrix.Translation((-left, -distance, up)) @ Matrix.Rotation(pi / 2, 4, "X")
    return Matrix.LocRotScale(location, rotation, None) @ in_front


CLASSES = (
    PORTRAIT_OT_set_up_render,
    PORTRAIT_OT_bake_passes,
    PORTRAIT_OT_rebuild_in_compositor,
    PORTRAIT_OT_add_strip,
    PORTRAIT_OT_use_standard_view,
    PORTRAIT_OT_frame_camera,
)
