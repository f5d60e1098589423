"""The threads on which coroutines wait for the provider.

They are not the event loop's own: a provider that hangs must not hold up what else the application does on those.
"""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from typing import Any, Callable, TypeVar

Result = TypeVar("Result")

MAX_THREADS = 32


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=MAX_THREADS, thread_name_prefix="logto")


if hasattr(os, "register_at_fork"):
    # Threads do not survive in a child process.
    os.register_at_fork(after_in_child=_threads.cache_clear)


async def runBlocking(call: Callable[..., Result], *arguments: Any, **options: Any) -> Result:
    """Runs a call that may block on another thread."""
    return await asyncio.get_running_loop().run_in_executor(_threads(), partial(call, *arguments, **options))
