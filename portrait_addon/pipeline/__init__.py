"""The method: frames of a portrait that a clip drives. Arrays in, arrays out.

`analyse` makes a `Portrait` of a picture, `track` makes a `Performance` of a clip, and a `Compositor` makes frames of
both. Pictures are BGR, or BGRA with straight alpha, as OpenCV reads them; ``picture[..., ::-1]`` turns RGB into BGR and
back. The frames of a clip count from 1. `portrait_addon.api` does the same with files.

The rooms are sorted by when things are computed; each imports only those below it.

============  =================================================================
``bundled``   `track` and `analyse`, with the networks of the package
``frame``     computed for each frame: state, canvas, and a module a layer
``editing``   what a person puts right by hand
``pair``      computed once a pair of portrait and clip
``clip``      computed once a clip: from frames to a performance
``portrait``  computed once a portrait: matte, clean plate, texture
``tracking``  the networks that find a face and a person
``timeline``  what shows when; what a clip says as numbers for rigs
``head``      a head in space behind the picture
``records``   data, no work
``face``      any face: mesh, openings, palette, canonical face
``imaging``   any picture: arrays, colour, grids, rasters, compositing, threads
============  =================================================================

The method is *Bringing Portraits to Life* (Averbuch-Elor, Cohen-Or, Kopf, Cohen; ACM TOG 36(6), article 196, SIGGRAPH
Asia 2017, https://doi.org/10.1145/3130800.3130818), as taught in Stanford CS448V, lecture 13. Nothing here knows the
user's files or Blender.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .bundled import analyse, track
    from .frame.compositor import Compositor, Frame
    from .frame.target_compositor import TargetCompositor
    from .portrait.prepared import PreparedPortrait
    from .records.face import NoFaceError
    from .records.moment import Moment
    from .records.performance import NeutralFrameError, Performance
    from .records.portrait import Portrait
    from .records.progress import Progress
    from .records.settings import Settings, TargetSettings

__all__ = [
    "Compositor",
    "Frame",
    "Moment",
    "NeutralFrameError",
    "NoFaceError",
    "Performance",
    "Portrait",
    "PreparedPortrait",
    "Progress",
    "Settings",
    "TargetCompositor",
    "TargetSettings",
    "analyse",
    "track",
]

_MODULES = {
    "Compositor": "frame.compositor",
    "Frame": "frame.compositor",
    "Moment": "records.moment",
    "NeutralFrameError": "records.performance",
    "NoFaceError": "records.face",
    "Performance": "records.performance",
    "Portrait": "records.portrait",
    "PreparedPortrait": "portrait.prepared",
    "Progress": "records.progress",
    "Settings": "records.settings",
    "TargetCompositor": "frame.target_compositor",
    "TargetSettings": "records.settings",
    "analyse": "bundled",
    "track": "bundled",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that a Blender without a portrait does not load OpenCV."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_MODULES[name]}", __name__), name)
    globals()[name] = value  # found without this function from now on
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
