"""Models of domains. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import Any, Dict, List, Literal, Optional, Union

from .._base import RequestModel, ResponseModel


class CleanupDomains(RequestModel):
    """Which domains are deleted: those that were not active for so many days."""

    stale_days: float


class CleanupDomainsResponse(ResponseModel):
    """How many domains were looked at and deleted."""

    scanned_count: int
    deleted_count: int
    skipped_active_count: int
    failed_count: int


class CreateDomain(RequestModel):
    """A new custom domain."""

    domain: str


class Domain(ResponseModel):
    """A custom domain."""

    id: str
    domain: str
    status: Union[Literal["PendingVerification", "PendingSsl", "Active", "Error"], str]
    """The state of a custom domain."""
    error_message: Optional[str]
    dns_records: List[DomainDnsRecord]
    created_at: int
    """Milliseconds since 1970."""


class DomainDnsRecord(ResponseModel):
    """A record that the owner of a domain makes."""

    name: str
    type: str
    value: str


class ReplaceDomainVerificationFiles(RequestModel):
    """Texts by the path that they are served at."""

    verification_files: Dict[str, Any]
