"""Operations on dashboard. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from .._base import Group, call
from .._calls import QueryValue
from ..models.dashboard import ActiveUserCounts, NewUserCounts, TotalUserCount


class Dashboard(Group):
    """Operations on dashboard."""

    def get_active_user_counts(self, *, date: QueryValue = None) -> ActiveUserCounts:
        """``GET /api/dashboard/users/active``"""
        request = call("GET", "/api/dashboard/users/active", query={"date": date})
        return self._fetch(request, ActiveUserCounts)

    def get_new_user_counts(self) -> NewUserCounts:
        """``GET /api/dashboard/users/new``"""
        request = call("GET", "/api/dashboard/users/new")
        return self._fetch(request, NewUserCounts)

    def get_total_user_count(self) -> TotalUserCount:
        """``GET /api/dashboard/users/total``"""
        request = call("GET", "/api/dashboard/users/total")
        return self._fetch(request, TotalUserCount)
