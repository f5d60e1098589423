"""Models of systems. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from .._base import ResponseModel


class SystemApplicationConfig(ResponseModel):
    """What applications can use."""

    protected_apps: SystemApplicationConfigProtectedApps


class SystemApplicationConfigProtectedApps(ResponseModel):
    """Where protected applications live."""

    default_domain: str
