"""Operations on administrators. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List

from .._base import Group, call
from .._paging import Pages
from ..models.administrators import Administrator, AdministratorInvitation, CreateAdministratorInvitation, UpdateAdministrator


class Administrators(Group):
    """Operations on administrators."""

    def list_invitations(self) -> List[AdministratorInvitation]:
        """``GET /api/administrator-invitations``"""
        request = call("GET", "/api/administrator-invitations")
        return self._fetch(request, List[AdministratorInvitation])

    def create_invitation(self, body: CreateAdministratorInvitation) -> AdministratorInvitation:
        """``POST /api/administrator-invitations``"""
        request = call("POST", "/api/administrator-invitations", body=body)
        return self._fetch(request, AdministratorInvitation)

    def revoke_invitation(self, administrator_id: str) -> None:
        """``DELETE /api/administrator-invitations/{id}``"""
        request = call("DELETE", "/api/administrator-invitations/{}", (administrator_id,))
        self._send(request)

    def list(self, *, page_size: int = 100) -> Pages[Administrator]:
        """``GET /api/administrators``"""
        return self._list("/api/administrators", (), {}, List[Administrator], list, page_size)

    def remove(self, user_id: str) -> None:
        """``DELETE /api/administrators/{userId}``"""
        request = call("DELETE", "/api/administrators/{}", (user_id,))
        self._send(request)

    def get(self, user_id: str) -> Administrator:
        """``GET /api/administrators/{userId}``"""
        request = call("GET", "/api/administrators/{}", (user_id,))
        return self._fetch(request, Administrator)

    def update(self, user_id: str, body: UpdateAdministrator) -> Administrator:
        """``PATCH /api/administrators/{userId}``"""
        request = call("PATCH", "/api/administrators/{}", (user_id,), body=body)
        return self._fetch(request, Administrator)
