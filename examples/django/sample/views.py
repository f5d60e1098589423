"""What people see."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any, Dict

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from logto import AccessTokenClaims, LogtoException, NetworkError, ReauthenticationRequired
from logto.django import async_client, client
from logto.django.decorators import login_required
from logto.web import SignedInUser

PAGES = [("account", "Account"), ("userinfo", "Userinfo"), ("organizations", "Organizations"), ("resource", "API token")]


def frame(request: HttpRequest) -> Dict[str, Any]:
    """What every page shows."""
    return {"endpoint": settings.LOGTO_ENDPOINT, "pages": PAGES}


def index(request: HttpRequest) -> HttpResponse:
    return render(request, "index.html")


@login_required
def account(request: HttpRequest) -> HttpResponse:
    """Who is signed in, from the ID token: nothing has to be asked."""
    claims = client(request).get_id_token_claims()
    rows = [("Username", claims.username), ("Email", claims.email), ("Account", claims.sub), ("User of this project", request.user.pk),
            ("Session confirmed", moment(claims.iat)), ("Next check by", moment(claims.exp))]
    context = {"person": SignedInUser(claims), "rows": rows, "raw": pretty(claims), "staff": request.user.is_staff}
    return render(request, "account.html", context)


@login_required
async def userinfo(request: HttpRequest) -> HttpResponse:
    """The same, asked of the server right now, in an async view."""
    info = await async_client(request).fetch_user_info()
    rows = [("Name", info.name), ("Username", info.username), ("Email", info.email), ("Account", info.sub)]
    return render(request, "userinfo.html", {"rows": rows, "raw": pretty(info)})


@login_required
def organizations(request: HttpRequest) -> HttpResponse:
    """A token for each organization of the user."""
    person = SignedInUser(client(request).get_id_token_claims())
    found = []
    for one in person.organizations:
        roles = [name.partition(":")[2] for name in person.organization_roles if name.startswith(f"{one}:")]
        found.append({"id": one, "roles": roles, **token_of(lambda one=one: client(request).get_organization_token_claims(one))})
    return render(request, "organizations.html", {"found": found})


@login_required
def resource_token(request: HttpRequest) -> HttpResponse:
    """The access token that this application sends to the API of ``LOGTO_RESOURCE``."""
    resource = settings.LOGTO_RESOURCES
    found = token_of(lambda: client(request).get_access_token_claims(resource)) if resource else None
    return render(request, "resource.html", {"resource": resource, "one": found})


def token_of(ask: Any) -> Dict[str, Any]:
    """The claims of a token, or why there is none. An ended session and a server that is away are for the middleware."""
    try:
        claims: AccessTokenClaims = ask()
    except (NetworkError, ReauthenticationRequired):
        raise
    except LogtoException as error:
        return {"problem": str(error)}
    return {"scopes": claims.scope.split(), "until": moment(claims.exp), "raw": pretty(claims)}


def pretty(model: Any) -> str:
    """Readable JSON, without what was not said."""
    return json.dumps(model.model_dump(exclude_unset=True), indent=2, ensure_ascii=False, default=str)


def moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%d %B %Y, %H:%M UTC")
