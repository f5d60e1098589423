"""Operations on custom profile fields. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List

from .._base import Group, call
from ..models.custom_profile_fields import (
    CreateCustomProfileField,
    CreateCustomProfileFieldsBatch,
    CustomProfileFieldByName,
    UpdateCustomProfileFieldByName,
    UpdateCustomProfileFieldsSieOrder,
)


class CustomProfileFields(Group):
    """Operations on custom profile fields."""

    def list(self) -> List[CustomProfileFieldByName]:
        """``GET /api/custom-profile-fields``"""
        request = call("GET", "/api/custom-profile-fields")
        return self._fetch(request, List[CustomProfileFieldByName])

    def create(self, body: CreateCustomProfileField) -> CustomProfileFieldByName:
        """``POST /api/custom-profile-fields``"""
        request = call("POST", "/api/custom-profile-fields", body=body)
        return self._fetch(request, CustomProfileFieldByName)

    def create_batch(self, body: List[CreateCustomProfileFieldsBatch]) -> List[CustomProfileFieldByName]:
        """``POST /api/custom-profile-fields/batch``"""
        request = call("POST", "/api/custom-profile-fields/batch", body=body)
        return self._fetch(request, List[CustomProfileFieldByName])

    def update_sie_order(self, body: UpdateCustomProfileFieldsSieOrder) -> List[CustomProfileFieldByName]:
        """``POST /api/custom-profile-fields/properties/sie-order``"""
        request = call("POST", "/api/custom-profile-fields/properties/sie-order", body=body)
        return self._fetch(request, List[CustomProfileFieldByName])

    def delete_by_name(self, name: str) -> None:
        """``DELETE /api/custom-profile-fields/{name}``"""
        request = call("DELETE", "/api/custom-profile-fields/{}", (name,))
        self._send(request)

    def get_by_name(self, name: str) -> CustomProfileFieldByName:
        """``GET /api/custom-profile-fields/{name}``"""
        request = call("GET", "/api/custom-profile-fields/{}", (name,))
        return self._fetch(request, CustomProfileFieldByName)

    def update_by_name(self, name: str, body: UpdateCustomProfileFieldByName) -> CustomProfileFieldByName:
        """``PUT /api/custom-profile-fields/{name}``"""
        request = call("PUT", "/api/custom-profile-fields/{}", (name,), body=body)
        return self._fetch(request, CustomProfileFieldByName)
