"""Operations on email templates, in coroutines. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List

from .._base import AsyncGroup, call
from .._calls import QueryValue
from ..models.email_templates import DeletedEmailTemplates, EmailTemplate, ReplaceEmailTemplates, UpdateEmailTemplateDetails


class AsyncEmailTemplates(AsyncGroup):
    """Operations on email templates."""

    async def delete_many(self, *, language_tag: QueryValue = None, template_type: QueryValue = None) -> DeletedEmailTemplates:
        """``DELETE /api/email-templates``"""
        request = call("DELETE", "/api/email-templates", query={"languageTag": language_tag, "templateType": template_type})
        return await self._fetch(request, DeletedEmailTemplates)

    async def list(self, *, language_tag: QueryValue = None, template_type: QueryValue = None) -> List[EmailTemplate]:
        """``GET /api/email-templates``"""
        request = call("GET", "/api/email-templates", query={"languageTag": language_tag, "templateType": template_type})
        return await self._fetch(request, List[EmailTemplate])

    async def replace(self, body: ReplaceEmailTemplates) -> List[EmailTemplate]:
        """``PUT /api/email-templates``"""
        request = call("PUT", "/api/email-templates", body=body)
        return await self._fetch(request, List[EmailTemplate])

    async def delete(self, email_template_id: str) -> None:
        """``DELETE /api/email-templates/{id}``"""
        request = call("DELETE", "/api/email-templates/{}", (email_template_id,))
        await self._send(request)

    async def get(self, email_template_id: str) -> EmailTemplate:
        """``GET /api/email-templates/{id}``"""
        request = call("GET", "/api/email-templates/{}", (email_template_id,))
        return await self._fetch(request, EmailTemplate)

    async def update_details(self, email_template_id: str, body: UpdateEmailTemplateDetails) -> EmailTemplate:
        """``PATCH /api/email-templates/{id}/details``"""
        request = call("PATCH", "/api/email-templates/{}/details", (email_template_id,), body=body)
        return await self._fetch(request, EmailTemplate)
