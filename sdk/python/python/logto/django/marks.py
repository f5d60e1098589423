"""Marks in the database: a cache for what has to be there in every process, and a lock between them."""

from __future__ import annotations

import secrets
import time
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from typing import AsyncGenerator, Generator, Optional

from asgiref.sync import sync_to_async
from django.db import IntegrityError, OperationalError, router, transaction
from django.utils import timezone

from .models import Mark

# A holder that died no longer holds the lock after this many seconds: longer than the longest LOGTO_TIMEOUT.
LOCK_LIFETIME = 310
LOCK_WAIT = 30.0
POLL_INTERVAL = 0.02


class MarkCache:
    """A cache of ``logto.web`` in the database: what it holds, all processes see, and a restart does not lose."""

    def get(self, key: str) -> Optional[str]:
        """The stored text, or None."""
        found = Mark.objects.filter(key=key, expires_at__gt=timezone.now()).values_list("value", flat=True).first()
        return None if found is None else str(found)

    def set(self, key: str, value: str, seconds: int) -> None:
        """Stores a text for so many seconds."""
        Mark.objects.update_or_create(key=key, defaults={"value": value, "expires_at": _in(seconds)})

    def add(self, key: str, value: str, seconds: int) -> bool:
        """Stores a text unless there is one; whether it did. Nothing comes between."""
        Mark.objects.filter(key=key, expires_at__lte=timezone.now()).delete()
        try:
            # Atomic, so that a refused row does not break the transaction of the caller.
            with transaction.atomic(using=router.db_for_write(Mark)):
                Mark.objects.create(key=key, value=value, expires_at=_in(seconds))
        except IntegrityError:
            return False
        return True

    def remove(self, key: str, value: str) -> None:
        """Removes a text if it is this one."""
        Mark.objects.filter(key=key, value=value).delete()


@contextmanager
def row_lock(key: str) -> Generator[None, None, None]:
    """A lock that every process sees: a row that only one can insert.

    :raises TimeoutError: after half a minute.
    """
    cache, name, value = MarkCache(), f"logto:lock:{key}", secrets.token_urlsafe(16)
    until = time.monotonic() + LOCK_WAIT
    while not _had(cache, name, value):
        if time.monotonic() >= until:
            raise TimeoutError("the lock was not free in time")
        time.sleep(POLL_INTERVAL)
    try:
        yield
    finally:
        cache.remove(name, value)


@asynccontextmanager
async def async_row_lock(key: str) -> AsyncGenerator[None, None]:
    """The same for coroutines, on the thread that has Django's database connection."""
    import asyncio

    cache, name, value = MarkCache(), f"logto:lock:{key}", secrets.token_urlsafe(16)
    until = time.monotonic() + LOCK_WAIT
    while not await sync_to_async(_had)(cache, name, value):
        if time.monotonic() >= until:
            raise TimeoutError("the lock was not free in time")
        await asyncio.sleep(POLL_INTERVAL)
    try:
        yield
    finally:
        await sync_to_async(cache.remove)(name, value)


def _had(cache: MarkCache, name: str, value: str) -> bool:
    try:
        return cache.add(name, value, LOCK_LIFETIME)
    except OperationalError:
        # SQLite lets one connection write at a time and says "database is locked". Inside of a transaction, waiting cannot help.
        if transaction.get_connection(router.db_for_write(Mark)).in_atomic_block:
            raise
        return False


def _in(seconds: int) -> datetime:
    return timezone.now() + timedelta(seconds=seconds)
