"""Operations on captcha provider, in coroutines. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from .._base import AsyncGroup, call
from ..models.captcha_provider import CaptchaProviderResponse, UpdateCaptchaProvider


class AsyncCaptchaProvider(AsyncGroup):
    """Operations on captcha provider."""

    async def delete(self) -> None:
        """``DELETE /api/captcha-provider``"""
        request = call("DELETE", "/api/captcha-provider")
        await self._send(request)

    async def get(self) -> CaptchaProviderResponse:
        """``GET /api/captcha-provider``"""
        request = call("GET", "/api/captcha-provider")
        return await self._fetch(request, CaptchaProviderResponse)

    async def update(self, body: UpdateCaptchaProvider) -> CaptchaProviderResponse:
        """``PUT /api/captcha-provider``"""
        request = call("PUT", "/api/captcha-provider", body=body)
        return await self._fetch(request, CaptchaProviderResponse)
