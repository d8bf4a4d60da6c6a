"""What operators that save one file have in common: a name is asked for, beside the clip and as it is called."""

from pathlib import Path
from typing import Any, ClassVar

import bpy
from bpy.props import BoolProperty, StringProperty

from ..data.properties import active_portrait
from ..data.property_tools import RELATIVE


class SavesFile:
    """Base class of operators that save a file; they say in `filename_ext` how its name ends."""

    filename_ext: ClassVar[str]
    filepath: StringProperty(name="File", subtype="FILE_PATH", options={"SKIP_SAVE", *RELATIVE})
    check_existing: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Ask for a name; the clip's own is offered, or that of the portrait."""
        ob = active_portrait(context)
        if ob.portrait.clip is None:
            self.filepath = bpy.path.clean_name(ob.name) + self.filename_ext
        else:
            clip = Path(bpy.path.abspath(ob.portrait.clip.filepath))
            self.filepath = str(clip.with_suffix(self.filename_ext))
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def check(self, _context: Any) -> bool:
        """Give the name its ending."""
        named = bpy.path.ensure_ext(self.filepath, self.filename_ext)
        changed, self.filepath = named != self.filepath, named
        return changed

    @property
    def path(self) -> Path:
        """The file."""
        return Path(bpy.path.abspath(self.filepath))
