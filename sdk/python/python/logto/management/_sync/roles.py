"""Operations on roles. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List, Mapping, Optional

from .._base import Group, call, searched
from .._calls import QueryValue
from .._paging import Pages
from ..models.roles import (
    CreateRole,
    CreateRoleApplication,
    CreateRoleScope,
    CreateRoleUser,
    ListedRole,
    RoleScope,
    RoleUser,
    UpdateRole,
)
from ..models.shared import ListedApplication, ListedResourceScope, Role


class Roles(Group):
    """Operations on roles."""

    def list(
        self,
        *,
        exclude_user_id: QueryValue = None,
        exclude_application_id: QueryValue = None,
        type: QueryValue = None,
        search: Optional[str] = None,
        search_params: Optional[Mapping[str, QueryValue]] = None,
        page_size: int = 100,
    ) -> Pages[ListedRole]:
        """``GET /api/roles``"""
        return self._list(
            "/api/roles",
            (),
            {
                **searched(search, search_params),
                "excludeUserId": exclude_user_id,
                "excludeApplicationId": exclude_application_id,
                "type": type,
            },
            List[ListedRole],
            list,
            page_size,
        )

    def create(self, body: CreateRole) -> Role:
        """``POST /api/roles``"""
        request = call("POST", "/api/roles", body=body)
        return self._fetch(request, Role)

    def delete(self, role_id: str) -> None:
        """``DELETE /api/roles/{id}``"""
        request = call("DELETE", "/api/roles/{}", (role_id,))
        self._send(request)

    def get(self, role_id: str) -> Role:
        """``GET /api/roles/{id}``"""
        request = call("GET", "/api/roles/{}", (role_id,))
        return self._fetch(request, Role)

    def update(self, role_id: str, body: UpdateRole) -> Role:
        """``PATCH /api/roles/{id}``"""
        request = call("PATCH", "/api/roles/{}", (role_id,), body=body)
        return self._fetch(request, Role)

    def list_applications(
        self,
        role_id: str,
        *,
        search: Optional[str] = None,
        search_params: Optional[Mapping[str, QueryValue]] = None,
        page_size: int = 100,
    ) -> Pages[ListedApplication]:
        """``GET /api/roles/{id}/applications``"""
        return self._list(
            "/api/roles/{}/applications",
            (role_id,),
            searched(search, search_params),
            List[ListedApplication],
            list,
            page_size,
        )

    def create_application(self, role_id: str, body: CreateRoleApplication) -> None:
        """``POST /api/roles/{id}/applications``"""
        request = call("POST", "/api/roles/{}/applications", (role_id,), body=body)
        self._send(request)

    def delete_application(self, role_id: str, application_id: str) -> None:
        """``DELETE /api/roles/{id}/applications/{applicationId}``"""
        request = call("DELETE", "/api/roles/{}/applications/{}", (role_id, application_id))
        self._send(request)

    def list_scopes(
        self,
        role_id: str,
        *,
        search: Optional[str] = None,
        search_params: Optional[Mapping[str, QueryValue]] = None,
        page_size: int = 100,
    ) -> Pages[RoleScope]:
        """``GET /api/roles/{id}/scopes``"""
        return self._list("/api/roles/{}/scopes", (role_id,), searched(search, search_params), List[RoleScope], list, page_size)

    def create_scope(self, role_id: str, body: CreateRoleScope) -> Optional[List[ListedResourceScope]]:
        """``POST /api/roles/{id}/scopes``"""
        request = call("POST", "/api/roles/{}/scopes", (role_id,), body=body)
        return self._fetch_if((201,), request, List[ListedResourceScope])

    def delete_scope(self, role_id: str, scope_id: str) -> None:
        """``DELETE /api/roles/{id}/scopes/{scopeId}``"""
        request = call("DELETE", "/api/roles/{}/scopes/{}", (role_id, scope_id))
        self._send(request)

    def list_users(
        self,
        role_id: str,
        *,
        search: Optional[str] = None,
        search_params: Optional[Mapping[str, QueryValue]] = None,
        page_size: int = 100,
    ) -> Pages[RoleUser]:
        """``GET /api/roles/{id}/users``"""
        return self._list("/api/roles/{}/users", (role_id,), searched(search, search_params), List[RoleUser], list, page_size)

    def create_user(self, role_id: str, body: CreateRoleUser) -> None:
        """``POST /api/roles/{id}/users``"""
        request = call("POST", "/api/roles/{}/users", (role_id,), body=body)
        self._send(request)

    def delete_user(self, role_id: str, user_id: str) -> None:
        """``DELETE /api/roles/{id}/users/{userId}``"""
        request = call("DELETE", "/api/roles/{}/users/{}", (role_id, user_id))
        self._send(request)
