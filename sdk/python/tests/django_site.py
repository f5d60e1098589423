"""A Django project with every kind of view, and browsers for it that keep cookies as real ones do."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Dict
from urllib.parse import parse_qs, urlsplit

import django
from django.conf import settings

FOLDER = tempfile.TemporaryDirectory(prefix="logto-django-")
RESOURCE = "https://api.example.com"
PAGE = {"HTTP_ACCEPT": "text/html", "HTTP_SEC_FETCH_MODE": "navigate", "HTTP_SEC_FETCH_DEST": "document"}
SCRIPT = {"HTTP_ACCEPT": "application/json", "HTTP_SEC_FETCH_MODE": "cors", "HTTP_SEC_FETCH_DEST": "empty"}

if not settings.configured:
    settings.configure(
        SECRET_KEY="a secret of the project, for tests",
        DEBUG=False,
        ALLOWED_HOSTS=["localhost", "testserver"],
        USE_TZ=True,
        USE_I18N=True,
        LANGUAGE_CODE="en",
        ROOT_URLCONF="django_urls",
        STATIC_URL="/static/",
        INSTALLED_APPS=[
            "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
            "django.contrib.messages", "django.contrib.staticfiles", "logto.django",
        ],
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.locale.LocaleMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "logto.django.middleware.LogtoMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        AUTHENTICATION_BACKENDS=["logto.django.backends.LogtoBackend", "django.contrib.auth.backends.ModelBackend"],
        TEMPLATES=[{
            "BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
            "OPTIONS": {"context_processors": ["django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
                                               "django.contrib.messages.context_processors.messages"]},
        }],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(Path(FOLDER.name) / "project.db"), "OPTIONS": {"timeout": 30}}},
        LOGIN_URL="logto:sign_in",
        LOGIN_REDIRECT_URL="/",
        LOGOUT_REDIRECT_URL="/",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    )
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode=WAL")

from django.http import HttpResponse  # noqa: E402
from django.test import Client  # noqa: E402


def settings_for(endpoint: str, **changes: Any) -> Dict[str, Any]:
    return {
        "LOGTO_ENDPOINT": endpoint, "LOGTO_APP_ID": "app1", "LOGTO_APP_SECRET": "secret1", "LOGTO_RESOURCES": [RESOURCE],
        "LOGTO_SCOPES": ["email", "roles", "urn:logto:scope:organizations", "urn:logto:scope:organization_roles"], **changes,
    }


class Browser:
    """A visitor with cookies of its own."""

    def __init__(self, visit: Any) -> None:
        self.client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        self.visit = visit

    def get(self, path: str, **more: Any) -> HttpResponse:
        return self.client.get(path, **{**PAGE, **more})

    def text(self, path: str) -> str:
        return self.get(path).content.decode()

    def post(self, path: str, **more: Any) -> HttpResponse:
        """A form of a page of this project, with its CSRF token."""
        self.get("/sign-out")
        token = self.client.cookies["csrftoken"].value
        return self.client.post(path, {"csrfmiddlewaretoken": token}, **{**PAGE, **more})

    def authorize(self, answer: HttpResponse) -> str:
        """What the provider does with the browser that was sent to it: the path of the callback."""
        back = urlsplit(self.visit(answer["Location"]))
        return f"{back.path}?{back.query}"

    def sign_in(self, path: str = "/sign-in") -> HttpResponse:
        """Opens a page, signs in and comes back; the answer of the callback."""
        answer = self.get(path)
        while not answer["Location"].startswith("http"):
            answer = self.get(answer["Location"])
        return self.get(self.authorize(answer))

    @property
    def session_cookie(self) -> str:
        found = self.client.cookies.get("sessionid")
        return found.value if found else ""


def query_of(url: str) -> Dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
