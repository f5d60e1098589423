"""The locks of `logto.locks` on a real Redis: one holder at a time, and none that died holds on."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from logto.locks import AsyncRedisLock, RedisLock

redis_package = pytest.importorskip("redis")


def test_threads_enter_one_after_the_other(redis):
    inside, most = [], []

    def enter():
        with RedisLock(redis_package.Redis(unix_socket_path=redis))("session"):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.02)
            inside.pop()

    threads = [threading.Thread(target=enter) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 8


def test_tasks_enter_one_after_the_other_and_other_keys_do_not_wait(redis):
    inside, most = [], []

    async def enter(client, key):
        async with AsyncRedisLock(client)(key):
            inside.append(key)
            most.append(inside.count(key))
            await asyncio.sleep(0.02)
            inside.remove(key)

    async def all_of_them():
        async with redis_package.asyncio.Redis(unix_socket_path=redis) as one, redis_package.asyncio.Redis(unix_socket_path=redis) as other:
            await asyncio.gather(*(enter(client, key) for client in (one, other) for key in ("a", "b") for _ in range(4)))

    asyncio.run(all_of_them())
    assert most == [1] * 16


def test_who_waits_too_long_is_told_so(redis):
    client = redis_package.Redis(unix_socket_path=redis)

    async def waiting():
        async with redis_package.asyncio.Redis(unix_socket_path=redis) as awaited, AsyncRedisLock(awaited, wait=0.1)("session"):
            pass

    with RedisLock(client)("session"):
        with pytest.raises(TimeoutError), RedisLock(client, wait=0.1)("session"):
            pass
        with pytest.raises(TimeoutError):
            asyncio.run(waiting())


def test_a_holder_that_was_too_slow_does_not_free_the_next_one(redis):
    client = redis_package.Redis(unix_socket_path=redis)
    with RedisLock(client, lifetime=0.05)("session"):
        time.sleep(0.1)
        second = RedisLock(client)("session")
        second.__enter__()
    assert client.get("logto:lock:session") is not None, "the first one's end left the second one's lock"
    second.__exit__(None, None, None)
    assert client.get("logto:lock:session") is None
