"""The cores that all sessions of an application share."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Optional, Tuple

from . import _native
from ._config import LogtoConfig
from ._lock import ProcessLock


def text_of(value: object) -> str:
    """The value of an enumeration's member, or the text itself."""
    return str(getattr(value, "value", value))


def shared_core(config: LogtoConfig) -> _native.Core:
    """The core of these settings: metadata, keys, connections and refreshes in flight."""
    settings = (
        config.endpoint,
        config.appId,
        config.appSecret,
        config.prompt,
        tuple(config.resources),
        tuple(text_of(scope) for scope in config.scopes),
        config.leeway,
        config.timeout,
        config.callbackMatch,
        config.caFile,
        config.proxy,
        config.allowInsecureHttp,
        config.refreshAhead,
    )
    # The threads of a new process ask at the same moment: each would get a core of its own, and fetch everything again.
    with _making:
        return _core(*settings)


_making = ProcessLock()


@lru_cache(maxsize=64)
def _core(endpoint: str, appId: str, appSecret: Optional[str], prompt: str, resources: Tuple[str, ...], scopes: Tuple[str, ...],
          leeway: int, timeout: float, callbackMatch: str, caFile: Optional[str], proxy: Optional[str],
          allowInsecureHttp: bool, refreshAhead: int) -> _native.Core:
    return _native.Core(
        endpoint=endpoint,
        app_id=appId,
        app_secret=appSecret,
        prompt=prompt,
        resources=list(resources),
        scopes=list(scopes),
        leeway=leeway,
        timeout=timeout,
        match_path_only=callbackMatch == "path",
        ca_file=caFile,
        proxy=proxy,
        allow_insecure_http=allowInsecureHttp,
        refresh_ahead=refreshAhead,
    )


def forget_cores() -> None:
    """Lets clients made from now on begin with nothing fetched and no connection open."""
    _core.cache_clear()


if hasattr(os, "register_at_fork"):
    # Connections must not be shared between processes.
    os.register_at_fork(after_in_child=forget_cores)
