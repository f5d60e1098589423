"""A Flask application that signs its users in with Loggia: the whole of the quick start."""

from __future__ import annotations

import json
from functools import partial
from typing import Any, Awaitable, List, Optional
from urllib.parse import urlsplit, urlunsplit

from flask import Flask, g, redirect, render_template, request, session, url_for
from logto import LogtoException
from pydantic import BaseModel
from werkzeug.exceptions import HTTPException

import authentication
import settings as environment

settings = environment.load()
app = Flask(__name__)
app.secret_key = settings.secret_key
app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
app.config["SESSION_COOKIE_SECURE"] = settings.redirect_uri.startswith("https:")
client = authentication.make_client(settings)
authenticated = partial(authentication.authenticated, client)

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@app.template_filter("pretty")
def pretty(value: Any) -> str:
    """Readable JSON of a dictionary or a model."""
    if isinstance(value, BaseModel):
        value = value.model_dump(exclude_none=True)
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


@app.context_processor
def frame() -> dict:
    """What every page shows."""
    return {"resource": settings.resource, "signed_in": "user" in g or authentication.seems_signed_in(client)}


@app.before_request
def one_name_for_this_machine() -> Any:
    """A session started at 127.0.0.1 is not there at localhost: stay at the name that people come back to."""
    here, home = urlsplit(request.url), urlsplit(settings.redirect_uri)
    if here.hostname != home.hostname and {here.hostname, home.hostname} <= LOOPBACK:
        return redirect(urlunsplit((home.scheme, home.netloc, here.path, here.query, "")))
    return None


@app.get("/")
async def index() -> Any:
    claims = client.getIdTokenClaims() if client.isAuthenticated() else None
    return render_template("index.html", claims=claims, endpoint=settings.endpoint)


@app.get("/sign-in")
async def sign_in() -> Any:
    """Sends the browser to the sign-in page; ``?mode=signUp`` to registration."""
    mode = "signUp" if request.args.get("mode") == "signUp" else None
    return redirect(await client.signIn(redirectUri=settings.redirect_uri, interactionMode=mode))


@app.get("/sign-in-callback")
async def sign_in_callback() -> Any:
    """Where the browser comes back to."""
    try:
        await client.handleSignInCallback(request.url)
    except LogtoException as error:
        # The page was reloaded or gone back to: the sign-in has been finished already.
        if not authentication.is_finished_callback(error) or not client.isAuthenticated():
            raise
    return redirect(session.pop("next", None) or url_for("index"))


@app.get("/sign-out")
async def sign_out() -> Any:
    """Ends the session here and at the server."""
    session.pop("next", None)
    return redirect(await client.signOut(postLogoutRedirectUri=settings.post_logout_redirect_uri))


@app.get("/protected")
@authenticated(shouldRedirect=True)
async def protected() -> Any:
    return render_template(
        "claims.html",
        title="Protected",
        text="Only signed-in people see this page. These are the claims of your ID token:",
        claims=g.user,
    )


@app.get("/protected/userinfo")
@authenticated(shouldRedirect=True, fetchUserInfo=True)
async def userinfo() -> Any:
    return render_template(
        "claims.html",
        title="Userinfo",
        text="What the server says about you right now, from its userinfo endpoint:",
        claims=g.user,
    )


@app.get("/protected/organizations")
@authenticated(shouldRedirect=True)
async def organizations() -> Any:
    """A token for each organization of the user (three at most, since they live in a cookie), and one for the API."""
    mine: List[str] = g.user.organizations or []
    shown = [one for one in mine if one == request.args.get("id")] or mine[:3]
    tokens = [(one, *await attempt(client.getOrganizationTokenClaims(one))) for one in shown]
    api = await attempt(client.getAccessTokenClaims(settings.resource)) if settings.resource else None
    return render_template("organizations.html", tokens=tokens, others=[one for one in mine if one not in shown], api=api)


@app.get("/protected/resource")
@authenticated(shouldRedirect=True)
async def resource_token() -> Any:
    """The access token that this application would send to the API of ``LOGTO_RESOURCE``."""
    api = await attempt(client.getAccessTokenClaims(settings.resource)) if settings.resource else None
    return render_template("resource.html", api=api)


async def attempt(asked: Awaitable[Any]) -> "tuple[Optional[Any], Optional[str]]":
    """The claims, or why there are none. An ended session is passed on, since only a new sign-in helps then."""
    try:
        return await asked, None
    except Exception as error:
        if authentication.session_has_ended(error):
            raise
        app.logger.warning("no token: %s", error)
        return None, words(error)[0]


NEXT_STEPS = {
    "discovery.failed": "Check LOGTO_ENDPOINT: it should be the server's own address, without /oidc.",
    "discovery.issuer_mismatch": "Check LOGTO_ENDPOINT: it should be the public address that the server knows itself by.",
    "config.insecure_url": "Use https, or an address of this machine such as http://localhost:3001.",
    "network.unreachable": "Is the server running (loggia serve), and is LOGTO_ENDPOINT its address?",
    "network.timeout": "The server takes too long to answer. Try again in a moment.",
    "invalid_client": "Check LOGTO_APP_ID and LOGTO_APP_SECRET.",
    "access_denied": "The sign-in was cancelled or refused. You can try again.",
    "sign_in_session.not_found": "This sign-in was started in another browser, or is finished already. Start it again here.",
    "callback.invalid_state": "This answer belongs to another sign-in. Start again from the first page.",
    "callback.redirect_uri_mismatch": "Open the application at the address of LOGTO_REDIRECT_URI.",
    "id_token.expired": "Are the clocks of this machine and the server right?",
    "id_token.invalid": "Are the clocks of this machine and the server right?",
}


def words(error: Exception) -> "tuple[str, str]":
    """The text and the code of an error; of a refusal by the server, whose answer is JSON, those inside."""
    text, code = str(error), str(getattr(error, "code", ""))
    try:
        answer = json.loads(text)
        return str(answer.get("message") or answer["error_description"]), code or str(answer["error"])
    except (ValueError, KeyError, AttributeError):
        return text, code


@app.errorhandler(Exception)
def explain(error: Exception) -> Any:
    """Every failure as a page with its cause and the next step."""
    if isinstance(error, HTTPException):
        return render_template("error.html", title=f"{error.code} {error.name}", text=error.description), error.code
    app.logger.error("%s %s: %s", request.method, request.path, error, exc_info=not isinstance(error, LogtoException))
    text, code = words(error)
    step = NEXT_STEPS.get(code)
    if step is None and not isinstance(error, LogtoException):
        step = f"If the server at {settings.endpoint} is not running, start it with `loggia serve`. The log has the details."
    title = "You have not signed in" if code == "access_denied" else "That did not work"
    status = 400 if isinstance(error, LogtoException) and code not in ("network.unreachable", "network.timeout") else 502
    return render_template("error.html", title=title, text=text, step=step, code=code), status


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=settings.port)
