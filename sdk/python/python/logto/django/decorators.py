"""For views: who may see them. Plain and async views; scripts get JSON."""

from __future__ import annotations

from functools import wraps
from typing import Any, Callable, Iterable, Mapping, Optional, TypeVar, Union, cast

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from ..LogtoException import IdTokenError
from ..models.oidc import IdTokenClaims
from ..step_up import AuthenticationRequirement
from ..web.users import SignedInUser
from .responses import address, is_script, please_sign_in
from .sessions import SignedInSession

View = TypeVar("View", bound=Callable[..., Any])
Test = Callable[[SignedInUser, Mapping[str, Any]], bool]


def _guarded(allowed: Optional[Test]) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        if iscoroutinefunction(view):

            @wraps(view)
            async def guarded_async(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
                return await sync_to_async(_judge)(request, allowed, kwargs) or await view(request, *args, **kwargs)

            return cast(View, guarded_async)

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            return _judge(request, allowed, kwargs) or view(request, *args, **kwargs)

        return cast(View, guarded)

    return decorate


def _judge(request: HttpRequest, allowed: Optional[Test], kwargs: Mapping[str, Any]) -> Optional[HttpResponseBase]:
    claims = _claims(request) if request.user.is_authenticated else None
    if not request.user.is_authenticated or (allowed is not None and claims is None):
        if is_script(request):
            return please_sign_in()
        return redirect_to_login(request.get_full_path() if request.method == "GET" else "/", address("sign_in"))
    if allowed is not None and claims is not None and not allowed(SignedInUser(claims), kwargs):
        raise PermissionDenied
    return None


def _claims(request: HttpRequest) -> Optional[IdTokenClaims]:
    try:
        return SignedInSession.of(request).client.fetch_id_token_claims()
    except IdTokenError:
        return None


def login_required(view: View) -> View:
    """Sends pages to sign in and back; answers scripts with 401."""
    return _guarded(None)(view)


def role_required(name: str) -> Callable[[View], View]:
    """403 for whoever has not this role. Needs the scope ``roles``."""
    return _guarded(lambda user, _: user.has_role(name))


def authentication_required(acr_values: Union[str, Iterable[str]] = (), *, max_age: Optional[int] = None) -> Callable[[View], View]:
    """Sends whoever proved too little at the sign-in, or too long ago, to sign in so, and back (RFC 9470).

    :param acr_values: all values of ``acr`` that are enough, the preferred one first.
    :param max_age: seconds since the user proved who they are.
    """
    wanted = AuthenticationRequirement(acr_values, max_age)

    def allowed(user: SignedInUser, _: Mapping[str, Any]) -> bool:
        user.require_authentication(wanted.acr_values, max_age=wanted.max_age)
        return True

    return _guarded(allowed)


def organization_required(organization_id: Optional[str] = None, role: Optional[str] = None) -> Callable[[View], View]:
    """403 for whoever is not in this organization, or has not this role in it.

    :param organization_id: without it, the one in the address, as ``<organization_id>``.
    """

    def allowed(user: SignedInUser, kwargs: Mapping[str, Any]) -> bool:
        wanted = str(kwargs["organization_id"]) if organization_id is None else organization_id
        return user.in_organization(wanted) if role is None else user.has_organization_role(wanted, role)

    return _guarded(allowed)
