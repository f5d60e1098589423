"""The last step of a sign-in."""

from __future__ import annotations

from typing import List, Optional, Tuple

from . import _native
from ._reading import id_token_claims
from .Storage import PersistKey, Storage


class SignInOperation:
    """Stores nothing of a sign-in whose ID token cannot be read: the session would look like one without a user, and the application
    would send the browser to sign in again, and again.
    """

    def __init__(self, operation: _native.Operation) -> None:
        self._operation = operation

    @property
    def needs_no_io(self) -> bool:
        return self._operation.needs_no_io

    @property
    def lock_key(self) -> Optional[str]:
        return self._operation.lock_key

    def run(self) -> None:
        self._operation.run()

    def save(self, storage: Storage) -> Optional[str]:
        """
        :raises IdTokenError: for claims of other types than :class:`logto.IdTokenClaims` has.
        """
        held = _HeldChanges(storage)
        result = self._operation.save(held)
        held.write()
        return result


class _HeldChanges(Storage):
    """Writes at the end, or not at all."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._changes: List[Tuple[PersistKey, Optional[str]]] = []

    def get(self, key: PersistKey) -> Optional[str]:
        for changed, value in reversed(self._changes):
            if changed == key:
                return value
        return self._storage.get(key)

    def set(self, key: PersistKey, value: Optional[str]) -> None:
        if key == "idToken" and value is not None:
            id_token_claims(_native.decode(value))
        self._changes.append((key, value))

    def delete(self, key: PersistKey) -> None:
        self._changes.append((key, None))

    def write(self) -> None:
        for key, value in self._changes:
            if value is None:
                self._storage.delete(key)
            else:
                self._storage.set(key, value)
