"""The FastAPI sample: pages for people, and an API that Swagger can sign in to. See README.md."""

from __future__ import annotations

import json
from typing import Annotated, Any

import uvicorn
from fastapi import Depends, FastAPI, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html, get_swagger_ui_oauth2_redirect_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from logto import LogtoClient
from logto.web import SignedInUser
from notes import router
from sign_in import auth, settings, templates

app = FastAPI(title="Harbour Notes", version="1.0", docs_url=None if settings.swagger_ui else "/docs")
app.mount("/static", StaticFiles(directory="static"), name="static")
app.include_router(router)
auth.install(app)

CurrentUser = Annotated[SignedInUser, Depends(auth.user)]
MaybeUser = Annotated[SignedInUser | None, Depends(auth.optional_user)]
Session = Annotated[LogtoClient, Depends(auth.session)]


def page(request: Request, template: str, user: SignedInUser | None, **values: Any) -> Response:
    return templates.TemplateResponse(request, template, {"user": user, **values})


@app.get("/", include_in_schema=False)
async def index(request: Request, user: MaybeUser) -> Response:
    return page(request, "index.html", user)


@app.get("/profile", include_in_schema=False)
async def profile(request: Request, user: CurrentUser, session: Session) -> Response:
    info = await session.fetch_user_info()
    # `exclude_unset` leaves out what the server did not send; what is null there is null here.
    told = info.model_dump(exclude_unset=True)
    return page(request, "profile.html", user, claims=user.claims.model_dump(exclude_unset=True), info=told)


@app.get("/organizations", include_in_schema=False)
async def organizations(request: Request, user: CurrentUser, session: Session) -> Response:
    tokens = {}
    for organization_id in user.organizations:
        claims = await session.get_organization_token_claims(organization_id)
        tokens[organization_id] = claims.model_dump(exclude_unset=True)
    return page(request, "organizations.html", user, tokens=tokens)


@app.get("/organizations/{organization_id}", include_in_schema=False)
async def organization(
    request: Request, organization_id: str, user: Annotated[SignedInUser, Depends(auth.organization())]
) -> Response:
    roles = [role.partition(":")[2] for role in user.organization_roles if role.startswith(f"{organization_id}:")]
    return page(request, "organization.html", user, organization_id=organization_id, roles=roles)


@app.get("/editors", include_in_schema=False)
async def editors(request: Request, user: Annotated[SignedInUser, Depends(auth.role("editor"))]) -> Response:
    return page(request, "editors.html", user)


@app.get("/token", include_in_schema=False)
async def token(request: Request, user: CurrentUser, session: Session) -> Response:
    claims = await session.get_access_token_claims(settings.audience)
    return page(request, "token.html", user, claims=claims.model_dump(exclude_unset=True), audience=settings.audience)


@app.get("/api/me", tags=["pages"])
async def me(user: CurrentUser) -> dict[str, str | None]:
    """For the scripts of the pages: they have the session's cookie, and get 401 without it."""
    return {"id": user.id, "name": user.display_name}


def as_json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


templates.env.filters["as_json"] = as_json

if settings.swagger_ui:
    app.mount("/swagger-ui", StaticFiles(directory=settings.swagger_ui), name="swagger-ui")

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title="Harbour Notes: the API",
            swagger_js_url="/swagger-ui/swagger-ui-bundle.js",
            swagger_css_url="/swagger-ui/swagger-ui.css",
            swagger_favicon_url="/swagger-ui/favicon-32x32.png",
            oauth2_redirect_url="/docs/oauth2-redirect",
            init_oauth=app.swagger_ui_init_oauth,
        )

    @app.get("/docs/oauth2-redirect", include_in_schema=False)
    async def docs_redirect() -> HTMLResponse:
        return get_swagger_ui_oauth2_redirect_html()


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=settings.port, log_level="warning")
