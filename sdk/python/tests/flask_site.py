"""A Flask application with every kind of view, and browsers for it that keep cookies as real ones do."""

from __future__ import annotations

from typing import Any, Dict, Optional
from urllib.parse import parse_qs, urlsplit

from flask import Flask
from werkzeug.test import TestResponse

from logto import UserInfoScope
from logto.flask import (
    LogtoAuth, current_token, current_user, login_required, organization_required, roles_required, scopes_required, token_required,
)

RESOURCE = "https://api.example.com"
SECRET = "a secret of the application"
PAGE = {"Accept": "text/html", "Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate"}


def make_app(endpoint: str, auth: Optional[LogtoAuth] = None, before: Any = None, **settings: Any) -> Flask:
    app = Flask(__name__)
    app.config.from_mapping({
        "SECRET_KEY": SECRET,
        "TESTING": True,
        "PROPAGATE_EXCEPTIONS": False,
        "LOGTO_ENDPOINT": endpoint,
        "LOGTO_APP_ID": "app1",
        "LOGTO_APP_SECRET": "secret1",
        "LOGTO_RESOURCES": [RESOURCE],
        "LOGTO_SCOPES": ["read", UserInfoScope.organizations, UserInfoScope.organization_roles, "roles"],
        **settings,
    })
    if before:
        before(app)
    auth = auth or LogtoAuth()
    auth.init_app(app)
    add_views(app, auth)
    return app


def add_views(app: Flask, auth: LogtoAuth) -> None:
    app.add_url_rule("/", "index", lambda: f"home of {current_user.id}")
    app.add_url_rule("/plain", "plain", lambda: "no sign-in here")

    @app.get("/account")
    @login_required
    def account() -> str:
        return f"account of {current_user.id}"

    @app.get("/async")
    @login_required
    async def asynchronous() -> str:
        return f"async of {current_user.id}: {bool(await auth.async_client.get_access_token(RESOURCE))}"

    @app.post("/order")
    @auth.login_required()
    def order() -> str:
        return "ordered"

    @app.get("/token")
    @login_required
    def token() -> Dict[str, Any]:
        return {"token": auth.client.get_access_token(RESOURCE)}

    @app.get("/reports")
    @scopes_required("read")
    def reports() -> str:
        return "reports"

    @app.get("/write")
    @scopes_required("read", "write")
    def write() -> str:
        return "write"

    @app.get("/editors")
    @roles_required("editor")
    def editors() -> str:
        return "editors"

    @app.get("/organizations/<organization_id>")
    @organization_required()
    def organization(organization_id: str) -> str:
        return f"organization {organization_id}"

    @app.get("/organizations/<organization_id>/admin")
    @organization_required(roles=["admin"])
    async def admin(organization_id: str) -> str:
        return f"admin of {organization_id}"

    @app.get("/api/things")
    @token_required("read")
    def things() -> Dict[str, Any]:
        return {"subject": current_token.subject}


class Browser:
    """A visitor with cookies of its own."""

    def __init__(self, app: Flask, visit: Any) -> None:
        self.client = app.test_client()
        self.visit = visit

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(path, **{"headers": PAGE, **more})

    def authorize(self, answer: TestResponse) -> str:
        """What the provider does with the browser that was sent to it: the path of the callback."""
        back = urlsplit(self.visit(answer.location))
        return f"{back.path}?{back.query}"

    def sign_in(self, path: str = "/sign-in") -> TestResponse:
        """Opens a page, signs in and comes back; the answer of the callback."""
        return self.get(self.authorize(self.get(path)))


def query_of(url: str) -> Dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
