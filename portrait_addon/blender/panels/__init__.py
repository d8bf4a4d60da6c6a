"""Where the buttons and settings are: the Object properties, and the sidebar of the 3D view.

The panels of the sidebar stand in the order of the work, which is the order in which they are registered.
"""

from . import (
    bake,
    camera,
    expressions,
    faces,
    in_scene,
    performance,
    points,
    presets,
    render,
    rig,
    settings,
    shelf,
    source,
    timing,
    workflow,
)

SIDEBAR = (workflow, source, faces, expressions, points, performance, camera, timing, bake, render, in_scene, rig)

CLASSES = (*presets.CLASSES, *settings.CLASSES, *(cls for module in SIDEBAR for cls in module.CLASSES), *shelf.CLASSES)
