"""Operations on captcha provider. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from .._base import Group, call
from ..models.captcha_provider import CaptchaProviderResponse, UpdateCaptchaProvider


class CaptchaProvider(Group):
    """Operations on captcha provider."""

    def delete(self) -> None:
        """``DELETE /api/captcha-provider``"""
        request = call("DELETE", "/api/captcha-provider")
        self._send(request)

    def get(self) -> CaptchaProviderResponse:
        """``GET /api/captcha-provider``"""
        request = call("GET", "/api/captcha-provider")
        return self._fetch(request, CaptchaProviderResponse)

    def update(self, body: UpdateCaptchaProvider) -> CaptchaProviderResponse:
        """``PUT /api/captcha-provider``"""
        request = call("PUT", "/api/captcha-provider", body=body)
        return self._fetch(request, CaptchaProviderResponse)
