"""The buttons. Thin: what they do is done elsewhere, and what they need stands in ``needs``."""

from . import (
    add,
    anchors,
    cache,
    clip,
    cut_out,
    jobs,
    menus,
    neutral,
    performance_file,
    points,
    presets,
    reactions,
    render,
    rig,
    timing,
    view,
)

MODULES = (
    add,
    anchors,
    cut_out,
    cache,
    clip,
    jobs,
    neutral,
    performance_file,
    points,
    presets,
    timing,
    reactions,
    rig,
    render,
    view,
    menus,
)
