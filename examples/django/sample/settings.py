"""The settings of the sample, from the environment."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
DATABASE = os.environ.get("DATABASE", str(FOLDER.parent / "sample.db"))

SECRET_KEY = os.environ.get("APP_SECRET_KEY", "")
DEBUG = os.environ.get("DEBUG", "1") == "1"
ALLOWED_HOSTS = ["localhost"]
ROOT_URLCONF = "sample.urls"
STATIC_URL = "/static/"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATABASE, "OPTIONS": {"timeout": 20}}}
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "sample",
    "logto.django",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "logto.django.middleware.LogtoMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
AUTHENTICATION_BACKENDS = ["logto.django.backends.LogtoBackend"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "sample.views.frame",
            ]
        },
    }
]
LOGIN_URL = "logto:sign_in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

LOGTO_ENDPOINT = os.environ.get("LOGTO_ENDPOINT")
LOGTO_APP_ID = os.environ.get("LOGTO_APP_ID")
LOGTO_APP_SECRET = os.environ.get("LOGTO_APP_SECRET")
LOGTO_RESOURCES = os.environ.get("LOGTO_RESOURCE", "")
LOGTO_SCOPES = [
    "email",
    "roles",
    "urn:logto:scope:organizations",
    "urn:logto:scope:organization_roles",
    *os.environ.get("LOGTO_SCOPES", "").split(),
]
# Whoever has this role at the server may use the admin.
LOGTO_STAFF_ROLES = ["admin"]
