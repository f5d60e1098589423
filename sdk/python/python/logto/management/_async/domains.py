"""Operations on domains, in coroutines. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import Any, Dict, List

from .._base import AsyncGroup, call
from ..models.domains import CleanupDomains, CleanupDomainsResponse, CreateDomain, Domain, ReplaceDomainVerificationFiles


class AsyncDomains(AsyncGroup):
    """Operations on domains."""

    async def list(self) -> List[Domain]:
        """``GET /api/domains``"""
        request = call("GET", "/api/domains")
        return await self._fetch(request, List[Domain])

    async def create(self, body: CreateDomain) -> Domain:
        """``POST /api/domains``"""
        request = call("POST", "/api/domains", body=body)
        return await self._fetch(request, Domain)

    async def cleanup(self, body: CleanupDomains) -> CleanupDomainsResponse:
        """``POST /api/domains/cleanup``"""
        request = call("POST", "/api/domains/cleanup", body=body)
        return await self._fetch(request, CleanupDomainsResponse)

    async def delete(self, domain_id: str) -> None:
        """``DELETE /api/domains/{id}``"""
        request = call("DELETE", "/api/domains/{}", (domain_id,))
        await self._send(request)

    async def get(self, domain_id: str) -> Domain:
        """``GET /api/domains/{id}``"""
        request = call("GET", "/api/domains/{}", (domain_id,))
        return await self._fetch(request, Domain)

    async def list_verification_files(self, domain_id: str) -> Dict[str, Any]:
        """``GET /api/domains/{id}/verification-files``"""
        request = call("GET", "/api/domains/{}/verification-files", (domain_id,))
        return await self._fetch(request, Dict[str, Any])

    async def replace_verification_files(self, domain_id: str, body: ReplaceDomainVerificationFiles) -> Dict[str, Any]:
        """``PUT /api/domains/{id}/verification-files``"""
        request = call("PUT", "/api/domains/{}/verification-files", (domain_id,), body=body)
        return await self._fetch(request, Dict[str, Any])
