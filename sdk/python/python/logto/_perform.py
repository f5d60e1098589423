"""How an operation of the core meets a session's storage: read, run without it, write."""

from __future__ import annotations

import inspect
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import AsyncGenerator, Callable, Dict, Generator, Optional, Protocol, Union, cast, get_args

from ._background import block, runBlocking, wait_for_lock
from .LogtoException import ConfigurationError, StorageError
from .Storage import AsyncLockingStorage, AsyncStorage, LockingStorage, PersistKey, Storage


class Operation(Protocol):
    """An operation of the core, or one made of it."""

    @property
    def needs_no_io(self) -> bool: ...
    @property
    def lock_key(self) -> Optional[str]: ...
    def run(self) -> None: ...
    def save(self, storage: Storage) -> Optional[str]: ...


Start = Callable[[Storage], Operation]
AnyStorage = Union[Storage, AsyncStorage]

KEYS: tuple[PersistKey, ...] = get_args(PersistKey)
# The session may be another one each time its lock is had: after that often, something else is wrong.
MAX_LOCKS = 4


class StorageCopy(Storage):
    """What an awaited storage holds, read at once; records what is to be written."""

    def __init__(self, values: Dict[PersistKey, Optional[str]]) -> None:
        self._values = values
        self._changes: Dict[PersistKey, Optional[str]] = {}

    @classmethod
    async def of(cls, storage: AsyncStorage) -> StorageCopy:
        return cls({key: await storage.get(key) for key in KEYS})

    def get(self, key: PersistKey) -> Optional[str]:
        return self._values.get(key)

    def set(self, key: PersistKey, value: Optional[str]) -> None:
        self._values[key] = self._changes[key] = value

    def delete(self, key: PersistKey) -> None:
        self.set(key, None)

    async def write_to(self, storage: AsyncStorage) -> None:
        for key, value in self._changes.items():
            if value is None:
                await storage.delete(key)
            else:
                await storage.set(key, value)


def is_async(storage: AnyStorage) -> bool:
    """Whether a storage has to be awaited."""
    return inspect.iscoroutinefunction(storage.get)


def plain(storage: AnyStorage) -> Storage:
    """The storage, for a function that cannot await."""
    if is_async(storage):
        raise ConfigurationError(
            "This storage has to be awaited: use the coroutines of LogtoClient, for example `await client.find_id_token_claims()` "
            "instead of `client.is_authenticated()`",
            code="storage.async",
        )
    return cast(Storage, storage)


async def perform_async(storage: AnyStorage, start: Start) -> Optional[str]:
    """Runs an operation to its end, under the session's lock where it refreshes and the storage has one."""
    operation = start(await _opened(storage))
    if operation.lock_key is None or not hasattr(storage, "lock"):
        return await _finish_async(storage, operation)
    for _ in range(MAX_LOCKS):
        key = operation.lock_key
        async with _locked_async(storage, key):
            # Another process may have refreshed meanwhile.
            operation = start(await _opened(storage))
            if operation.lock_key in (None, key):
                return await _finish_async(storage, operation)
    raise _no_lock()


def perform(storage: Storage, start: Start) -> Optional[str]:
    """The same for plain code."""
    operation = start(plain(storage))
    if operation.lock_key is None or not hasattr(storage, "lock"):
        return _finish(storage, operation)
    for _ in range(MAX_LOCKS):
        key = operation.lock_key
        with _locked(storage, key):
            operation = start(storage)
            if operation.lock_key in (None, key):
                return _finish(storage, operation)
    raise _no_lock()


async def _opened(storage: AnyStorage) -> Storage:
    return await StorageCopy.of(cast(AsyncStorage, storage)) if is_async(storage) else cast(Storage, storage)


async def _finish_async(storage: AnyStorage, operation: Operation) -> Optional[str]:
    if operation.needs_no_io:
        operation.run()
    else:
        await runBlocking(operation.run)
    view = await _opened(storage)
    try:
        return operation.save(view)
    finally:
        # An operation that fails may have something to write: a session that is over is removed.
        if isinstance(view, StorageCopy):
            await view.write_to(cast(AsyncStorage, storage))


def _finish(storage: Storage, operation: Operation) -> Optional[str]:
    if operation.needs_no_io:
        operation.run()
    else:
        block(operation.run)
    return operation.save(storage)


@contextmanager
def _locked(storage: object, key: str) -> Generator[None, None, None]:
    context = cast(LockingStorage, storage).lock(key)
    try:
        context.__enter__()
    except TimeoutError as error:
        raise _no_lock() from error
    try:
        yield
    finally:
        context.__exit__(None, None, None)


@asynccontextmanager
async def _locked_async(storage: object, key: str) -> AsyncGenerator[None, None]:
    context = cast(Union[LockingStorage, AsyncLockingStorage], storage).lock(key)
    try:
        if isinstance(context, AbstractAsyncContextManager):
            await context.__aenter__()
        else:
            await wait_for_lock(context.__enter__, context.__exit__)
    except TimeoutError as error:
        raise _no_lock() from error
    try:
        yield
    finally:
        if isinstance(context, AbstractAsyncContextManager):
            await context.__aexit__(None, None, None)
        else:
            await runBlocking(context.__exit__, None, None, None)


def _no_lock() -> StorageError:
    return StorageError("The lock of the session could not be had in time", code="storage.lock_timeout")
