"""``bake FILE.blend``: the portraits of a file baked without a window, for farms and scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bpy

from ..errors import InputError
from ..jobs.job import Cancelled
from ..media.files import shown
from ..pipeline.records.progress import Progress
from .data.frames import frames_folder
from .data.properties import has_driver, is_portrait, scene_of
from .registration import register_modules, unregister_modules
from .running import job_builders
from .running.runner import RunningJob


def bake_file(
    path: Path,
    names: Sequence[str],
    *,
    force: bool,
    wait: bool,
    save: bool,
    on_progress: Callable[[Progress], None],
    cancelled: Callable[[], bool],
) -> list[dict[str, Any]]:
    """Bake portraits of a .blend file, each into the folder that it would be baked into in a window.

    Parameters
    ----------
    path : Path
        The .blend file.
    names : sequence of str
        Names of the objects; all portraits that follow something if empty.
    force : bool
        Compute all frames, also those that are right already.
    wait : bool
        Wait while another bake writes into a portrait's folder; otherwise it is an error.
    save : bool
        Save the file afterwards, its planes showing the frames.
    on_progress, cancelled : callable
        As in `jobs.job.run`.

    Returns
    -------
    list of dict
        What was done, portrait by portrait.

    Raises
    ------
    Cancelled
        If `cancelled` said so.
    InputError
        If the file, or a portrait in it, cannot be baked.
    """
    with _enabled():
        _open(path)
        summaries = []
        for ob in _portraits(path, names):
            running = job_builders.bake(ob, scene_of(ob), force=force, wait=wait, preview_range=False)
            _finish(running, on_progress, cancelled)
            summaries.append(_summary(ob, running))
        if save:
            bpy.ops.wm.save_mainfile()
        return summaries


@contextmanager
def _enabled() -> Iterator[None]:
    """The extension, in a Blender that is only a Python module and has not enabled it."""
    if hasattr(bpy.types.Object, "portrait"):
        yield
        return
    register_modules()
    try:
        yield
    finally:
        unregister_modules()


def _open(path: Path) -> None:
    if not path.is_file():
        raise InputError(f"{shown(path)}: there is no such file. Check the path.")
    try:
        bpy.ops.wm.open_mainfile(filepath=str(path.absolute()), load_ui=False)
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1].removeprefix("Error: ")
        raise InputError(f"{shown(path)}: Blender cannot open it ({shown(reason)}). Choose a .blend file.") from error


def _portraits(path: Path, names: Sequence[str]) -> list[Any]:
    """The objects to bake, in the order of their names."""
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
    return [ob for name, ob in ready.items() if not names or name in names]


def _finish(running: RunningJob, on_progress: Callable[[Progress], None], cancelled: Callable[[], bool]) -> None:
    try:
        while not running.step():
            on_progress(running.progress)
            if cancelled():
                raise Cancelled
    finally:
        running.close()


def _summary(ob: Any, running: RunningJob) -> dict[str, Any]:
    report = running.result
    return {
        "object": ob.name,
        "frames": report.bake.written + report.bake.kept,
        "written": report.bake.written,
        "kept": report.bake.kept,
        "neutral": report.performance.neutral,
        "cuts": report.performance.cuts,
        "bridged": report.performance.bridged,
        "covered": report.performance.covered_frames,
        "unlit": report.performance.unlit_frames,
        "output": str(frames_folder(ob)),
        "notes": running.notes,
    }
