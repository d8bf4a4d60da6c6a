"""Track, bake, cancel: the long jobs, blocking in `execute`, by a timer where there is a window."""

from collections.abc import Callable
from typing import Any, ClassVar

import bpy
from bpy.props import BoolProperty

from ...errors import InputError
from ..data.properties import SELECT_FIRST, active_portrait, has_driver, why_not_editable
from ..running import runner
from ..viewport import areas, preview, provisional
from .needs import BUSY, set_poll_message

TIMER_SECONDS = 0.01


def reason_not_to_run(context: Any, *, needs_clip: bool = False) -> str | None:
    """Why a job cannot start, or None if it can; tracking needs a clip, baking only something that drives."""
    ob = active_portrait(context)
    if ob is None:
        return SELECT_FIRST
    if runner.is_busy_with(ob):
        return BUSY
    if (linked := why_not_editable(ob)) is not None:
        return linked
    if ob.portrait.portrait is None:
        return "Choose a portrait first"
    if ob.portrait.clip is None and (needs_clip or not has_driver(ob)):
        return "Choose a driving clip first"
    return None


class JobOperator:
    """What the operators of long jobs have in common; they say in `starter` which job it is.

    While a job runs, the next one waits: the operator that drives the first goes on with it.
    """

    report: Callable[[set[str], str], None]  # Blender's own, as is the next
    poll_message_set: ClassVar[Callable[[str], None]]
    bl_label: ClassVar[str]
    needs_clip: ClassVar[bool] = False

    _timer: Any = None
    _running: runner.RunningJob
    _result: set[str]

    @classmethod
    def poll(cls, context: Any) -> bool:
        """There must be something to work on that is not worked on already."""
        return set_poll_message(cls, reason_not_to_run(context, needs_clip=cls.needs_clip))

    def starter(self) -> Callable[[Any, Any], runner.RunningJob]:
        """Say how to make the job of an object and a scene; it may be called when the operator is long gone."""
        raise NotImplementedError

    def execute(self, context: Any) -> set[str]:
        """Run to the end; in a window nothing else happens meanwhile."""
        if not self._start(context):
            return {"CANCELLED"}
        try:
            while not self._step():
                pass
        finally:
            runner.end()
        return self._result

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Run by a timer, so that the artist works on."""
        if bpy.app.background or context.window is None:
            return self.execute(context)
        if not self._start(context):
            return {"CANCELLED"}
        self._timer = context.window_manager.event_timer_add(TIMER_SECONDS, window=context.window)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: Any, event: Any) -> set[str]:
        """Work a little at each tick of the timer; Esc stops, unless it is the playing animation that it stops."""
        if runner.current() is not self._running:  # cancelled elsewhere
            self._result = {"CANCELLED"}
            return self._go_on(context)
        if event.type == "ESC" and event.value == "PRESS" and not is_playing(context):
            self.cancel(context)
            self.report({"INFO"}, f"{self._running.title} cancelled")
            return {"CANCELLED"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        try:
            over = self._step()
        except Exception:  # a fault of ours, which must not block what comes after
            self.cancel(context)
            raise
        if over:
            runner.end()
            return self._go_on(context)
        self._show_progress(context)
        return {"PASS_THROUGH"}

    def cancel(self, context: Any) -> None:
        """Stop, and what waits too; Blender calls this when it closes the window under a running job."""
        if runner.current() is self._running:
            runner.end_all()
        self._leave(context)

    def _go_on(self, context: Any) -> set[str]:
        """Take up the next job; without one, leave."""
        if runner.current() is None and self._take_next():
            return {"PASS_THROUGH"}
        self._leave(context)
        return self._result

    def _take_next(self) -> bool:
        while runner.waiting():
            try:
                running = runner.take_next()
            except InputError as error:
                self.report({"ERROR"}, str(error))
                continue
            if running is not None:
                self._running = running
                return True
        return False

    def _start(self, context: Any) -> bool:
        """Whether the job has begun; it may have to wait for another, or cannot."""
        ob, scene = active_portrait(context), context.scene
        if (running := runner.current()) is not None:
            runner.wait(runner.Waiting(self.bl_label, ob.session_uid, scene.session_uid, self.starter()))
            self.report({"INFO"}, f"{self.bl_label} of {ob.name} begins when {running.title.lower()} is done")
            return False
        try:
            self._running = self.starter()(ob, scene)
        except InputError as error:
            self.report({"ERROR"}, str(error))
            return False
        runner.begin(self._running)
        return True

    def _step(self) -> bool:
        """Whether the job is over; `_result` then says how it ended."""
        try:
            done = self._running.step()
        except InputError as error:
            self.report({"ERROR"}, str(error))
            self._result = {"CANCELLED"}
            return True
        if done:
            for note in self._running.notes:
                self.report({"WARNING"}, note)
            self.report({"INFO"}, self._running.message)
            self._result = {"FINISHED"}
        return done

    def _show_progress(self, context: Any) -> None:
        if context.workspace is not None:
            ob = self._running.object
            whose = f"{ob.name}: " if ob is not None else ""
            context.workspace.status_text_set(f"{whose}{progress_text(self._running)}   Esc: cancel")
        areas.redraw_panels()
        ob, tracked = self._running.object, self._running.progress.tracked
        if ob is not None and tracked is not None:
            provisional.show(ob, tracked)

    def _leave(self, context: Any) -> None:
        if self._timer is not None:
            context.window_manager.event_timer_remove(self._timer)
            self._timer = None
        if context.workspace is not None:
            context.workspace.status_text_set(None)
        preview.refresh(context.scene)
        areas.redraw("VIEW_3D", "PROPERTIES")


def start_job(operator: Any, job: Callable[[str], object]) -> None:
    """Track or bake for an operator that has made that necessary; what goes wrong is the operator's report.

    Parameters
    ----------
    operator : bpy.types.Operator
    job : callable
        `bpy.ops.portrait.track` or the like. In background it runs to the end, by a timer where there is a window.
    """
    try:
        job("EXEC_DEFAULT" if bpy.app.background else "INVOKE_DEFAULT")
    except RuntimeError as error:  # how Blender hands on what an operator has reported
        operator.report({"ERROR"}, str(error).removeprefix("Error: ").strip())


def is_playing(context: Any) -> bool:
    """Whether an animation plays in any window; Esc is then meant for it."""
    return any(window.screen.is_animation_playing for window in context.window_manager.windows)


def job_name(job: runner.RunningJob | runner.Waiting) -> str:
    """What a job is and whose, such as "Baking Ford"."""
    ob = job.object
    return f"{job.title} {ob.name}" if ob is not None else job.title


def progress_text(running: runner.RunningJob) -> str:
    """What a job does and how far it is."""
    progress = running.progress
    of_total = f" of {progress.total}" if progress.total else ""
    return f"{progress.text} {progress.done}{of_total}{_time_left(running.seconds_left)}"


def _time_left(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f", {seconds:.0f} s left" if seconds < 100 else f", {seconds / 60:.0f} min left"


class PORTRAIT_OT_track(JobOperator, bpy.types.Operator):
    """Find the face in every frame of the driving clip"""

    bl_idname = "portrait.track"
    bl_label = "Track"
    needs_clip = True
    bl_options = {"UNDO"}  # not REGISTER: what took minutes is not to be adjusted after the event

    def starter(self) -> Callable[[Any, Any], runner.RunningJob]:
        """Track the driving clip."""

        def start(ob: Any, _scene: Any) -> runner.RunningJob:
            from ..running import job_builders  # with all that computes: not before it is needed

            return job_builders.track(ob)

        return start


class PORTRAIT_OT_bake(JobOperator, bpy.types.Operator):
    """Compute the frames and show them on the plane; tracks first if need be, keeps frames that are up to date"""

    bl_idname = "portrait.bake"
    bl_label = "Bake"
    bl_options = {"UNDO"}  # not REGISTER: what took minutes is not to be adjusted after the event

    force: BoolProperty(
        name="All Frames",
        description="Compute every frame again, also those that are up to date",
        options={"SKIP_SAVE"},
    )

    def starter(self) -> Callable[[Any, Any], runner.RunningJob]:
        """Bake the frames."""
        force = self.force

        def start(ob: Any, scene: Any) -> runner.RunningJob:
            from ..running import job_builders

            return job_builders.bake(ob, scene, force=force)

        return start


class PORTRAIT_OT_film(JobOperator, bpy.types.Operator):
    """Write the frames and the clip's sound as an MP4 film beside the folder of the frames; bakes first if need be"""

    bl_idname = "portrait.film"
    bl_label = "Bake Film"
    bl_options = {"UNDO"}

    def starter(self) -> Callable[[Any, Any], runner.RunningJob]:
        """Bake what is missing, and write the film."""

        def start(ob: Any, scene: Any) -> runner.RunningJob:
            from ..running import job_builders

            return job_builders.bake(ob, scene, film=True)

        return start


class PORTRAIT_OT_cancel(bpy.types.Operator):
    """Stop tracking or baking; frames that are done stay, and the next job begins"""

    bl_idname = "portrait.cancel"
    bl_label = "Cancel"

    @classmethod
    def poll(cls, _context: Any) -> bool:
        """Something must be running."""
        if runner.current() is not None:
            return True
        cls.poll_message_set("Nothing is running")
        return False

    def execute(self, _context: Any) -> set[str]:
        """Stop the job; its operator notices at its next event."""
        runner.end()
        return {"FINISHED"}


CLASSES = (PORTRAIT_OT_track, PORTRAIT_OT_bake, PORTRAIT_OT_film, PORTRAIT_OT_cancel)
