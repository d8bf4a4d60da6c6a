"""An ordered map in threads, and properties that are computed once.

NumPy and OpenCV release Python's lock while they compute, so threads suffice. Each item is processed independently: its
result depends neither on the number of threads nor on their order.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Generic, TypeVar, overload

WORKERS = min(os.cpu_count() or 1, 8)
"""Default number of threads."""

Item = TypeVar("Item")
Result = TypeVar("Result")
Value = TypeVar("Value")


def ordered_thread_map(
    work: Callable[[Item], Result], items: Iterable[Item], workers: int = WORKERS, ahead: int = 1
) -> Generator[Result, None, None]:
    """Apply a function to items in threads and yield the results in the order of the items.

    The calling thread takes the items, so that a clip is decoded while its frames are processed. Close the generator to
    cancel: running calls end, and waiting ones never start.

    Parameters
    ----------
    work : callable
        Takes an item and returns its result. Several threads call it at once.
    items : iterable
        Read only as fast as the results are taken.
    workers : int
        Number of threads; with 0 the calling thread does all the work.
    ahead : int
        Number of results that may be computed ahead of the caller, beyond one for each thread.

    Yields
    ------
    object
        Result of `work` for the next item.

    Examples
    --------
    >>> list(ordered_thread_map(abs, [-3, 1, -2], workers=2))
    [3, 1, 2]
    """
    if not workers:
        yield from map(work, items)
        return
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(workers, "portrait-worker") as pool:
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) >= workers + ahead:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


class ComputedOnce(Generic[Value]):
    """Decorator for a property that is computed at its first use, once, whichever thread asks first.

    The value lives as long as its object. `functools.cached_property` has no lock from Python 3.12 on: four threads
    would compute one value four times. The object needs an attribute `lock`, a `threading.RLock`; see `Lockable`.

    Parameters
    ----------
    compute : callable
        Takes the object and returns the value.
    """

    def __init__(self, compute: Callable[[Any], Value]) -> None:
        self._compute = compute
        self.__doc__ = compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, holder: None, owner: type) -> ComputedOnce[Value]: ...
    @overload
    def __get__(self, holder: object, owner: type) -> Value: ...
    def __get__(self, holder: Any, owner: type) -> ComputedOnce[Value] | Value:
        if holder is None:
            return self
        values = holder.__dict__  # Python finds the value here, under the same name, before it calls __get__ again
        with holder.lock:
            if self._name not in values:
                values[self._name] = self._compute(holder)
        value: Value = values[self._name]
        return value


class Lockable:
    """Base class of objects with `ComputedOnce` properties. They can be pickled: a copy gets a new lock."""

    def __init__(self) -> None:
        self.lock = threading.RLock()

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, lock=threading.RLock())
