"""Operations on custom profile fields, in coroutines. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List

from .._base import AsyncGroup, call
from ..models.custom_profile_fields import (
    CreateCustomProfileField,
    CreateCustomProfileFieldsBatch,
    CustomProfileFieldByName,
    UpdateCustomProfileFieldByName,
    UpdateCustomProfileFieldsSieOrder,
)


class AsyncCustomProfileFields(AsyncGroup):
    """Operations on custom profile fields."""

    async def list(self) -> List[CustomProfileFieldByName]:
        """``GET /api/custom-profile-fields``"""
        request = call("GET", "/api/custom-profile-fields")
        return await self._fetch(request, List[CustomProfileFieldByName])

    async def create(self, body: CreateCustomProfileField) -> CustomProfileFieldByName:
        """``POST /api/custom-profile-fields``"""
        request = call("POST", "/api/custom-profile-fields", body=body)
        return await self._fetch(request, CustomProfileFieldByName)

    async def create_batch(self, body: List[CreateCustomProfileFieldsBatch]) -> List[CustomProfileFieldByName]:
        """``POST /api/custom-profile-fields/batch``"""
        request = call("POST", "/api/custom-profile-fields/batch", body=body)
        return await self._fetch(request, List[CustomProfileFieldByName])

    async def update_sie_order(self, body: UpdateCustomProfileFieldsSieOrder) -> List[CustomProfileFieldByName]:
        """``POST /api/custom-profile-fields/properties/sie-order``"""
        request = call("POST", "/api/custom-profile-fields/properties/sie-order", body=body)
        return await self._fetch(request, List[CustomProfileFieldByName])

    async def delete_by_name(self, name: str) -> None:
        """``DELETE /api/custom-profile-fields/{name}``"""
        request = call("DELETE", "/api/custom-profile-fields/{}", (name,))
        await self._send(request)

    async def get_by_name(self, name: str) -> CustomProfileFieldByName:
        """``GET /api/custom-profile-fields/{name}``"""
        request = call("GET", "/api/custom-profile-fields/{}", (name,))
        return await self._fetch(request, CustomProfileFieldByName)

    async def update_by_name(self, name: str, body: UpdateCustomProfileFieldByName) -> CustomProfileFieldByName:
        """``PUT /api/custom-profile-fields/{name}``"""
        request = call("PUT", "/api/custom-profile-fields/{}", (name,), body=body)
        return await self._fetch(request, CustomProfileFieldByName)
