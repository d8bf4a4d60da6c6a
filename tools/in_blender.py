"""What scripts and tests that run in Blender have in common."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from typing import Any, NoReturn


def run_and_exit(main: Callable[[], None]) -> NoReturn:
    """Run a script and end the process at once: Blender's module can hang where the interpreter ends.

    Parameters
    ----------
    main : callable
        The script. If it raises, the traceback is printed and the exit status is 1, else 0.
    """
    status = 1
    try:
        main()
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def write_video(scene: Any, path: str) -> None:
    """Let the scene render to an H.264 video in an MP4 file.

    Parameters
    ----------
    scene : bpy.types.Scene
        Its output settings are changed.
    path : str
        The video.
    """
    render = scene.render
    if hasattr(render.image_settings, "media_type"):  # Blender 5.0 on
        render.image_settings.media_type = "VIDEO"
    render.image_settings.file_format = "FFMPEG"
    render.ffmpeg.format, render.ffmpeg.codec = "MPEG4", "H264"
    render.ffmpeg.constant_rate_factor = "HIGH"
    render.filepath = path


def write_still(scene: Any, path: str) -> None:
    """Let the scene render to a PNG file of 8 bits without alpha.

    Parameters
    ----------
    scene : bpy.types.Scene
        Its output settings are changed.
    path : str
        The picture.
    """
    settings = scene.render.image_settings
    if hasattr(settings, "media_type"):  # Blender 5.0 on
        settings.media_type = "IMAGE"
    settings.file_format, settings.color_mode, settings.color_depth = "PNG", "RGB", "8"
    scene.render.filepath = path
