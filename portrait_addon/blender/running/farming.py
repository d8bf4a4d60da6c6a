"""What a render farm is asked to do: which portraits of a file, and which frames."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bpy

from ...errors import InputError
from ...jobs.bundle import CHUNK_SIZE, Bundle
from ...media.files import shown
from ..data.faces import host_of
from ..data.properties import has_driver, is_portrait


def portraits_to_bake(path: Path, names: Sequence[str]) -> list[Any]:
    """Choose portraits of the file that is open.

    Parameters
    ----------
    path : Path
        The file, for messages.
    names : sequence of str
        Names of the objects; all portraits that follow something if empty.

    Returns
    -------
    list of bpy.types.Object
        In the order of their names.

    Raises
    ------
    InputError
        If there is none, or one that is named cannot be baked.
    """
    local = {ob.name: ob for ob in bpy.data.objects if ob.library is None and ob.users_scene and is_portrait(ob)}
    ready = {name: ob for name, ob in local.items() if ob.portrait.portrait and has_driver(ob)}
    for name in names:
        if name not in local:
            there = ", ".join(map(shown, local)) or "none"
            raise InputError(f"{shown(path)}: there is no portrait {shown(name)}; there are {there}. Check the name.")
        if name not in ready:
            raise InputError(f"{shown(path)}: {shown(name)} has no picture, or nothing that drives it. Choose them.")
    if not ready:
        raise InputError(f"{shown(path)}: holds no portrait with a driving clip. Choose another file.")
    chosen = [host_of(ob) for name, ob in ready.items() if not names or name in names]
    return list(dict.fromkeys(chosen))  # one bake for all faces of a plane


def job_bundle(path: Path, scene: Any, names: Sequence[str], chunk_size: int = CHUNK_SIZE) -> Bundle:
    """Ask for portraits of the file that is open, in the frames of a scene.

    Parameters
    ----------
    path : Path
        The file.
    scene : bpy.types.Scene
        Its frames are rendered.
    names : sequence of str
        See `portraits_to_bake`.
    chunk_size : int
        Frames that a task bakes.

    Returns
    -------
    Bundle

    Raises
    ------
    InputError
        If a portrait cannot be baked, or the scene renders to a film.
    """
    refuse_film(path, scene)
    portraits = tuple(ob.name for ob in portraits_to_bake(path, names))
    return Bundle(path, range(scene.frame_start, scene.frame_end + 1), portraits, chunk_size)


def refuse_film(path: Path, scene: Any) -> None:
    """Refuse a scene whose frames cannot be rendered one by one.

    Parameters
    ----------
    path : Path
        The file that is open, for messages.
    scene : bpy.types.Scene

    Raises
    ------
    InputError
        If it renders to a film.
    """
    if scene.render.is_movie_format:
        raise InputError(f"{shown(path)}: renders to a film, which has no parts. Choose pictures in Output Properties.")
