"""Decorators for views, plain or ``async``. Rights are asked with each request."""

from __future__ import annotations

from functools import wraps
from typing import Any, Callable, Dict, Iterable, Optional, TypeVar, Union, cast, overload

from flask import current_app, g, make_response, request
from werkzeug.local import LocalProxy

from .. import webhooks
from ..LogtoException import LogtoException, ReauthenticationRequired, TokenError
from ..step_up import AuthenticationRequirement
from ..web import SignedInUser, problem
from . import signals
from ._pages import answer, languages, refuse_token, require_sign_in
from ._registered import BearerToken, registered
from ._visit import visit

View = Callable[..., Any]
V = TypeVar("V", bound=View)
TOKEN = "_logto_token"
# What is asked before a view runs: None to go on, or the answer instead.
Check = Callable[[Dict[str, Any]], Any]


def guarded(view: V, check: Check) -> V:
    """A view with a check before it."""

    @wraps(view)
    def asked_first(*args: Any, **arguments: Any) -> Any:
        refused = check(arguments)
        if refused is not None:
            return refused
        response = make_response(current_app.ensure_sync(view)(*args, **arguments))
        # What only this person may see is not kept, also not for the back button after a sign-out.
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return cast(V, asked_first)


def _no_user(_: Dict[str, Any]) -> Any:
    """Signs in whoever has not."""
    now = visit(registered())
    if not isinstance(now.user, SignedInUser):
        return require_sign_in()
    # A user whom the application does not let in: a new sign-in would not help.
    return None if getattr(now.loaded_user, "is_authenticated", True) else forbidden("user_refused")


def forbidden(code: str) -> Any:
    """403 for somebody who is signed in."""
    return answer(problem("forbidden", code, languages()))


@overload
def login_required(view: V) -> V: ...
@overload
def login_required() -> Callable[[V], V]: ...
def login_required(view: Optional[V] = None) -> Union[V, Callable[[V], V]]:
    """For signed-in users: others are sent to sign in, and come back here. Background requests get 401."""
    return (lambda one: guarded(one, _no_user)) if view is None else guarded(view, _no_user)


def roles_required(*roles: str) -> Callable[[V], V]:
    """For users with all of these roles. Needs the scope ``roles``."""

    def check(arguments: Dict[str, Any]) -> Any:
        refused = _no_user(arguments)
        if refused is not None:
            return refused
        user = cast(SignedInUser, visit(registered()).user)
        return None if all(user.has_role(role) for role in roles) else forbidden("role_missing")

    return lambda view: guarded(view, check)


def authentication_required(acr_values: Union[str, Iterable[str]] = (), *, max_age: Optional[int] = None) -> Callable[[V], V]:
    """For users whose sign-in proved enough, and not too long ago: others are sent to sign in so, and come back here (RFC 9470).

    :param acr_values: all values of ``acr`` that are enough, the preferred one first.
    :param max_age: seconds since the user proved who they are.
    """
    wanted = AuthenticationRequirement(acr_values, max_age)

    def check(arguments: Dict[str, Any]) -> Any:
        refused = _no_user(arguments)
        if refused is None:
            cast(SignedInUser, visit(registered()).user).require_authentication(wanted.acr_values, max_age=wanted.max_age)
        return refused

    return lambda view: guarded(view, check)


def scopes_required(*scopes: str, resource: Optional[str] = None) -> Callable[[V], V]:
    """For users whose roles give them all of these scopes of an API resource.

    :param resource: its indicator, one of ``LOGTO_RESOURCES``; without it ``LOGTO_API_RESOURCE``.
    """

    def check(arguments: Dict[str, Any]) -> Any:
        refused = _no_user(arguments)
        if refused is not None:
            return refused
        here = registered()
        return _scopes_missing(lambda: visit(here).client.get_access_token_claims(here.resource(resource)), scopes)

    return lambda view: guarded(view, check)


def organization_required(
    argument: str = "organization_id", *, organization: Optional[str] = None, roles: Iterable[str] = (), scopes: Iterable[str] = ()
) -> Callable[[V], V]:
    """For members of an organization. Needs ``UserInfoScope.organizations`` among the scopes, and for ``roles`` ``organization_roles``.

    :param argument: the part of the view's address that has the organization's id.
    :param organization: the id itself instead.
    :param roles: names of roles in the organization, all of which are needed.
    :param scopes: scopes in the organization, all of which are needed.
    """
    wanted_roles, wanted_scopes = tuple(roles), tuple(scopes)

    def check(arguments: Dict[str, Any]) -> Any:
        refused = _no_user(arguments)
        if refused is not None:
            return refused
        now = visit(registered())
        user, found = cast(SignedInUser, now.user), organization or str(arguments.get(argument, ""))
        if not user.in_organization(found):
            return forbidden("not_a_member")
        if not all(user.has_organization_role(found, role) for role in wanted_roles):
            return forbidden("organization_role_missing")
        return _scopes_missing(lambda: now.client.get_organization_token_claims(found), wanted_scopes) if wanted_scopes else None

    return lambda view: guarded(view, check)


def _scopes_missing(claims_of: Callable[[], Any], scopes: Iterable[str]) -> Any:
    try:
        granted = claims_of().scope.split()
    except LogtoException as error:
        if isinstance(error, ReauthenticationRequired):
            return require_sign_in()
        # RFC 6749 section 5.2 and RFC 8707: the server gives this user no token of this kind.
        if error.code in ("access_denied", "invalid_scope", "invalid_target"):
            return forbidden(error.code)
        raise
    return None if set(scopes) <= set(granted) else forbidden("scope_missing")


def token_required(*scopes: str, organization: Optional[str] = None, argument: Optional[str] = None) -> Callable[[V], V]:
    """For an API: requests need a bearer token for this application's resource, with all of these scopes. It is ``current_token``.

    Answers 401 or 403 as RFC 6750 section 3 says; the session plays no part, so other sites cannot use it.

    :param organization: the id of the organization that the token must be for.
    :param argument: the part of the view's address that has that id.
    """

    def check(arguments: Dict[str, Any]) -> Any:
        of = str(arguments[argument]) if argument else organization
        try:
            found = registered().token_validator.validate_header(request.headers.get("Authorization"), scopes=scopes, organization=of)
        except TokenError as error:
            return refuse_token(error)
        setattr(g, TOKEN, found)
        return None

    return lambda view: guarded(view, check)


def webhook_required(view: V) -> V:
    """For the receiver of a webhook: its body must be signed with ``LOGTO_WEBHOOK_SIGNING_KEY``, otherwise 401."""

    def check(_: Dict[str, Any]) -> Any:
        key = registered().settings.webhook_signing_key
        if not key:
            current_app.logger.error("LOGTO_WEBHOOK_SIGNING_KEY is missing: no webhook can be checked")
            return make_response("", 500)
        try:
            webhooks.verify_webhook(key, request.get_data(), request.headers.get(webhooks.SIGNATURE_HEADER))
        except TokenError as error:
            return refuse_token(error)
        signals.webhook_received.send(current_app._get_current_object(), event=request.get_json(silent=True))  # type: ignore[attr-defined]
        return None

    return guarded(view, check)


def _user() -> Any:
    return visit(registered()).loaded_user


def _token() -> Optional[BearerToken]:
    return cast(Optional[BearerToken], g.get(TOKEN))


current_user: Any = LocalProxy(_user)
"""Who is signed in: a :class:`logto.web.SignedInUser` (or what ``user_loader`` made of it), else :class:`logto.web.AnonymousUser`."""
current_token: Any = LocalProxy(_token)
"""In a view with ``token_required``: the validated token."""
