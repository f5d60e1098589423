"""What tests need in a server: people, applications, API resources, organizations."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any, Dict, Iterable, List, Optional
from urllib.parse import quote

from logto import LogtoConfig

TEST_PASSWORD = "correct-horse-7-battery"
CONFIDENTIAL = ("Traditional", "MachineToMachine")
REDIRECT_URI = "http://localhost/sign-in-callback"


@dataclass(frozen=True)
class LoggiaUser:
    """Somebody with an account."""

    id: str
    username: str
    password: str
    email: Optional[str] = None
    name: Optional[str] = None


@dataclass(frozen=True)
class LoggiaApplication:
    """A registered application."""

    endpoint: str
    id: str
    secret: Optional[str]
    redirect_uri: str
    """The first of its redirect URIs."""

    def config(self, **settings: Any) -> LogtoConfig:
        """What a client of this application is made with; ``settings`` are those of :class:`LogtoConfig`."""
        values: Dict[str, Any] = {"endpoint": self.endpoint, "app_id": self.id, "app_secret": self.secret}
        return LogtoConfig(**{**values, **settings})


@dataclass(frozen=True)
class LoggiaResource:
    """An API that access tokens are issued for."""

    id: str
    indicator: str
    scope_ids: Dict[str, str] = field(default_factory=dict[str, str])


class Management:
    """Makes things through the Management API; :class:`LoggiaServer` is one."""

    endpoint: str

    def api(self, method: str, path: str, body: Any = None) -> Any:
        raise NotImplementedError

    def create_user(
        self,
        username: Optional[str] = None,
        *,
        password: str = TEST_PASSWORD,
        email: Optional[str] = None,
        name: Optional[str] = None,
        custom_data: Optional[Dict[str, Any]] = None,
    ) -> LoggiaUser:
        """An account that signs in with its user name, by default one that nobody has yet."""
        username = username or f"user_{secrets.token_hex(4)}"
        body: Dict[str, Any] = {"username": username, "password": password}
        body.update({"primaryEmail": email} if email else {})
        body.update({"name": name} if name else {})
        body.update({"customData": custom_data} if custom_data else {})
        made = self.api("POST", "/api/users", body)
        return LoggiaUser(made["id"], username, password, email, name)

    def create_application(
        self,
        *redirect_uris: str,
        type: str = "Traditional",
        name: str = "Application under test",
        post_logout_redirect_uris: Iterable[str] = (),
        **members: Any,
    ) -> LoggiaApplication:
        """An application; ``type`` and ``members`` as the Management API takes them (``Traditional``, ``SPA``, ``Native``)."""
        uris = list(redirect_uris) or [REDIRECT_URI]
        metadata = {"redirectUris": uris, "postLogoutRedirectUris": list(post_logout_redirect_uris)}
        made = self.api("POST", "/api/applications", {"name": name, "type": type, "oidcClientMetadata": metadata, **members})
        # Only this route shows secrets.
        shown: List[Dict[str, Any]] = self.api("GET", f"/api/applications/{made['id']}/secrets") if type in CONFIDENTIAL else []
        secret = str(shown[0]["value"]) if shown else None
        return LoggiaApplication(self.endpoint, made["id"], secret, uris[0])

    def allow_redirect_uri(self, application_id: str, uri: str) -> None:
        """Adds a redirect URI to an application, unless it has it."""
        path = f"/api/applications/{quote(application_id, safe='')}"
        metadata = self.api("GET", path)["oidcClientMetadata"]
        if uri not in metadata["redirectUris"]:
            metadata["redirectUris"].append(uri)
            self.api("PATCH", path, {"oidcClientMetadata": metadata})

    def create_resource(self, indicator: str, *scopes: str) -> LoggiaResource:
        """An API resource with its scopes."""
        made = self.api("POST", "/api/resources", {"name": indicator, "indicator": indicator})
        path = f"/api/resources/{made['id']}/scopes"
        ids = {scope: self.api("POST", path, {"name": scope, "description": scope})["id"] for scope in scopes}
        return LoggiaResource(made["id"], indicator, ids)

    def grant(self, user: LoggiaUser, resource: LoggiaResource, *scopes: str) -> str:
        """Gives somebody scopes of an API, by a role of their own.

        :returns: the role's name.
        """
        name = f"role_{secrets.token_hex(4)}"
        ids = [resource.scope_ids[scope] for scope in scopes]
        role = self.api("POST", "/api/roles", {"name": name, "description": name, "scopeIds": ids})
        self.api("POST", f"/api/users/{user.id}/roles", {"roleIds": [role["id"]]})
        return name

    def create_organization(self, name: str, *members: LoggiaUser) -> str:
        """An organization with its members.

        :returns: its id.
        """
        made = self.api("POST", "/api/organizations", {"name": name})
        ids: List[str] = [user.id for user in members]
        if ids:
            self.api("POST", f"/api/organizations/{made['id']}/users", {"userIds": ids})
        return str(made["id"])
