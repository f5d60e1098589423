"""Operations on client registration. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List

from .._base import Group, call
from .._paging import Pages
from ..models.client_registration import CreateInitialAccessToken, CreatedInitialAccessToken, InitialAccessToken


class ClientRegistration(Group):
    """Operations on client registration."""

    def delete_application_registration(self, client_registration_id: str) -> None:
        """``DELETE /api/applications/{id}/registration``"""
        request = call("DELETE", "/api/applications/{}/registration", (client_registration_id,))
        self._send(request)

    def list_initial_access_tokens(self, *, page_size: int = 100) -> Pages[InitialAccessToken]:
        """``GET /api/initial-access-tokens``"""
        return self._list("/api/initial-access-tokens", (), {}, List[InitialAccessToken], list, page_size)

    def create_initial_access_token(self, body: CreateInitialAccessToken) -> CreatedInitialAccessToken:
        """``POST /api/initial-access-tokens``"""
        request = call("POST", "/api/initial-access-tokens", body=body)
        return self._fetch(request, CreatedInitialAccessToken)

    def delete_initial_access_token(self, client_registration_id: str) -> None:
        """``DELETE /api/initial-access-tokens/{id}``"""
        request = call("DELETE", "/api/initial-access-tokens/{}", (client_registration_id,))
        self._send(request)
