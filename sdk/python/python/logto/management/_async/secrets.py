"""Operations on secrets, in coroutines. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from .._base import AsyncGroup, call


class AsyncSecrets(AsyncGroup):
    """Operations on secrets."""

    async def delete(self, secret_id: str) -> None:
        """``DELETE /api/secrets/{id}``"""
        request = call("DELETE", "/api/secrets/{}", (secret_id,))
        await self._send(request)
