"""Sign-in for a FastAPI application."""

# Annotations are read by FastAPI at run time: not `from __future__ import annotations`.
from typing import TYPE_CHECKING, Any, Awaitable, Callable, Dict, Mapping, Optional, Protocol, Sequence, Union

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse

from .. import starlette
from .._config import LogtoConfig
from ..LogtoClient import LogtoClient
from ..LogtoException import ConfigurationError
from ..starlette import NotAllowed
from ..step_up import AuthenticationRequirement
from ..starlette.tokens import AccessTokenValidator
from ..web import SignedInUser
from .bearer import AccessTokenBearer, OrganizationTokenBearer, docs_login, validator_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..starlette.auth import Options

class ResourceMetadata(Protocol):
    """What is read of the API's metadata; ``logto.resource_server.ProtectedResourceMetadata`` is one."""

    @property
    def path(self) -> str: ...
    @property
    def headers(self) -> Dict[str, str]: ...
    def document(self) -> Dict[str, Any]: ...


UserDependency = Callable[[HTTPConnection], Awaitable[SignedInUser]]


class LogtoAuth(starlette.LogtoAuth):
    """One per application: ``auth = LogtoAuth(config, secret)``, ``auth.install(app)``, then ``Depends(auth.user)``.

    With an ``audience``, ``Security(auth.token, scopes=[…])`` checks access tokens, and Swagger's Authorize button gets them.
    """

    def __init__(
        self,
        config: LogtoConfig,
        secret: Union[str, Sequence[str]],
        *,
        audience: Optional[str] = None,
        scopes: Optional[Mapping[str, str]] = None,
        validator: Optional[AccessTokenValidator] = None,
        docs_client_id: Optional[str] = None,
        **options: "Unpack[Options]",
    ) -> None:
        """
        :param audience: indicator of the API resource that this application is the server of.
        :param scopes: that API's scopes with a description of each.
        :param validator: checks the tokens. None: one for the audience, with the settings of the configuration. Its ``metadata`` is
            served.
        :param docs_client_id: id of a single-page application for Swagger UI. Its redirect URI is ``{base}/docs/oauth2-redirect``.
        :param options: of :class:`logto.starlette.LogtoAuth`.
        :raises ConfigurationError: when a setting is unusable.
        """
        super().__init__(config, secret, **options)
        if audience is None and (scopes or validator or docs_client_id):
            raise ConfigurationError("scopes, validator and docs_client_id need the audience of the API", code="config.invalid")
        self._scopes, self._docs_client_id = dict(scopes or {}), docs_client_id
        self._token: Optional[AccessTokenBearer] = None
        self._metadata: Optional[ResourceMetadata] = getattr(validator, "metadata", None)
        if audience is not None:
            checker = validator or validator_of(config, audience)
            self._token = AccessTokenBearer(checker, config.endpoint, audience, scopes)
            self._organization_token = OrganizationTokenBearer(checker)

    def install(self, app: Starlette) -> None:
        """Adds routes, middleware and exception handlers, and sets up the sign-in of Swagger UI."""
        super().install(app)
        metadata = self._metadata
        if metadata is not None:

            async def resource_metadata(_: Request) -> JSONResponse:
                return JSONResponse(metadata.document(), headers=metadata.headers)

            app.add_route(metadata.path, resource_metadata, methods=["GET"], include_in_schema=False)
        if isinstance(app, FastAPI) and self._docs_client_id is not None:
            app.swagger_ui_init_oauth = {**docs_login(self._docs_client_id, self._scopes), **(app.swagger_ui_init_oauth or {})}

    @property
    def token(self) -> AccessTokenBearer:
        """``Security(auth.token, scopes=[…])``: the caller's ``ValidatedToken``."""
        if self._token is None:
            raise ConfigurationError("auth.token needs LogtoAuth(…, audience=…)", code="config.invalid")
        return self._token

    @property
    def organization_token(self) -> OrganizationTokenBearer:
        """``Security(auth.organization_token, scopes=[…])``: the same for the organization in the path, ``organization_id``."""
        if self._token is None:
            raise ConfigurationError("auth.organization_token needs LogtoAuth(…, audience=…)", code="config.invalid")
        return self._organization_token

    async def user(self, connection: HTTPConnection) -> SignedInUser:
        """``Depends(auth.user)``: who is signed in. Others are sent to the sign-in, or get 401 where a program asks."""
        return await self.require_user(connection)

    async def optional_user(self, connection: HTTPConnection) -> Optional[SignedInUser]:
        """``Depends(auth.optional_user)``: who is signed in, or None."""
        user = await self.find_user(connection)
        return user if isinstance(user, SignedInUser) else None

    async def session(self, connection: HTTPConnection) -> LogtoClient:
        """``Depends(auth.session)``: the :class:`LogtoClient` of whoever is signed in, for tokens and user information."""
        return await self.client(connection)

    def role(self, *names: str) -> UserDependency:
        """``Depends(auth.role("editor"))``: somebody signed in who has one of the roles, else 403. Needs the scope ``roles``."""

        async def with_role(connection: HTTPConnection) -> SignedInUser:
            user = await self.require_user(connection)
            if any(user.has_role(name) for name in names):
                return user
            raise NotAllowed("not_allowed.role", f"This needs the role {' or '.join(names)}.")

        return with_role

    def authentication(self, acr_values: Union[str, Sequence[str]] = (), *, max_age: Optional[int] = None) -> UserDependency:
        """``Depends(auth.authentication("https://refeds.org/profile/mfa"))``: somebody whose sign-in proved enough, and not too long ago;
        others are sent to sign in so, and come back (RFC 9470).

        :param acr_values: all values of ``acr`` that are enough, the preferred one first.
        :param max_age: seconds since the user proved who they are.
        """
        wanted = AuthenticationRequirement(acr_values, max_age)

        async def with_authentication(connection: HTTPConnection) -> SignedInUser:
            user = await self.require_user(connection)
            user.require_authentication(wanted.acr_values, max_age=wanted.max_age)
            return user

        return with_authentication

    def organization(
        self, organization_id: Optional[str] = None, *, role: Optional[str] = None, parameter: str = "organization_id"
    ) -> UserDependency:
        """``Depends(auth.organization())``: a member of the organization in the path, else 403. Needs ``UserInfoScope.organizations``.

        :param organization_id: a certain one, in the place of the path's.
        :param role: a role that the member has there. Needs ``UserInfoScope.organization_roles``.
        :param parameter: the path parameter with the organization's id.
        """

        async def in_organization(connection: HTTPConnection) -> SignedInUser:
            user = await self.require_user(connection)
            wanted = str(connection.path_params[parameter]) if organization_id is None else organization_id
            if not user.in_organization(wanted):
                raise NotAllowed("not_allowed.organization", "This is for members of the organization.")
            if role is not None and not user.has_organization_role(wanted, role):
                raise NotAllowed("not_allowed.organization_role", f"This needs the role {role} in the organization.")
            return user

        return in_organization
