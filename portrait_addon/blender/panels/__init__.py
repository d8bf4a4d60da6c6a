"""Where the buttons and settings are: the Object properties, and the sidebar of the 3D view."""

from . import points, presets, settings, timing, workflow

CLASSES = (*presets.CLASSES, *settings.CLASSES, *workflow.CLASSES, *timing.CLASSES, *points.CLASSES)
