"""Dropped on the viewport, a picture becomes a portrait; a video, performance or numbers become its driving clip."""

from typing import Any

import bpy

from .data.properties import active_portrait
from .operators.add import PORTRAIT_OT_add
from .operators.clip import PORTRAIT_OT_load_clip

PICTURES = ".png;.jpg;.jpeg;.tif;.tiff;.webp;.avif;.psd;.bmp;.exr"
NUMBERS = ".csv;.tsv;.json;.dat;.pgo"
CLIPS = f".mp4;.mov;.m4v;.avi;.mkv;.webm;.mpg;.mpeg;.ogv;.mts;.m2ts;.wmv;.3gp;.gif;.performance;{NUMBERS}"


def _is_viewport(context: Any) -> bool:
    area, region = context.area, context.region
    return area is not None and area.type == "VIEW_3D" and region is not None and region.type == "WINDOW"


class PORTRAIT_FH_picture(bpy.types.FileHandler):
    """A dropped picture."""

    bl_idname = "PORTRAIT_FH_picture"
    bl_label = "Living Portrait"
    bl_import_operator = PORTRAIT_OT_add.bl_idname
    bl_file_extensions = PICTURES

    @classmethod
    def poll_drop(cls, context: Any) -> bool:
        """Only in a 3D view in object mode."""
        return _is_viewport(context) and context.mode == "OBJECT"


class PORTRAIT_FH_clip(bpy.types.FileHandler):
    """A dropped video, performance or file of curves; without a portrait that is meant, it is left to Blender."""

    bl_idname = "PORTRAIT_FH_clip"
    bl_label = "Driving Clip"
    bl_import_operator = PORTRAIT_OT_load_clip.bl_idname
    bl_file_extensions = CLIPS

    @classmethod
    def poll_drop(cls, context: Any) -> bool:
        """Only in a 3D view, onto a portrait that is meant."""
        return _is_viewport(context) and active_portrait(context) is not None


CLASSES = (PORTRAIT_FH_picture, PORTRAIT_FH_clip)
