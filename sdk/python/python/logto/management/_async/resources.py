"""Operations on resources, in coroutines. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List, Mapping, Optional

from .._base import AsyncGroup, call, searched
from .._calls import QueryValue
from .._paging import AsyncPages
from ..models.resources import (
    CreateResource,
    CreateResourceScope,
    ListedResource,
    UpdateResource,
    UpdateResourceIsDefault,
    UpdateResourceScope,
)
from ..models.shared import ListedResourceScope, Resource


class AsyncResources(AsyncGroup):
    """Operations on resources."""

    def list(self, *, include_scopes: QueryValue = None, page_size: int = 100) -> AsyncPages[ListedResource]:
        """``GET /api/resources``"""
        return self._list("/api/resources", (), {"includeScopes": include_scopes}, List[ListedResource], list, page_size)

    async def create(self, body: CreateResource) -> ListedResource:
        """``POST /api/resources``"""
        request = call("POST", "/api/resources", body=body)
        return await self._fetch(request, ListedResource)

    async def delete(self, resource_id: str) -> None:
        """``DELETE /api/resources/{id}``"""
        request = call("DELETE", "/api/resources/{}", (resource_id,))
        await self._send(request)

    async def get(self, resource_id: str) -> Resource:
        """``GET /api/resources/{id}``"""
        request = call("GET", "/api/resources/{}", (resource_id,))
        return await self._fetch(request, Resource)

    async def update(self, resource_id: str, body: UpdateResource) -> Resource:
        """``PATCH /api/resources/{id}``"""
        request = call("PATCH", "/api/resources/{}", (resource_id,), body=body)
        return await self._fetch(request, Resource)

    async def update_is_default(self, resource_id: str, body: UpdateResourceIsDefault) -> Resource:
        """``PATCH /api/resources/{id}/is-default``"""
        request = call("PATCH", "/api/resources/{}/is-default", (resource_id,), body=body)
        return await self._fetch(request, Resource)

    def list_scopes(
        self,
        resource_id: str,
        *,
        search: Optional[str] = None,
        search_params: Optional[Mapping[str, QueryValue]] = None,
        page_size: int = 100,
    ) -> AsyncPages[ListedResourceScope]:
        """``GET /api/resources/{resourceId}/scopes``"""
        return self._list(
            "/api/resources/{}/scopes",
            (resource_id,),
            searched(search, search_params),
            List[ListedResourceScope],
            list,
            page_size,
        )

    async def create_scope(self, resource_id: str, body: CreateResourceScope) -> ListedResourceScope:
        """``POST /api/resources/{resourceId}/scopes``"""
        request = call("POST", "/api/resources/{}/scopes", (resource_id,), body=body)
        return await self._fetch(request, ListedResourceScope)

    async def delete_scope(self, resource_id: str, scope_id: str) -> None:
        """``DELETE /api/resources/{resourceId}/scopes/{scopeId}``"""
        request = call("DELETE", "/api/resources/{}/scopes/{}", (resource_id, scope_id))
        await self._send(request)

    async def update_scope(self, resource_id: str, scope_id: str, body: UpdateResourceScope) -> ListedResourceScope:
        """``PATCH /api/resources/{resourceId}/scopes/{scopeId}``"""
        request = call("PATCH", "/api/resources/{}/scopes/{}", (resource_id, scope_id), body=body)
        return await self._fetch(request, ListedResourceScope)
