import pickle
import threading
import time
from collections.abc import Iterator

import cv2
import pytest

from portrait_addon.pipeline.imaging.threads import ComputedOnce, Lockable, ordered_thread_map


@pytest.mark.parametrize("workers", [0, 1, 2, 8])
def test_results_come_in_the_order_of_the_items(workers: int) -> None:
    first_may_end = threading.Event()

    def work(item: int) -> int:
        if item == 0 and workers > 1:
            assert first_may_end.wait(10)
        elif item == 1:
            first_may_end.set()
        return item * item

    assert list(ordered_thread_map(work, range(20), workers)) == [item * item for item in range(20)]


@pytest.mark.parametrize("ahead", [1, 4])
def test_no_more_is_held_than_is_in_work_and_wanted_ahead(ahead: int) -> None:
    taken: list[int] = []

    def take() -> Iterator[int]:
        for item in range(10):
            taken.append(item)
            yield item

    results = ordered_thread_map(lambda item: item, take(), 2, ahead)
    assert next(results) == 0
    assert taken == list(range(2 + ahead))
    results.close()


def test_work_goes_on_while_the_caller_is_busy() -> None:
    begun = threading.Semaphore(0)
    results = ordered_thread_map(lambda item: begun.release(), range(10), 2, 4)
    next(results)
    for _ in range(6):
        assert begun.acquire(timeout=10)
    results.close()


def test_an_error_is_raised_in_its_place_and_ends_the_work() -> None:
    def work(item: int) -> int | None:
        if item == 3:
            raise ValueError("the fourth")
        return item

    done = []
    with pytest.raises(ValueError, match="the fourth"):
        for result in ordered_thread_map(work, range(100), 2):
            done.append(result)
    assert done == [0, 1, 2]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("portrait-worker")]


def test_given_up_nothing_more_begins_and_no_thread_is_left() -> None:
    begun, threads = [], cv2.getNumThreads()
    results = ordered_thread_map(lambda item: begun.append(item), range(1000), 2)
    next(results)
    assert cv2.getNumThreads() == threads  # a setting of the whole process, Blender's too
    results.close()
    assert len(begun) <= 4
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("portrait-worker")]
    assert cv2.getNumThreads() == threads


class Counting(Lockable):
    """Counts how often its value is computed."""

    def __init__(self) -> None:
        super().__init__()
        self.computed = 0

    @ComputedOnce
    def value(self) -> list[int]:
        self.computed += 1
        time.sleep(0.02)
        return [self.computed]


def test_four_threads_compute_a_value_once() -> None:
    holder = Counting()
    values = list(ordered_thread_map(lambda _: holder.value, range(8), 4))
    assert holder.computed == 1
    assert all(value is holder.value for value in values)


def test_a_computed_value_is_pickled_and_not_computed_again() -> None:
    holder = Counting()
    assert holder.value == [1]
    copy = pickle.loads(pickle.dumps(holder))
    assert (copy.value, copy.computed) == ([1], 1)
