"""Encryption for storages whose contents the browser can read."""

from __future__ import annotations

import zlib
from typing import Optional

from ._native import ValueCipher
from .LogtoException import StorageError
from .Storage import PersistKey, Storage


class EncryptedStorage(Storage):
    """Wraps a storage; what reaches it is encrypted (AES-256-GCM under a key derived from ``secret``).

    A signed session cookie, as Flask and Starlette make it, can be read by whoever has the browser: tokens in it are
    signed, not secret. With ``EncryptedStorage(SessionStorage(), secret)`` they are.

    Values stored before encryption was switched on stay readable. A value that cannot be decrypted, because the secret
    was changed, counts as absent: the user signs in again.

    :param storage: the storage to wrap.
    :param secret: at least 16 characters, the same on every server of the application.
    """

    def __init__(self, storage: Storage, secret: str) -> None:
        self._storage = storage
        self._cipher = ValueCipher(secret)

    def get(self, key: PersistKey) -> Optional[str]:
        stored = self._storage.get(key)
        if not stored:
            return None
        try:
            decrypted = self._cipher.decrypt(key, stored)
        except StorageError:
            return None
        return stored if decrypted is None else zlib.decompress(decrypted).decode()

    def set(self, key: PersistKey, value: Optional[str]) -> None:
        # Compressed first, because what is encrypted cannot be compressed any more and cookies are small.
        self._storage.set(key, None if value is None else self._cipher.encrypt(key, zlib.compress(value.encode(), 9)))

    def delete(self, key: PersistKey) -> None:
        self._storage.delete(key)
