"""Operations on administrators, in coroutines. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List

from .._base import AsyncGroup, call
from .._paging import AsyncPages
from ..models.administrators import Administrator, AdministratorInvitation, CreateAdministratorInvitation, UpdateAdministrator


class AsyncAdministrators(AsyncGroup):
    """Operations on administrators."""

    async def list_invitations(self) -> List[AdministratorInvitation]:
        """``GET /api/administrator-invitations``"""
        request = call("GET", "/api/administrator-invitations")
        return await self._fetch(request, List[AdministratorInvitation])

    async def create_invitation(self, body: CreateAdministratorInvitation) -> AdministratorInvitation:
        """``POST /api/administrator-invitations``"""
        request = call("POST", "/api/administrator-invitations", body=body)
        return await self._fetch(request, AdministratorInvitation)

    async def revoke_invitation(self, administrator_id: str) -> None:
        """``DELETE /api/administrator-invitations/{id}``"""
        request = call("DELETE", "/api/administrator-invitations/{}", (administrator_id,))
        await self._send(request)

    def list(self, *, page_size: int = 100) -> AsyncPages[Administrator]:
        """``GET /api/administrators``"""
        return self._list("/api/administrators", (), {}, List[Administrator], list, page_size)

    async def remove(self, user_id: str) -> None:
        """``DELETE /api/administrators/{userId}``"""
        request = call("DELETE", "/api/administrators/{}", (user_id,))
        await self._send(request)

    async def get(self, user_id: str) -> Administrator:
        """``GET /api/administrators/{userId}``"""
        request = call("GET", "/api/administrators/{}", (user_id,))
        return await self._fetch(request, Administrator)

    async def update(self, user_id: str, body: UpdateAdministrator) -> Administrator:
        """``PATCH /api/administrators/{userId}``"""
        request = call("PATCH", "/api/administrators/{}", (user_id,), body=body)
        return await self._fetch(request, Administrator)
