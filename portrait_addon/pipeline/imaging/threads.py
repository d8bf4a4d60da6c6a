"""Many like pieces of work at once, their results in order.

NumPy and OpenCV let other threads run while they compute, so threads are enough. Each piece is whole in itself: what
comes out depends neither on how many work nor on who is first.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import cv2

WORKERS = min(os.cpu_count() or 1, 8)
"""Threads that work unless somebody says otherwise."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def ordered_thread_map(
    work: Callable[[Item], Result], items: Iterable[Item], workers: int = WORKERS, ahead: int = 1
) -> Generator[Result, None, None]:
    """Yield what `work` makes of each item, in the order of the items.

    Items are taken in the caller's thread, so that a clip is decoded while its frames are worked on. Close the
    generator to give up: what is begun is ended, the rest never begins.

    Parameters
    ----------
    work : callable
        Is called from several threads at once.
    items : iterable
    workers : int
        Threads; with none, all is done in the caller's.
    ahead : int
        Items that are held beside those in work: so many are done although the caller is busy with something else.
    """
    if not workers:
        yield from map(work, items)
        return
    waiting: deque[Future[Result]] = deque()
    with _opencv_in_one_thread(workers > 1), ThreadPoolExecutor(workers, "portrait-worker") as pool:
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) >= workers + ahead:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


@contextmanager
def _opencv_in_one_thread(wanted: bool) -> Iterator[None]:
    """Keep OpenCV from dividing its own work meanwhile: its threads and ours would wait for each other."""
    before = cv2.getNumThreads()
    if wanted:
        cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)
