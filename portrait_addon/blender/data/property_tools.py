"""What properties of portraits and of reactions have in common."""

from typing import Any, TypeVar

OVERRIDABLE = {"LIBRARY_OVERRIDABLE"}

RELATIVE = {"PATH_SUPPORTS_BLEND_RELATIVE"}
"""Options of a property that holds a path: it may begin with ``//``. Blender 5 warns of such a path elsewhere."""

LAST_FRAME = 1_048_573
"""Of a Blender scene, and room for the one frame after it."""

Properties = TypeVar("Properties", bound=type)


def overridable(cls: Properties) -> Properties:
    """Let what a library override changes be editable, and kept in the file; Blender's default is neither."""
    for deferred in cls.__annotations__.values():
        deferred.keywords["override"] = OVERRIDABLE
    return cls


def tag_changed(properties: Any, _context: Any) -> None:
    """A script's change too is to be evaluated, and then seen."""
    properties.id_data.update_tag()


def is_clip(_properties: Any, clip: Any) -> bool:
    """Whether a movie clip is of a kind that can drive a portrait."""
    return clip.source in {"MOVIE", "SEQUENCE"}
