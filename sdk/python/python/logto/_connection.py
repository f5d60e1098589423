"""How a provider is reached."""

from __future__ import annotations

from typing import Optional, TypedDict

DEFAULT_TIMEOUT = 10.0


class ConnectionSettings(TypedDict):
    """The settings of :class:`logto.LogtoConfig` that concern the network."""

    timeout: float
    ca_file: Optional[str]
    proxy: Optional[str]
    allow_insecure_http: bool


def connectionSettings(
    timeout: float = DEFAULT_TIMEOUT,
    caFile: Optional[str] = None,
    proxy: Optional[str] = None,
    allowInsecureHttp: bool = False,
) -> ConnectionSettings:
    """Settings with their defaults."""
    return {"timeout": timeout, "ca_file": caFile, "proxy": proxy, "allow_insecure_http": allowInsecureHttp}
