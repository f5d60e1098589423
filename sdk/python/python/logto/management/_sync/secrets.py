"""Operations on secrets. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from .._base import Group, call


class Secrets(Group):
    """Operations on secrets."""

    def delete(self, secret_id: str) -> None:
        """``DELETE /api/secrets/{id}``"""
        request = call("DELETE", "/api/secrets/{}", (secret_id,))
        self._send(request)
