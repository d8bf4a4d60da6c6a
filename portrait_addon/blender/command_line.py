"""``bake FILE.blend``: the portraits of a file tracked, baked and rendered without a window, for farms and scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bpy

from ..errors import InputError
from ..jobs.bundle import Bundle, write_bundle
from ..jobs.job import Cancelled
from ..media.files import shown
from ..pipeline.records.progress import Progress
from .data.frames import frames_folder
from .data.properties import scene_of
from .registration import register_modules, unregister_modules
from .running import job_builders
from .running.farming import job_bundle, portraits_to_bake, refuse_film
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
    track: bool = False,
    frames: range | None = None,
    render: bool = False,
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
    track : bool
        Only track the clips, for the machines that share the bake.
    frames : range, optional
        Of the scene: only these are baked. Other machines may bake others at the same time.
    render : bool
        Render the scene that the file opens with afterwards, the same frames, as it says itself.

    Returns
    -------
    list of dict
        What was done, portrait by portrait.

    Raises
    ------
    Cancelled
        If `cancelled` said so.
    InputError
        If the file, or a portrait in it, cannot be baked, or the scene not be rendered.
    """
    with _enabled():
        _open(path)
        summaries = []
        for ob in portraits_to_bake(path, names):
            if track:
                running = job_builders.track_shared(ob)
            else:
                running = job_builders.bake(ob, scene_of(ob), force=force, wait=wait, preview_range=False, only=frames)
            _finish(running, on_progress, cancelled)
            summaries.append(_tracked(ob, running) if track else _baked(ob, running))
        if render:
            _render(path, bpy.context.scene, frames, on_progress, cancelled)
        if save:
            bpy.ops.wm.save_mainfile()
        return summaries


def export_bundle(path: Path, names: Sequence[str], folder: Path) -> Bundle:
    """Write a job bundle that bakes portraits of a .blend file on a render farm, in the frames of the file's scene.

    Parameters
    ----------
    path : Path
        The .blend file.
    names : sequence of str
        Names of the objects; all portraits that follow something if empty.
    folder : Path
        Of the bundle.

    Returns
    -------
    Bundle
        What was written.

    Raises
    ------
    InputError
        If the file holds no such portrait, or the bundle cannot be written.
    """
    with _enabled():
        _open(path)
        bundle = job_bundle(path, bpy.context.scene, names)
        write_bundle(bundle, folder)
        return bundle


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
        raise InputError(f"{shown(path)}: Blender cannot open it ({_reason(error)}). Choose a .blend file.") from error


def _reason(error: RuntimeError) -> str:
    """The last line of what Blender says."""
    return shown(str(error).strip().splitlines()[-1].removeprefix("Error: "))


def _finish(running: RunningJob, on_progress: Callable[[Progress], None], cancelled: Callable[[], bool]) -> None:
    try:
        while not running.step():
            on_progress(running.progress)
            if cancelled():
                raise Cancelled
    finally:
        running.close()


def _render(
    path: Path,
    scene: Any,
    frames: range | None,
    on_progress: Callable[[Progress], None],
    cancelled: Callable[[], bool],
) -> None:
    """Render frames of a scene one by one, each to the file that a render of all would write."""
    refuse_film(path, scene)
    first, last = scene.frame_start, scene.frame_end
    wanted = [frame for frame in range(first, last + 1, scene.frame_step) if frames is None or frame in frames]
    try:
        for done, frame in enumerate(wanted):
            on_progress(Progress(done, len(wanted), "Rendering"))
            if cancelled():
                raise Cancelled
            scene.frame_start = scene.frame_end = frame
            bpy.ops.render.render(animation=True, scene=scene.name)
    except RuntimeError as error:
        raise InputError(
            f"{shown(path)}: cannot be rendered ({_reason(error)}). Render a frame in a window, and mend it there."
        ) from error
    finally:
        scene.frame_start, scene.frame_end = first, last


def _tracked(ob: Any, running: RunningJob) -> dict[str, Any]:
    frames = [performance.frame_count for performance in running.result]
    return {"object": ob.name, "tracked": sum(frames), "clips": len(frames), "notes": running.notes}


def _baked(ob: Any, running: RunningJob) -> dict[str, Any]:
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
