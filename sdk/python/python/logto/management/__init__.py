"""The Management API: a typed client, in plain functions and in coroutines.

Its operations and models are made from the server's OpenAPI document by ``cargo xtask gen``.
"""

from __future__ import annotations

from ._async import AsyncManagementClient
from ._connection import DEFAULT_RESOURCE
from ._paging import AsyncPages, Pages
from ._sync import ManagementClient
from .errors import Issue, ManagementError, NotFoundError

__all__ = [
    "DEFAULT_RESOURCE",
    "AsyncManagementClient",
    "AsyncPages",
    "Issue",
    "ManagementClient",
    "ManagementError",
    "NotFoundError",
    "Pages",
]
