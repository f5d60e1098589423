"""Operations on hooks. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List

from .._base import Group, call
from .._calls import QueryValue
from .._paging import Pages
from ..models.hooks import CreateHook, CreateHookTest, CreatedHook, Hook, HookRecentLog, UpdateHook


class Hooks(Group):
    """Operations on hooks."""

    def list(self, *, include_execution_stats: QueryValue = None, page_size: int = 100) -> Pages[Hook]:
        """``GET /api/hooks``"""
        return self._list("/api/hooks", (), {"includeExecutionStats": include_execution_stats}, List[Hook], list, page_size)

    def create(self, body: CreateHook) -> CreatedHook:
        """``POST /api/hooks``"""
        request = call("POST", "/api/hooks", body=body)
        return self._fetch(request, CreatedHook)

    def delete(self, hook_id: str) -> None:
        """``DELETE /api/hooks/{id}``"""
        request = call("DELETE", "/api/hooks/{}", (hook_id,))
        self._send(request)

    def get(self, hook_id: str, *, include_execution_stats: QueryValue = None) -> Hook:
        """``GET /api/hooks/{id}``"""
        request = call("GET", "/api/hooks/{}", (hook_id,), query={"includeExecutionStats": include_execution_stats})
        return self._fetch(request, Hook)

    def update(self, hook_id: str, body: UpdateHook) -> CreatedHook:
        """``PATCH /api/hooks/{id}``"""
        request = call("PATCH", "/api/hooks/{}", (hook_id,), body=body)
        return self._fetch(request, CreatedHook)

    def list_recent_logs(
        self,
        hook_id: str,
        *,
        log_key: QueryValue = None,
        enable_cap: QueryValue = None,
        start_time: QueryValue = None,
        end_time: QueryValue = None,
        result: QueryValue = None,
        page_size: int = 100,
    ) -> Pages[HookRecentLog]:
        """``GET /api/hooks/{id}/recent-logs``"""
        return self._list(
            "/api/hooks/{}/recent-logs",
            (hook_id,),
            {"logKey": log_key, "enableCap": enable_cap, "start_time": start_time, "end_time": end_time, "result": result},
            List[HookRecentLog],
            list,
            page_size,
        )

    def update_signing_key(self, hook_id: str) -> CreatedHook:
        """``PATCH /api/hooks/{id}/signing-key``"""
        request = call("PATCH", "/api/hooks/{}/signing-key", (hook_id,))
        return self._fetch(request, CreatedHook)

    def create_test(self, hook_id: str, body: CreateHookTest) -> None:
        """``POST /api/hooks/{id}/test``"""
        request = call("POST", "/api/hooks/{}/test", (hook_id,), body=body)
        self._send(request)
