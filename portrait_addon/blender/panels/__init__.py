"""Where the buttons and settings are: the Object properties, and the sidebar of the 3D view."""

from . import in_scene, points, presets, rig, settings, timing, workflow

CLASSES = (
    *presets.CLASSES,
    *settings.CLASSES,
    *workflow.CLASSES,
    *points.CLASSES,
    *timing.CLASSES,
    *rig.CLASSES,
    *in_scene.CLASSES,
)
