"""Answers that are no view's: problems, and the way to the sign-in."""

from __future__ import annotations

from typing import Any, Dict, List, Optional
from urllib.parse import urlencode

from flask import Response, current_app, jsonify, make_response, redirect, render_template, request, url_for

from ..LogtoException import InsufficientScope, LogtoException, StepUpRequired, TokenError
from ..web import PendingNext, Problem, is_page_load, problem, problem_of, safe_next, state_of, step_up
from ..web.problems import for_log, level_of
from ._registered import Registered, registered
from ._storage import NEXT
from ._visit import Visit, visit


def languages() -> List[str]:
    """The browser's languages, the best first."""
    return list(request.accept_languages.values())


def wants_page() -> bool:
    """Whether the caller is a person in front of a page, and not a script that can do nothing with one."""
    accepted = request.accept_mimetypes
    return is_page_load(request.headers) and accepted["text/html"] >= accepted["application/json"] and accepted["text/html"] > 0


def answer(found: Problem, next_page: Optional[str] = None) -> Any:
    """The page (or JSON) for a problem; the application's own where it has one."""
    here = registered()
    if not wants_page():
        return make_response(jsonify(found.json()), found.status, found.headers)
    if here.auth.hooks.problem is not None:
        return current_app.ensure_sync(here.auth.hooks.problem)(found)
    sign_in = sign_in_address(here, next_page) if found.can_sign_in else None
    home = safe_next(here.settings.after_sign_out, request.host)
    return make_response(render_template("logto/problem.html", problem=found, sign_in=sign_in, home=home), found.status, found.headers)


def sign_in_address(here: Registered, next_page: Optional[str]) -> str:
    address = url_for(here.endpoint("sign_in"))
    return f"{address}?{urlencode({'next': next_page})}" if next_page else address


def explain(error: LogtoException) -> Any:
    """The answer to an exception that no view has caught."""
    if isinstance(error, TokenError):
        return refuse_token(error)
    now = visit(registered())
    if isinstance(error, StepUpRequired):
        return _step_up(now, error)
    found = problem_of(error, languages())
    if error.code == "access_token.not_found" and now.has_user:
        # The server gives this application no refresh token: a new sign-in would end here again, and again.
        found = problem("misconfigured", error.code, languages())
    current_app.logger.log(level_of(found), "%s %s: %s", request.method, request.path, for_log(error))
    now.treat_as_anonymous()
    if found.kind == "sign_in_required":
        return require_sign_in()
    return answer(found)


def _step_up(now: Visit, error: StepUpRequired) -> Any:
    """A sign-in with what the page needs, and back here; background requests and forms get an answer instead."""
    claims = now.user.claims
    if step_up.has_failed(request.cookies.get(step_up.COOKIE), error, claims):
        current_app.logger.error("a sign-in with %s was not enough for %s: does the provider know these parameters?", dict(error.parameters), request.path)
        refused = answer(problem("misconfigured", error.code, languages()))
        refused.delete_cookie(step_up.COOKIE)
        return refused
    if request.method not in ("GET", "HEAD") or not wants_page():
        return answer(problem("sign_in_required", error.code, languages()))
    response = start_sign_in(here_again(), extra_params=error.parameters)
    response.set_cookie(step_up.COOKIE, step_up.mark(error, claims), step_up.MAX_AGE, secure=request.is_secure, httponly=True, samesite="Lax")
    return response


def refuse_token(error: TokenError) -> Any:
    """RFC 6750 section 3: what is wrong with a bearer token."""
    status = 403 if isinstance(error, InsufficientScope) else 401
    body = {"error": error.code, "error_description": str(error)}
    header = getattr(error, "www_authenticate", None)
    return make_response(
        jsonify(body), status, {"WWW-Authenticate": header() if callable(header) else "Bearer", "Cache-Control": "no-store"}
    )


def require_sign_in() -> Any:
    """For whoever is not signed in: straight to the sign-in and back here; background requests and forms get an answer instead."""
    if request.method in ("GET", "HEAD") and wants_page():
        return start_sign_in(here_again())
    # A form's content would be lost on the way: the page that it was on is where to go on.
    came_from = safe_next(request.referrer, request.host, "") if request.method not in ("GET", "HEAD") else here_again()
    return answer(problem("sign_in_required", "login_required", languages()), came_from or None)


def here_again() -> str:
    """The page at hand, for after the sign-in."""
    return safe_next(request.full_path.rstrip("?"), request.host, "")


def start_sign_in(next_page: str, **options: Any) -> Response:
    """Remembers where to go and sends the browser to the provider."""
    here = registered()
    now, hook = visit(here), here.auth.hooks.sign_in_options
    always: Dict[str, Any] = current_app.ensure_sync(hook)() if hook else {}
    asked: Dict[str, Any] = {**always, **options}
    if "extra_params" in always and "extra_params" in options:
        asked["extra_params"] = {**always["extra_params"], **options["extra_params"]}
    url = now.client.sign_in(redirect_uri(here), **asked)
    pending = PendingNext.load(now.read(NEXT))
    pending.remember(state_of(url) or "", next_page)
    now.write(NEXT, pending.dump() if pending else None)
    now.user_has_changed()
    response = redirect(url, 303)
    response.headers["Cache-Control"] = "no-store"
    return response  # type: ignore[return-value]


def redirect_uri(here: Registered) -> str:
    """The callback's public address."""
    return here.settings.redirect_uri or url_for(here.endpoint("callback"), _external=True)
