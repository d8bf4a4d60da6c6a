"""Renders say that they are synthetic, as the baked frames do, wherever Blender writes metadata.

Blender embeds a scene's note into every picture it renders. The line is added when a portrait is baked, below what the
artist has written there.
"""

from __future__ import annotations

from typing import Any

from ...media.provenance import SYNTHETIC, sentence


def mark(scene: Any) -> None:
    """Let the scene's renders carry a line that says so; once is enough."""
    render = scene.render
    if SYNTHETIC not in render.stamp_note_text:
        render.stamp_note_text = "\n".join(filter(None, [render.stamp_note_text, sentence()]))
    render.use_stamp_note = True
