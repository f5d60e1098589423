"""Operations on domains. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import Any, Dict, List

from .._base import Group, call
from ..models.domains import CleanupDomains, CleanupDomainsResponse, CreateDomain, Domain, ReplaceDomainVerificationFiles


class Domains(Group):
    """Operations on domains."""

    def list(self) -> List[Domain]:
        """``GET /api/domains``"""
        request = call("GET", "/api/domains")
        return self._fetch(request, List[Domain])

    def create(self, body: CreateDomain) -> Domain:
        """``POST /api/domains``"""
        request = call("POST", "/api/domains", body=body)
        return self._fetch(request, Domain)

    def cleanup(self, body: CleanupDomains) -> CleanupDomainsResponse:
        """``POST /api/domains/cleanup``"""
        request = call("POST", "/api/domains/cleanup", body=body)
        return self._fetch(request, CleanupDomainsResponse)

    def delete(self, domain_id: str) -> None:
        """``DELETE /api/domains/{id}``"""
        request = call("DELETE", "/api/domains/{}", (domain_id,))
        self._send(request)

    def get(self, domain_id: str) -> Domain:
        """``GET /api/domains/{id}``"""
        request = call("GET", "/api/domains/{}", (domain_id,))
        return self._fetch(request, Domain)

    def list_verification_files(self, domain_id: str) -> Dict[str, Any]:
        """``GET /api/domains/{id}/verification-files``"""
        request = call("GET", "/api/domains/{}/verification-files", (domain_id,))
        return self._fetch(request, Dict[str, Any])

    def replace_verification_files(self, domain_id: str, body: ReplaceDomainVerificationFiles) -> Dict[str, Any]:
        """``PUT /api/domains/{id}/verification-files``"""
        request = call("PUT", "/api/domains/{}/verification-files", (domain_id,), body=body)
        return self._fetch(request, Dict[str, Any])
