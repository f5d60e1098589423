"""Operations on audit logs. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List

from .._base import Group, call
from .._calls import QueryValue
from .._paging import Pages
from ..models.audit_logs import Log


class AuditLogs(Group):
    """Operations on audit logs."""

    def list(
        self,
        *,
        user_id: QueryValue = None,
        application_id: QueryValue = None,
        log_key: QueryValue = None,
        enable_cap: QueryValue = None,
        start_time: QueryValue = None,
        end_time: QueryValue = None,
        page_size: int = 100,
    ) -> Pages[Log]:
        """``GET /api/logs``"""
        return self._list(
            "/api/logs",
            (),
            {
                "userId": user_id,
                "applicationId": application_id,
                "logKey": log_key,
                "enableCap": enable_cap,
                "start_time": start_time,
                "end_time": end_time,
            },
            List[Log],
            list,
            page_size,
        )

    def get(self, audit_log_id: str) -> Log:
        """``GET /api/logs/{id}``"""
        request = call("GET", "/api/logs/{}", (audit_log_id,))
        return self._fetch(request, Log)
