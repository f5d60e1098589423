"""Operations on subject tokens. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from .._base import Group, call
from ..models.subject_tokens import CreateSubjectToken, CreatedSubjectToken


class SubjectTokens(Group):
    """Operations on subject tokens."""

    def create(self, body: CreateSubjectToken) -> CreatedSubjectToken:
        """``POST /api/subject-tokens``"""
        request = call("POST", "/api/subject-tokens", body=body)
        return self._fetch(request, CreatedSubjectToken)
