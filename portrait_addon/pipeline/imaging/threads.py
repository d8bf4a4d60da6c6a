"""Work in threads: many pieces at once with their results in order, and values computed once.

NumPy and OpenCV let other threads run while they compute, so threads are enough. Each piece is whole in itself: its
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
"""Number of threads unless the caller chooses another."""

Item = TypeVar("Item")
Result = TypeVar("Result")
Value = TypeVar("Value")


def ordered_thread_map(
    work: Callable[[Item], Result], items: Iterable[Item], workers: int = WORKERS, ahead: int = 1
) -> Generator[Result, None, None]:
    """Yield the result of `work` for each item, in the order of the items.

    The calling thread takes the items, so that a clip is decoded while its frames are worked on. Close the generator to
    give up: running pieces end, the others never begin.

    Parameters
    ----------
    work : callable
        Several threads call it at once.
    items : iterable
    workers : int
        Number of threads; with 0 the calling thread does all the work.
    ahead : int
        Number of finished results that may wait for the caller.

    Yields
    ------
    object
        A result of `work`.
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
    """Property whose value is computed at its first use, once, whichever thread asks first.

    The value lives as long as the object. `functools.cached_property` has no lock from Python 3.12 on: four threads
    would compute one value four times. The object needs an attribute `lock`, a `threading.RLock`.

    Parameters
    ----------
    compute : callable
        Takes the object; becomes the getter.
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
        values = holder.__dict__  # the value stands there under the same name, where Python looks first
        with holder.lock:
            if self._name not in values:
                values[self._name] = self._compute(holder)
        value: Value = values[self._name]
        return value


class Lockable:
    """Base class of objects with `ComputedOnce` values; they can be pickled, the lock is made anew."""

    def __init__(self) -> None:
        self.lock = threading.RLock()

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, lock=threading.RLock())
