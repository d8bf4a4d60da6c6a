from collections.abc import Generator
from typing import Any

import pytest

from portrait_addon.errors import InputError
from portrait_addon.jobs.job import Cancelled, Job, prefix_errors, run
from portrait_addon.pipeline.records.face import NoFaceError
from portrait_addon.pipeline.records.progress import Progress


class Counting(Job[str]):
    title = "Count"

    def __init__(self, total: int) -> None:
        super().__init__()
        self.total = total
        self.cleaned_up = False

    def steps(self) -> Generator[Progress, None, str]:
        try:
            for done in range(self.total):
                self.notes.append(f"step {done}")
                yield Progress(done + 1, self.total, "Counting")
            return "counted"
        finally:
            self.cleaned_up = True


class Twice(Job[list[Any]]):
    title = "Count twice"

    def steps(self) -> Generator[Progress, None, list[Any]]:
        first = yield from self.part(Counting(1))
        second = yield from self.part(Counting(2))
        return [first, second]


def test_a_job_reports_every_step_and_returns_its_result() -> None:
    seen: list[Any] = []
    assert run(Counting(3), seen.append) == "counted"
    assert [progress.done for progress in seen] == [1, 2, 3]


@pytest.mark.parametrize("steps_before", range(3))
def test_cancelling_lets_the_job_clean_up(steps_before: int) -> None:
    job = Counting(3)
    seen: list[Any] = []
    with pytest.raises(Cancelled):
        run(job, seen.append, lambda: len(seen) == steps_before)
    assert len(seen) == steps_before
    assert job.cleaned_up or steps_before == 0  # what never began has nothing to clean up


def test_an_error_while_showing_progress_lets_the_job_clean_up() -> None:
    job = Counting(3)

    def fail(_progress: Progress) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(job, fail)
    assert job.cleaned_up


def test_parts_hand_on_their_results_and_each_note_once() -> None:
    job = Twice()
    assert run(job) == ["counted", "counted"]
    assert job.notes == ["step 0", "step 1"]


def test_the_file_is_named_that_the_method_cannot_use() -> None:
    with pytest.raises(InputError, match=r"^clip\.mp4: no face$"), prefix_errors("clip.mp4"):
        raise NoFaceError("no face")
