"""The routes: sign-in, its callback, sign-out, back-channel logout."""

from __future__ import annotations

from typing import Any, Optional
from urllib.parse import urljoin

from flask import Blueprint, current_app, make_response, redirect, request

from ..LogtoException import LogtoException, NetworkError, ProviderError, SignInCallbackError, TokenError
from ..models.sign_in import FirstScreen
from ..web import PendingNext, SignedInUser, is_page_load, problem, problem_of, safe_next
from ..web.problems import RETRY_AFTER, for_log, level_of
from . import signals
from ._pages import answer, languages, redirect_uri, start_sign_in
from ._registered import Registered, registered
from ._settings import FlaskSettings
from ._storage import NEXT, SIGNED_IN_AT
from ._visit import Visit, visit

FIRST_SCREENS = {screen.name: screen for screen in FirstScreen}


def blueprint(name: str, settings: FlaskSettings, with_logout: bool) -> Blueprint:
    """The routes with the paths that are set."""
    found = Blueprint(name, __name__, url_prefix=settings.url_prefix or None, template_folder="templates")
    found.add_url_rule(settings.sign_in_path, "sign_in", sign_in, methods=["GET"])
    found.add_url_rule(settings.callback_path, "callback", callback, methods=["GET"])
    found.add_url_rule(settings.sign_out_path, "sign_out", sign_out, methods=["GET", "POST"])
    if with_logout:
        found.add_url_rule(settings.backchannel_logout_path, "backchannel_logout", backchannel_logout, methods=["POST"])
    return found


def sign_in() -> Any:
    """Starts a sign-in: ``?next=/path`` says where to go after it, ``?first_screen=register`` what to begin with."""
    if not is_page_load(request.headers):
        return answer(problem("sign_in_required", "login_required", languages()))
    screen = FIRST_SCREENS.get(request.args.get("first_screen", ""))
    options = {"first_screen": screen} if screen else {}
    return start_sign_in(wanted(registered(), request.args.get("next")), **options)


def callback() -> Any:
    """Finishes a sign-in. Reloaded, or come back to with the back button, it goes on to the application."""
    here = registered()
    now = visit(here)
    state = request.args.get("state")
    pending = PendingNext.load(now.read(NEXT))
    target = pending.take(state)
    try:
        now.client.handle_sign_in_callback(callback_address(here))
    except SignInCallbackError as error:
        now.user_has_changed()
        if isinstance(now.user, SignedInUser):
            return redirect(wanted(here, target), 303)
        found = problem_of(error, languages())
        current_app.logger.log(level_of(found), "sign-in not finished: %s", for_log(error))
        return answer(found, target)
    now.write(NEXT, pending.dump() if pending else None)
    now.user_has_changed()
    finish(now)
    return redirect(wanted(here, target), 303)


def finish(now: Visit) -> None:
    """After a sign-in: what was known of the session before it is worth nothing now."""
    # Removed first: otherwise the claims would be compared with the beginning of the session before.
    now.write(SIGNED_IN_AT, None)
    user = now.user
    if isinstance(user, SignedInUser):
        now.write(SIGNED_IN_AT, str(user.claims.iat))
    now.renew_session_id()
    signals.user_signed_in.send(current_app._get_current_object(), user=user)  # type: ignore[attr-defined]


def sign_out() -> Any:
    """Ends the session here and at the provider. Not for images and the like, with which other sites could sign people out."""
    if not is_page_load(request.headers):
        return answer(problem("forbidden", "not_a_page_load", languages()))
    here = registered()
    now = visit(here)
    user, home = known_user(now), wanted_home(here)
    back = here.settings.post_logout_redirect_uri or urljoin(request.host_url, home)
    url: Optional[str] = None
    code = ""
    try:
        url = now.client.sign_out(back)
    except (NetworkError, ProviderError) as error:
        # The tokens are removed by then.
        code = error.code
    now.forget()
    now.renew_session_id()
    signals.user_signed_out.send(current_app._get_current_object(), user=user)  # type: ignore[attr-defined]
    if url is None:
        return answer(problem("still_signed_in_there", code, languages()))
    response = redirect(url, 303)
    response.headers["Cache-Control"] = "no-store"
    return response


def known_user(now: Visit) -> Any:
    """Who is about to sign out, for the signal; not worth a request to a provider that is away."""
    try:
        return now.user
    except LogtoException:
        return None


def backchannel_logout() -> Any:
    """OpenID Connect Back-Channel Logout 1.0 section 2.8."""
    here = registered()
    validator, ended = here.logout_validator, here.auth.ended_sessions
    if ended is None:
        return make_response("", 404)
    try:
        token = validator.validate(request.form.get("logout_token", ""), ended.end)
    except TokenError as error:
        current_app.logger.warning("a logout token was refused: %s (%s)", error, error.code)
        body = {"error": "invalid_request", "error_description": str(error)}
        return make_response(body, 400, {"Cache-Control": "no-store"})
    except (NetworkError, ProviderError) as error:
        current_app.logger.warning("a logout token could not be checked: %s (%s)", error, error.code)
        return make_response({"error": "temporarily_unavailable"}, 503, {"Cache-Control": "no-store", "Retry-After": str(RETRY_AFTER)})
    try:
        signals.session_ended.send(current_app._get_current_object(), token=token)  # type: ignore[attr-defined]
    except Exception:
        # The session is over nevertheless; the provider would send the token again, and it counts once.
        current_app.logger.exception("a receiver of session_ended failed")
    return make_response("", 200, {"Cache-Control": "no-store"})


def wanted(here: Registered, target: Optional[str]) -> str:
    """Where to go after a sign-in: within the application, and not to a route that would end or restart it."""
    root = request.script_root
    own = [root + here.settings.url_prefix + path for path in here.settings.paths]
    return safe_next(target, request.host, root + here.settings.after_sign_in, own)


def wanted_home(here: Registered) -> str:
    return request.script_root + here.settings.after_sign_out


def callback_address(here: Registered) -> str:
    """The address that the browser came to, as the provider knows it."""
    if here.settings.redirect_uri:
        return f"{redirect_uri(here)}?{request.query_string.decode('latin-1')}"
    return request.url
