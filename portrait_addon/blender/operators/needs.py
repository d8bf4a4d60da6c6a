"""What operators need before they can run, and what their buttons say while it is missing."""

from __future__ import annotations

from typing import Any

from ... import libraries
from ...errors import InputError
from ..data.properties import SELECT_FIRST, active_portrait

BUSY = "A job of this portrait is running: wait for it, or stop it by its cross"


def set_poll_message(operator: Any, reason: str | None) -> bool:
    """Whether an operator may run; else its grey button says the reason."""
    reason = libraries.problem() or reason
    if reason is not None:
        operator.poll_message_set(reason)
    return reason is None


class NeedsPortrait:
    """For operators: is grey until a portrait is active. Those that need more say so in `why_not`."""

    poll_message_set: Any
    report: Any

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Nothing must be missing."""
        return set_poll_message(cls, cls.why_not(context))

    @classmethod
    def why_not(cls, context: Any) -> str | None:
        """Why it cannot run; None if it can."""
        return None if active_portrait(context) is not None else SELECT_FIRST


class NeedsPerformance(NeedsPortrait):
    """The same, and reads what the clip says."""

    def performance(self, ob: Any, *, as_chosen: bool = False) -> Any | None:
        """What was tracked; None, with a word to the user, if it is not at hand.

        Parameters
        ----------
        ob
        as_chosen : bool
            Only with the neutral frame that is chosen now; else with any, since a clip's times are the same with all.
        """
        from ..running import object_cache, runner  # with all that computes: not before it is needed

        try:
            performance = object_cache.performance_of(ob) if as_chosen else object_cache.any_performance_of(ob)
        except InputError as error:
            self.report({"ERROR"}, str(error))
            return None
        if performance is None:
            missing = "What was tracked is not at hand. Track the clip first."
            self.report({"ERROR"}, f"{BUSY}." if runner.is_busy_with(ob) else missing)
        return performance


class NeedsTrackedClip(NeedsPerformance):
    """Is grey until the portrait's clip was tracked."""

    @classmethod
    def why_not(cls, context: Any) -> str | None:
        """There must be a portrait whose clip was tracked."""
        if reason := super().why_not(context):
            return reason
        properties = active_portrait(context).portrait
        return None if properties.clip is not None and properties.tracked_frames else "Track the driving clip first"
