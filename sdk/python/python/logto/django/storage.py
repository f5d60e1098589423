"""Where the tokens of a signed-in browser are kept: in a row of :class:`Session`."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Dict, MutableMapping, Optional

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import router, transaction

from ..EncryptedStorage import EncryptedStorage
from ..Storage import AsyncStorage, PersistKey, Storage
from .marks import async_row_lock, row_lock
from .models import Session


class RowStorage(Storage):
    """The tokens of one row, as they are in the database, read once and again under the lock."""

    def __init__(self, key: str) -> None:
        self.key = key
        self._tokens: Optional[Dict[str, Optional[str]]] = None
        # Written in a transaction of the view, which takes them along when it is rolled back.
        self.at_risk = False
        self._held = False
        self._changed = False

    def get(self, key: PersistKey) -> Optional[str]:
        return self.load().get(key)

    def set(self, key: PersistKey, value: Optional[str]) -> None:
        tokens, self._changed = self.load(), True
        if value is None:
            tokens.pop(key, None)
        else:
            tokens[key] = value
        if not self._held:
            self.save()

    def delete(self, key: PersistKey) -> None:
        if key in self.load():
            self.set(key, None)

    def lock(self, key: str) -> AbstractContextManager[None]:
        """The lock of a refresh. What is read under it is what the process before has written."""
        return _Reloading(self, row_lock(key))

    def load(self) -> Dict[str, Optional[str]]:
        """The encrypted tokens; none when the row is gone, because somebody signed the user out."""
        if self._tokens is None:
            tokens: Dict[str, Optional[str]] = Session.objects.filter(key=self.key).values_list("tokens", flat=True).first() or {}
            self._tokens = tokens
        return self._tokens

    def hold(self) -> None:
        """Reads from the database, and writes nothing until :meth:`release`: whoever reads without the lock must not see a new
        refresh token beside an ID token that has ended.
        """
        self._tokens, self._held = None, True

    def release(self) -> None:
        """Writes everything at once, if anything is different."""
        self._held = False
        if self._changed:
            self.save()

    def save(self) -> None:
        """Writes the tokens. A row that is gone stays gone: a refresh does not bring an ended session back."""
        self._changed = False
        Session.objects.filter(key=self.key).update(tokens=self.load())
        self.at_risk = self.at_risk or transaction.get_connection(router.db_for_write(Session)).in_atomic_block


class _Reloading(AbstractContextManager[None]):
    """The lock, and a fresh look at the row once it is had; what is new in it is written before the lock is given back."""

    def __init__(self, storage: RowStorage, lock: AbstractContextManager[None]) -> None:
        self._storage, self._lock = storage, lock

    def __enter__(self) -> None:
        self._lock.__enter__()
        self._storage.hold()

    def __exit__(self, *error: object) -> None:
        try:
            self._storage.release()
        finally:
            self._lock.__exit__(None, None, None)


class AsyncRowStorage(AsyncStorage):
    """The same for coroutines, on the thread that has Django's database connection."""

    def __init__(self, rows: RowStorage, storage: Storage) -> None:
        """
        :param storage: the encryption around ``rows``.
        """
        self._rows, self._storage = rows, storage

    async def get(self, key: PersistKey) -> Optional[str]:
        return await sync_to_async(self._storage.get)(key)

    async def set(self, key: PersistKey, value: Optional[str]) -> None:
        await sync_to_async(self._storage.set)(key, value)

    async def delete(self, key: PersistKey) -> None:
        await sync_to_async(self._storage.delete)(key)

    def lock(self, key: str) -> AbstractAsyncContextManager[None]:
        """See :meth:`RowStorage.lock`."""
        return _AsyncReloading(self._rows, async_row_lock(key))


class _AsyncReloading(AbstractAsyncContextManager[None]):
    def __init__(self, storage: RowStorage, lock: AbstractAsyncContextManager[None]) -> None:
        self._storage, self._lock = storage, lock

    async def __aenter__(self) -> None:
        await self._lock.__aenter__()
        self._storage.hold()

    async def __aexit__(self, *error: object) -> None:
        try:
            await sync_to_async(self._storage.release)()
        finally:
            await self._lock.__aexit__(None, None, None)


class LockedEncryptedStorage(EncryptedStorage):
    """Encrypted under ``SECRET_KEY``, with the lock of the rows."""

    def __init__(self, rows: RowStorage) -> None:
        super().__init__(rows, settings.SECRET_KEY)
        self._rows = rows

    def lock(self, key: str) -> AbstractContextManager[None]:
        """See :meth:`RowStorage.lock`."""
        return self._rows.lock(key)


class PendingStorage(Storage):
    """Sign-ins under way in Django's session; the tokens of a finished one in memory, until it has a row of its own.

    Apart from the tokens of the user who is signed in, so that somebody who starts a sign-in and cancels it stays signed in.
    """

    def __init__(self, session: MutableMapping[str, object], name: str) -> None:
        self._session, self._name = session, name
        self.tokens: Dict[PersistKey, str] = {}

    def get(self, key: PersistKey) -> Optional[str]:
        found = self._session.get(self._name) if key == "signInSession" else self.tokens.get(key)
        return found if isinstance(found, str) else None

    def set(self, key: PersistKey, value: Optional[str]) -> None:
        if value is None:
            self.delete(key)
        elif key == "signInSession":
            self._session[self._name] = value
        else:
            self.tokens[key] = value

    def delete(self, key: PersistKey) -> None:
        if key == "signInSession":
            if self._name in self._session:
                del self._session[self._name]
        else:
            self.tokens.pop(key, None)
