"""The settings of the sample, read from the environment; what is missing is said in words."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import List

MEANINGS = {
    "APP_SECRET_KEY": "signs and encrypts the session cookie: a long random text, for example from `openssl rand -hex 32`",
    "LOGTO_ENDPOINT": "the address of Loggia (or Logto), for example http://localhost:3001",
    "LOGTO_APP_ID": "the id of this application",
    "LOGTO_APP_SECRET": "the secret of this application",
    "LOGTO_REDIRECT_URI": "where people come back to, for example http://localhost:5000/sign-in-callback",
    "LOGTO_POST_LOGOUT_REDIRECT_URI": "where people go after signing out, for example http://localhost:5000/",
}


@dataclass(frozen=True)
class Settings:
    """What the sample is told.

    :param scopes: asked for in addition to the sample's own.
    :param resource: indicator of an API resource; empty for none.
    """

    secret_key: str
    endpoint: str
    app_id: str
    app_secret: str
    redirect_uri: str
    post_logout_redirect_uri: str
    resource: str
    scopes: List[str]
    port: int


def load() -> Settings:
    """Reads the environment, or ends the program with a list of what is missing."""
    missing = [name for name in MEANINGS if name not in os.environ]
    if missing:
        print("The sample cannot start: these environment variables are missing.\n", file=sys.stderr)
        for name in missing:
            print(f"  {name}: {MEANINGS[name]}", file=sys.stderr)
        print(
            "\nMake the application with:\n"
            "  loggia app create --type traditional --name 'Flask sample' \\\n"
            "    --redirect-uri http://localhost:5000/sign-in-callback \\\n"
            "    --post-logout-redirect-uri http://localhost:5000/ --json",
            file=sys.stderr,
        )
        sys.exit(2)
    port = os.environ.get("PORT", "5000")
    if not port.isdigit():
        print(f"The sample cannot start: PORT is {port!r}, not a number.", file=sys.stderr)
        sys.exit(2)
    return Settings(
        secret_key=os.environ["APP_SECRET_KEY"],
        endpoint=os.environ["LOGTO_ENDPOINT"],
        app_id=os.environ["LOGTO_APP_ID"],
        app_secret=os.environ["LOGTO_APP_SECRET"],
        redirect_uri=os.environ["LOGTO_REDIRECT_URI"],
        post_logout_redirect_uri=os.environ["LOGTO_POST_LOGOUT_REDIRECT_URI"],
        resource=os.environ.get("LOGTO_RESOURCE", ""),
        scopes=os.environ.get("LOGTO_SCOPES", "").split(),
        port=int(port),
    )
