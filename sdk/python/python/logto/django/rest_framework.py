"""Django REST framework: access tokens as authentication, scopes and organizations as permissions."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Iterable, Optional, Tuple, Type, Union, cast

from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException, AuthenticationFailed, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from ..LogtoException import ConfigurationError, InsufficientScope, InsufficientUserAuthentication, NetworkError, ProviderError, TokenError
from ..resource_server import ProtectedResourceMetadata, TokenValidator, ValidatedToken
from ..step_up import AuthenticationRequirement
from .configuration import option, texts
from .models import Account
from .responses import CHALLENGE, RETRY_AFTER

ORGANIZATION = "organization_id"
WRONG_ORGANIZATION = "access_token.organization_mismatch"


class TokenUser:
    """The bearer of a token whose subject has no user in this project: a person, or an application of its own (machine to machine).
    It has no permissions of Django.
    """

    is_authenticated = True
    is_active = True
    is_anonymous = False
    is_staff = False
    is_superuser = False

    def __init__(self, token: ValidatedToken) -> None:
        self.token = token

    @property
    def id(self) -> str:
        """The claim ``sub``."""
        return self.token.subject

    @property
    def pk(self) -> str:
        """No key of a user of this project, and different for each subject, which throttles count by."""
        return f"logto:{self.token.subject}"

    def get_username(self) -> str:
        """The claim ``sub``."""
        return self.token.subject

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """False."""
        return False

    def has_perms(self, perm_list: Iterable[str], obj: Any = None) -> bool:
        """False."""
        return False

    def __str__(self) -> str:
        return self.token.subject


class ProviderAway(APIException):
    """503: the keys that the token was signed with are not known yet, and the provider does not answer."""

    status_code = 503
    default_detail = "The sign-in service does not answer."
    default_code = "network.unreachable"
    # Becomes the header Retry-After.
    wait = int(RETRY_AFTER)


@lru_cache(maxsize=1)
def validator() -> TokenValidator:
    """The one of the settings ``LOGTO_ENDPOINT`` and ``LOGTO_API_AUDIENCE`` (one identifier of an API, or several).

    :raises ImproperlyConfigured: when one of them is missing or wrong.
    """
    for name in ("LOGTO_ENDPOINT", "LOGTO_API_AUDIENCE"):
        if not option(name):
            raise ImproperlyConfigured(f"{name} is not set")
    try:
        return TokenValidator(
            option("LOGTO_ENDPOINT"),
            texts("LOGTO_API_AUDIENCE"),
            leeway=option("LOGTO_LEEWAY"),
            timeout=option("LOGTO_TIMEOUT"),
            ca_bundle=option("LOGTO_CA_BUNDLE"),
            proxy=option("LOGTO_PROXY"),
            allow_insecure_http=option("LOGTO_ALLOW_INSECURE_HTTP"),
            metadata=_metadata(),
        )
    except ConfigurationError as error:
        raise ImproperlyConfigured(f"LOGTO_API_AUDIENCE or another setting of the API: {error}") from error


def _metadata() -> Optional[ProtectedResourceMetadata]:
    """What ``LOGTO_API_METADATA`` says about the first audience; None without that setting.

    :raises ConfigurationError: when the audience is no https address.
    :raises ImproperlyConfigured: for a member that is not known.
    """
    members = option("LOGTO_API_METADATA")
    if members is None:
        return None
    if not isinstance(members, dict) or not {"scopes", "name", "documentation"}.issuperset(cast("dict[str, Any]", members)):
        raise ImproperlyConfigured("LOGTO_API_METADATA is a dictionary with scopes, name and documentation, all of them optional")
    return ProtectedResourceMetadata(texts("LOGTO_API_AUDIENCE")[0], option("LOGTO_ENDPOINT"), **cast("dict[str, Any]", members))


def _challenge(error: Optional[TokenError] = None) -> str:
    """The header of a refusal; without an error, of a request that brought no token."""
    # Without the setting, a request without a token needs no validator.
    metadata = None if option("LOGTO_API_METADATA") is None else validator().metadata
    missing = TokenError("The request has no access token", code="access_token.missing")
    return (error or missing).www_authenticate(resource_metadata=None if metadata is None else metadata.url)


def _forget(*, setting: str, **_: Any) -> None:
    if setting.startswith(("LOGTO_", "OIDC_")):
        validator.cache_clear()


setting_changed.connect(_forget, dispatch_uid="logto.validator")


class LogtoAuthentication(BaseAuthentication):
    """``Authorization: Bearer …`` with an access token for ``LOGTO_API_AUDIENCE``. ``request.auth`` is the :class:`ValidatedToken`;
    ``request.user`` the linked user of this project or a :class:`TokenUser`. It never makes users.

    A token of an organization, whose scopes hold only there, is taken where the URL names this organization as
    ``organization_id``, and nowhere else.
    """

    def authenticate(self, request: Request) -> Optional[Tuple[Any, ValidatedToken]]:
        """None without a bearer token, so that other classes (sessions) have their turn.

        :raises AuthenticationFailed: when the token is not to be trusted.
        :raises PermissionDenied: when it is for an organization that the URL does not name.
        :raises ProviderAway: when the provider had to be asked and cannot be reached.
        """
        header = request.headers.get("Authorization")
        if header is None or header.split(" ")[0].lower() != "bearer":
            return None
        try:
            token = _validate(header, self.organization_of(request))
        except (NetworkError, ProviderError) as error:
            raise ProviderAway() from error
        except InsufficientScope as error:
            refused = PermissionDenied(str(error), code=error.code)
            # REST framework makes the header of it.
            refused.auth_header = _challenge(error)  # type: ignore[attr-defined]
            raise refused from error
        except TokenError as error:
            request._logto_error = error  # type: ignore[attr-defined]
            raise AuthenticationFailed(str(error), code=error.code) from error
        return self.user_of(token), token

    def organization_of(self, request: Request) -> Optional[str]:
        """The organization that the URL names, if it does; override it for URLs of another kind."""
        found = _kwargs(request).get(ORGANIZATION)
        return None if found is None else str(found)

    def user_of(self, token: ValidatedToken) -> Any:
        """The user of a token; override it for another mapping.

        :raises AuthenticationFailed: when the linked user is deactivated.
        """
        # Any: in django-stubs a query set's own type is `typing.Self`, which Python 3.10 has not.
        accounts: Any = Account.objects
        account: Optional[Account] = accounts.select_related("user").filter(issuer=token.claims.iss, subject=token.subject).first()
        if account is None:
            return TokenUser(token)
        if not account.user.is_active:
            raise AuthenticationFailed("This user is deactivated.", code="user_inactive")
        return account.user

    def authenticate_header(self, request: Request) -> str:
        """RFC 6750 section 3."""
        error = getattr(request, "_logto_error", None)
        return _challenge(error if isinstance(error, TokenError) else None)


def _validate(header: str, organization: Optional[str]) -> ValidatedToken:
    if organization is not None:
        try:
            return validator().validate_header(header, organization=organization)
        except TokenError as error:
            if error.code != WRONG_ORGANIZATION:
                raise
    # Without an organization: a token of one is refused.
    return validator().validate_header(header)


def _kwargs(request: Request) -> Any:
    return (request.parser_context or {}).get("kwargs") or {}


class HasScopes(BasePermission):
    """The token has all ``required_scopes`` of the view. :func:`has_scopes` makes one without the attribute."""

    scopes: Tuple[str, ...] = ()

    def has_permission(self, request: Request, view: Any) -> bool:
        """
        :raises ImproperlyConfigured: when neither the class nor the view names scopes: every token would do.
        """
        asked = getattr(view, "required_scopes", ())
        wanted = {*self.scopes, *(asked.split() if isinstance(asked, str) else asked)}
        if not wanted:
            raise ImproperlyConfigured(f"{type(view).__name__} has the permission HasScopes, but no required_scopes")
        if isinstance(request.auth, ValidatedToken) and wanted <= request.auth.scopes:
            return True
        return _refuse(request, "The access token lacks a scope", wanted)


def has_scopes(*scopes: str) -> Type[HasScopes]:
    """``permission_classes = [has_scopes("read:things")]``"""
    return type("HasScopes", (HasScopes,), {"scopes": scopes})


class HasAuthentication(BasePermission):
    """The sign-in behind the token proved enough, and not too long ago (RFC 9470). :func:`has_authentication` makes one; the refusal is
    401 with a challenge.
    """

    acr_values: Tuple[str, ...] = ()
    max_age: Optional[int] = None

    def has_permission(self, request: Request, view: Any) -> bool:
        """
        :raises AuthenticationFailed: when it did not.
        """
        if not isinstance(request.auth, ValidatedToken):
            return False
        try:
            request.auth.require_authentication(self.acr_values, max_age=self.max_age)
        except InsufficientUserAuthentication as error:
            request._logto_error = error  # type: ignore[attr-defined]
            raise AuthenticationFailed(str(error), code=error.code) from error
        return True


def has_authentication(acr_values: Union[str, Iterable[str]] = (), *, max_age: Optional[int] = None) -> Type[HasAuthentication]:
    """``permission_classes = [has_authentication("https://refeds.org/profile/mfa", max_age=300)]``"""
    wanted = AuthenticationRequirement(acr_values, max_age)
    return type("HasAuthentication", (HasAuthentication,), {"acr_values": wanted.acr_values, "max_age": wanted.max_age})


class HasOrganization(BasePermission):
    """The token is for the organization of the URL's ``organization_id``."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """False also where the URL names no organization."""
        wanted = _kwargs(request).get(ORGANIZATION)
        if isinstance(request.auth, ValidatedToken) and wanted is not None and request.auth.organization_id == str(wanted):
            return True
        return _refuse(request, "The access token is not for this organization", ())


def _refuse(request: Request, message: str, scopes: Iterable[str]) -> bool:
    """Leaves the challenge of RFC 6750 section 3.1 to the middleware: a permission cannot set headers, and another one that is
    combined with this may still allow the request.
    """
    if isinstance(request.auth, ValidatedToken):
        error = InsufficientScope(message, code="access_token.insufficient_scope")
        error.required_scopes = tuple(sorted(scopes))
        setattr(request._request, CHALLENGE, _challenge(error))
    return False
