"""How requests reach the Management API: settings, one attempt, and when there is another one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Optional, Union

from .. import _native
from .._connection import DEFAULT_TIMEOUT, connectionSettings
from ..LogtoException import ConfigurationError, LogtoException, NetworkError, ProviderError
from .errors import ManagementError, refusal

DEFAULT_RESOURCE = "https://default.logto.app/api"

# Of methods that may be repeated when nobody knows whether the first attempt was done (RFC 9110 section 9.2.2).
IDEMPOTENT = frozenset({"GET", "PUT", "DELETE"})
# Before the attempts after a broken connection, in seconds; it doubles.
FIRST_WAIT = 0.1
# When a 503 says nothing about it, in seconds.
UNSAID_WAIT = 1.0


@dataclass(frozen=True)
class Call:
    """One request. ``path`` has its query."""

    method: str
    path: str
    body: Optional[str] = None


@dataclass(frozen=True)
class Response:
    """A success."""

    status: int
    body: str


Outcome = Union[Response, LogtoException]


class Connection:
    """An application's way to the Management API; for all threads, also after a fork."""

    def __init__(
        self,
        endpoint: str,
        app_id: str,
        app_secret: str,
        *,
        resource: str = DEFAULT_RESOURCE,
        scope: str = "all",
        timeout: float = DEFAULT_TIMEOUT,
        proxy: Optional[str] = None,
        ca_bundle: Optional[str] = None,
        allow_insecure_http: bool = False,
        retries: int = 3,
        max_retry_wait: float = 30.0,
    ) -> None:
        """
        :param endpoint: the tenant's public address, for example ``https://auth.example.com``.
        :param app_id: the id of a machine-to-machine application with a role for the Management API.
        :param resource: the Management API's indicator: ``https://{tenant}.logto.app/api``.
        :param timeout: limit for one attempt in seconds, the request for a token included.
        :param proxy: the proxy's address; None for the environment's variables, an empty text for none.
        :param ca_bundle: a PEM file or a directory of certificate authorities to trust instead of the system's.
        :param retries: how many more attempts a request has that meets a 503 or a broken connection.
        :param max_retry_wait: a server that wants more patience than these seconds is not waited for.
        :raises ConfigurationError: for settings that cannot work.
        """
        if not app_id or not app_secret:
            raise ConfigurationError("The Management API needs the id and the secret of a machine-to-machine application", code="config.invalid")
        if retries < 0 or max_retry_wait < 0:
            raise ConfigurationError("`retries` and `max_retry_wait` must not be negative", code="config.invalid")
        self._settings = (endpoint, app_id, app_secret, resource, scope)
        self._network = connectionSettings(timeout, ca_bundle, proxy, allow_insecure_http)
        self.retries: int = retries
        self.max_retry_wait: float = max_retry_wait
        self._made = (os.getpid(), self._connect())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._settings[0]!r}, {self._settings[1]!r})"

    def _connect(self) -> _native.ManagementConnection:
        endpoint, app_id, app_secret, resource, scope = self._settings
        return _native.ManagementConnection(
            endpoint=endpoint, app_id=app_id, app_secret=app_secret, resource=resource, scope=scope, connection=self._network
        )

    def attempt(self, call: Call) -> Outcome:
        """One attempt; may block."""
        pid, native = self._made
        if pid != os.getpid():
            # Connections must not be shared between processes.
            native = self._connect()
            self._made = (os.getpid(), native)
        try:
            status, body, retry_after = native.send(call.method, call.path, call.body)
        except LogtoException as error:
            return error
        if 200 <= status < 300:
            return Response(status, body)
        return refusal(status, body, seconds(retry_after))

    def wait_before_next(self, call: Call, outcome: Outcome, attempts: int) -> Optional[float]:
        """The seconds to wait before another attempt; None when there is to be none."""
        if attempts > self.retries:
            return None
        wait: Optional[float] = None
        if isinstance(outcome, NetworkError) and outcome.code == "network.unreachable" and call.method in IDEMPOTENT:
            wait = FIRST_WAIT * 2.0 ** (attempts - 1)
        elif isinstance(outcome, ProviderError) and outcome.status == 503:
            # Nothing was done: one request is one transaction.
            said = outcome.retry_after if isinstance(outcome, ManagementError) else None
            wait = UNSAID_WAIT if said is None else said
        return wait if wait is not None and wait <= self.max_retry_wait else None


def seconds(retry_after: Optional[str]) -> Optional[float]:
    """``Retry-After``: seconds or a date (RFC 9110 section 10.2.3)."""
    if retry_after is None:
        return None
    if retry_after.strip().isascii() and retry_after.strip().isdigit():
        return float(retry_after)
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return max(0.0, (moment - datetime.now(timezone.utc)).total_seconds())
