"""An application, shared by the sessions of all its users."""

from __future__ import annotations

from typing import Optional

from ._config import LogtoConfig
from ._perform import AnyStorage
from ._shared import shared_core
from .LogtoClient import LogtoClient
from .Storage import Storage
from .SyncLogtoClient import SyncLogtoClient


class Logto:
    """One application: made once, used for every request and from every thread, task or greenlet.

    Metadata and keys are fetched on first use, once for all who wait, renewed ahead of their end, and served while the provider
    is away. :class:`LogtoClient` with equal settings shares them.
    """

    def __init__(self, config: LogtoConfig) -> None:
        """
        :raises ConfigurationError: when a setting is unusable.
        """
        self.config = config
        shared_core(config)

    def session(self, storage: Optional[AnyStorage] = None) -> LogtoClient:
        """A client in coroutines over one user's session, usable as ``async with``."""
        return LogtoClient(self.config, storage)

    def sync_session(self, storage: Optional[Storage] = None) -> SyncLogtoClient:
        """The same in plain functions, usable as ``with``."""
        return SyncLogtoClient(self.config, storage)
