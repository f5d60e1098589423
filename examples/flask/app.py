"""A Flask application with sign-in by `logto.flask`: an account page, organizations, and an API with its own tokens."""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime, timezone
from typing import Any, Dict, List
from urllib.parse import urlsplit, urlunsplit

from flask import Flask, redirect, render_template, request
from logto import AccessTokenClaims, ConfigurationError, LogtoException, ReauthenticationRequired, UserInfoScope
from logto.flask import LogtoAuth, current_token, current_user, login_required, organization_required, token_required

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
HOME = os.environ.get("LOGTO_POST_LOGOUT_REDIRECT_URI", "http://localhost:5000/")
RESOURCE = os.environ.get("LOGTO_RESOURCE", "")

app = Flask(__name__)
app.config.from_mapping(
    SECRET_KEY=os.environ.get("APP_SECRET_KEY"),
    LOGTO_ENDPOINT=os.environ.get("LOGTO_ENDPOINT"),
    LOGTO_APP_ID=os.environ.get("LOGTO_APP_ID"),
    LOGTO_APP_SECRET=os.environ.get("LOGTO_APP_SECRET"),
    LOGTO_REDIRECT_URI=os.environ.get("LOGTO_REDIRECT_URI"),
    LOGTO_POST_LOGOUT_REDIRECT_URI=HOME,
    LOGTO_RESOURCES=RESOURCE,
    LOGTO_SCOPES=[
        UserInfoScope.email,
        UserInfoScope.organizations,
        UserInfoScope.organization_roles,
        "roles",
        *os.environ.get("LOGTO_SCOPES", "").split(),
    ],
)
try:
    auth = LogtoAuth(app)
except ConfigurationError as error:
    sys.exit(f"The sample cannot start. {error}\nThe variables are in examples/flask/README.md; `cargo xtask demo` sets them all.")


@app.before_request
def one_name_for_this_machine() -> Any:
    """A session started at 127.0.0.1 is not there at localhost: stay at the name that people come back to."""
    here, home = urlsplit(request.url), urlsplit(HOME)
    if here.hostname != home.hostname and {here.hostname, home.hostname} <= LOOPBACK:
        return redirect(urlunsplit((home.scheme, home.netloc, here.path, here.query, "")))
    return None


@app.context_processor
def frame() -> Dict[str, Any]:
    return {"resource": RESOURCE, "endpoint": app.config["LOGTO_ENDPOINT"]}


@app.template_filter("pretty")
def pretty(value: Any) -> str:
    """Readable JSON of a model, without what was not said."""
    return json.dumps(value.model_dump(exclude_unset=True), indent=2, ensure_ascii=False, default=str)


@app.template_filter("moment")
def moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%d %B %Y, %H:%M UTC")


@app.get("/")
def index() -> Any:
    return render_template("index.html")


@app.get("/protected")
@login_required
def protected() -> Any:
    """Who is signed in, from the ID token: nothing has to be asked."""
    return render_template("account.html", claims=current_user.claims)


@app.get("/protected/userinfo")
@login_required
async def userinfo() -> Any:
    """The same person, as the server knows her right now."""
    return render_template("userinfo.html", info=await auth.async_client.fetch_user_info())


@app.get("/protected/organizations")
@login_required
def organizations() -> Any:
    """The organizations of the user, each with a token that is good for it alone (for the first three), and one for the API."""
    tokens = [(one, roles_in(one), attempt(f"urn:logto:organization:{one}") if at < 3 else None) for at, one in enumerate(current_user.organizations)]
    return render_template("organizations.html", tokens=tokens, api=attempt(RESOURCE) if RESOURCE else None)


@app.get("/protected/organizations/<organization_id>")
@organization_required()
def organization(organization_id: str) -> Any:
    """For members only: anybody else is told so."""
    return render_template("organization.html", id=organization_id, roles=roles_in(organization_id))


@app.get("/protected/resource")
@login_required
def resource_token() -> Any:
    """The access token that this application sends to the API of ``LOGTO_RESOURCE``."""
    return render_template("resource.html", api=attempt(RESOURCE) if RESOURCE else None)


@app.get("/api/me")
@token_required()
def api_me() -> Dict[str, Any]:
    """Part of an API: other programs call it with a bearer token for ``LOGTO_RESOURCE``."""
    return {"subject": current_token.subject, "scopes": sorted(current_token.scopes)}


def roles_in(organization_id: str) -> List[str]:
    pairs = (one.split(":", 1) for one in current_user.organization_roles if ":" in one)
    return [role for id, role in pairs if id == organization_id]


def attempt(resource: str) -> Any:
    """The claims of a token, or in words why there is none. An ended session is passed on: only a new sign-in helps then."""
    try:
        found: AccessTokenClaims = auth.client.get_access_token_claims(resource)
        return found
    except ReauthenticationRequired:
        raise
    except LogtoException as error:
        app.logger.warning("no token for %s: %s", resource, error)
        return str(error.description or error)


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(os.environ.get("PORT", "5000")))
