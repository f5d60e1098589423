"""Operations on resources. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List, Mapping, Optional

from .._base import Group, call, searched
from .._calls import QueryValue
from .._paging import Pages
from ..models.resources import (
    CreateResource,
    CreateResourceScope,
    ListedResource,
    UpdateResource,
    UpdateResourceIsDefault,
    UpdateResourceScope,
)
from ..models.shared import ListedResourceScope, Resource


class Resources(Group):
    """Operations on resources."""

    def list(self, *, include_scopes: QueryValue = None, page_size: int = 100) -> Pages[ListedResource]:
        """``GET /api/resources``"""
        return self._list("/api/resources", (), {"includeScopes": include_scopes}, List[ListedResource], list, page_size)

    def create(self, body: CreateResource) -> ListedResource:
        """``POST /api/resources``"""
        request = call("POST", "/api/resources", body=body)
        return self._fetch(request, ListedResource)

    def delete(self, resource_id: str) -> None:
        """``DELETE /api/resources/{id}``"""
        request = call("DELETE", "/api/resources/{}", (resource_id,))
        self._send(request)

    def get(self, resource_id: str) -> Resource:
        """``GET /api/resources/{id}``"""
        request = call("GET", "/api/resources/{}", (resource_id,))
        return self._fetch(request, Resource)

    def update(self, resource_id: str, body: UpdateResource) -> Resource:
        """``PATCH /api/resources/{id}``"""
        request = call("PATCH", "/api/resources/{}", (resource_id,), body=body)
        return self._fetch(request, Resource)

    def update_is_default(self, resource_id: str, body: UpdateResourceIsDefault) -> Resource:
        """``PATCH /api/resources/{id}/is-default``"""
        request = call("PATCH", "/api/resources/{}/is-default", (resource_id,), body=body)
        return self._fetch(request, Resource)

    def list_scopes(
        self,
        resource_id: str,
        *,
        search: Optional[str] = None,
        search_params: Optional[Mapping[str, QueryValue]] = None,
        page_size: int = 100,
    ) -> Pages[ListedResourceScope]:
        """``GET /api/resources/{resourceId}/scopes``"""
        return self._list(
            "/api/resources/{}/scopes",
            (resource_id,),
            searched(search, search_params),
            List[ListedResourceScope],
            list,
            page_size,
        )

    def create_scope(self, resource_id: str, body: CreateResourceScope) -> ListedResourceScope:
        """``POST /api/resources/{resourceId}/scopes``"""
        request = call("POST", "/api/resources/{}/scopes", (resource_id,), body=body)
        return self._fetch(request, ListedResourceScope)

    def delete_scope(self, resource_id: str, scope_id: str) -> None:
        """``DELETE /api/resources/{resourceId}/scopes/{scopeId}``"""
        request = call("DELETE", "/api/resources/{}/scopes/{}", (resource_id, scope_id))
        self._send(request)

    def update_scope(self, resource_id: str, scope_id: str, body: UpdateResourceScope) -> ListedResourceScope:
        """``PATCH /api/resources/{resourceId}/scopes/{scopeId}``"""
        request = call("PATCH", "/api/resources/{}/scopes/{}", (resource_id, scope_id), body=body)
        return self._fetch(request, ListedResourceScope)
