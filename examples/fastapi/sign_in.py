"""Who is signed in, and which tokens count."""

from __future__ import annotations

from fastapi import Request, Response
from fastapi.templating import Jinja2Templates
from logto import LogtoConfig, LogtoException, UserInfoScope
from logto.fastapi import LogtoAuth, Problem
from settings import load

SCOPES = {"read:notes": "Read the notes", "write:notes": "Write notes"}

settings = load()
templates = Jinja2Templates("templates")


async def problem_page(request: Request, problem: Problem) -> Response:
    """The sample's own page for what goes wrong, with the name of whoever is signed in, if that can be known."""
    try:
        user = await auth.optional_user(request)
    except LogtoException:
        user = None
    return templates.TemplateResponse(request, "problem.html", {"problem": problem, "user": user}, status_code=problem.status)


auth = LogtoAuth(
    LogtoConfig(
        endpoint=settings.endpoint,
        app_id=settings.app_id,
        app_secret=settings.app_secret,
        resources=[settings.audience],
        scopes=[UserInfoScope.email, UserInfoScope.custom_data, UserInfoScope.organizations, UserInfoScope.organization_roles, "roles", *SCOPES],
    ),
    settings.secret,
    audience=settings.audience,
    scopes=SCOPES,
    docs_client_id=settings.docs_app_id,
    base_url=settings.base_url,
    problem_page=problem_page,
)
