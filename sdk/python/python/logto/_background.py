"""The threads on which callers wait for the provider.

They are not the event loop's own: a provider that hangs must not hold up what else the application does on those.
"""

from __future__ import annotations

import os
import sys
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Callable, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

Result = TypeVar("Result")

MAX_THREADS = 32


@lru_cache(maxsize=2)
def _threads(purpose: str) -> ThreadPoolExecutor:
    # Here and below: plain programs need neither, and asyncio takes longer to import than the rest of this package.
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(max_workers=MAX_THREADS, thread_name_prefix=purpose)


if hasattr(os, "register_at_fork"):
    # Threads do not survive in a child process.
    os.register_at_fork(after_in_child=_threads.cache_clear)


def block(call: Callable[..., Result], *arguments: Any, **options: Any) -> Result:
    """Makes a call that may block, for plain code.

    Where gevent has patched the threads, it goes to a real thread of gevent's: native code blocks all greenlets of its own.
    """
    gevent = sys.modules.get("gevent.monkey")
    if gevent is not None and gevent.is_module_patched("threading"):
        from gevent import get_hub  # type: ignore[import-untyped, unused-ignore]

        result: Result = get_hub().threadpool.apply(call, arguments, options)
        return result
    return call(*arguments, **options)


async def runBlocking(call: Callable[..., Result], *arguments: Any, **options: Any) -> Result:
    """Runs a call that may block on another thread."""
    return await _run_on("logto", call, *arguments, **options)


async def wait_for_lock(enter: Callable[[], object], leave: Callable[..., object]) -> None:
    """Enters a lock on threads apart: those who wait for a lock must not keep its holder from a thread."""
    import asyncio

    waiting = _threads("logto-lock").submit(block, enter)
    try:
        await asyncio.wrap_future(waiting)
    except asyncio.CancelledError:
        # The thread cannot be stopped, and would hold the lock for good.
        waiting.add_done_callback(lambda done: None if done.cancelled() or done.exception() else leave(None, None, None))
        raise


async def _run_on(purpose: str, call: Callable[..., Result], *arguments: Any, **options: Any) -> Result:
    import asyncio

    job = partial(block, call, *arguments, **options)
    return await asyncio.get_running_loop().run_in_executor(_threads(purpose), job)
