"""What operators have in common that need a tracked clip."""

from __future__ import annotations

from typing import Any

from ...errors import InputError
from ..data.properties import SELECT_FIRST, is_portrait


class NeedsPerformance:
    """Reads what the clip says; for operators."""

    poll_message_set: Any
    report: Any

    def performance(self, ob: Any, *, as_chosen: bool = False) -> Any | None:
        """What was tracked; None, with a word to the user, if it is not at hand.

        Parameters
        ----------
        ob
        as_chosen : bool
            Only with the neutral frame that is chosen now; else with any, since a clip's times are the same with all.
        """
        from ..running import loaded  # with all that computes: not before it is needed

        try:
            performance = loaded.performance_of(ob) if as_chosen else loaded.any_performance_of(ob)
        except InputError as error:
            self.report({"ERROR"}, str(error))
            return None
        if performance is None:
            self.report({"ERROR"}, "What was tracked is not at hand. Track the clip first.")
        return performance


class NeedsTrackedClip(NeedsPerformance):
    """Is grey until the portrait's clip was tracked."""

    @classmethod
    def poll(cls, context: Any) -> bool:
        """There must be a portrait whose clip was tracked."""
        ob = context.object
        if not is_portrait(ob):
            cls.poll_message_set(SELECT_FIRST)
        elif ob.portrait.clip is None or not ob.portrait.tracked_frames:
            cls.poll_message_set("Track the driving clip first")
        else:
            return True
        return False
