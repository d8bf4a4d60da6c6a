"""Right click > Online Manual: the pages that come with the extension, opened without a network.

Anchors in the pages bear the names that they explain: ``expression`` a setting of the portrait, ``portrait.bake`` a
button, ``preferences.workers`` a preference, ``drive.brow`` all sliders whose names begin so. So whatever a page
explains is found.
"""

from __future__ import annotations

import re
from pathlib import Path

import bpy

FOLDER = Path(__file__).parents[1] / "manual"
"""Written when the archive is built; there is none in a source tree."""

INDEX = "using.html"


def manual_map() -> tuple[str, tuple[tuple[str, str], ...]]:
    """Where the manual is, and which page explains what, as Blender asks for it at every right click."""
    found = [
        (_rna_name(anchor), f"{page.name}#{anchor}")
        for page in sorted(FOLDER.glob("*.html"))
        for anchor in re.findall(r'<a id="([\w.]+)"', page.read_text(encoding="utf-8"))
    ]
    rest = [("bpy.ops.portrait.*", INDEX), ("bpy.types.portrait*", INDEX)] if found else []
    return FOLDER.as_uri() + "/", (*found, *rest)


def _rna_name(anchor: str) -> str:
    """Blender's name of what an anchor explains, in the small letters that it compares."""
    group, dot, name = anchor.rpartition(".")
    if group == "portrait":
        return f"bpy.ops.{anchor}"
    if group == "drive":
        return f"bpy.types.portraitdrive.{name}*"
    return f"bpy.types.portrait{'preferences' if dot else 'properties'}.{name}"


def register() -> None:
    """Let Blender ask."""
    bpy.utils.register_manual_map(manual_map)


def unregister() -> None:
    """No more."""
    bpy.utils.unregister_manual_map(manual_map)
