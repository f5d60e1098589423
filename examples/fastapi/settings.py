"""The settings of the sample, read from the environment; what is missing is said in words."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

MEANINGS = {
    "APP_SECRET": "encrypts the session cookies: a long random text, for example from `openssl rand -hex 32`",
    "LOGTO_ENDPOINT": "the address of Loggia (or Logto), for example http://localhost:3001",
    "LOGTO_APP_ID": "the id of this application",
    "LOGTO_APP_SECRET": "the secret of this application",
    "LOGTO_DOCS_APP_ID": "the id of the single-page application that the API's documentation signs in with",
}


@dataclass(frozen=True)
class Settings:
    """What the sample is told.

    :param audience: indicator of the API resource that the sample is the server of.
    :param swagger_ui: folder with the files of swagger-ui-dist; empty: from a content delivery network.
    """

    secret: str
    endpoint: str
    app_id: str
    app_secret: str
    docs_app_id: str
    audience: str
    webhook_key: str
    swagger_ui: str
    base_url: str
    port: int


def load() -> Settings:
    """Reads the environment, or ends the program with a list of what is missing."""
    missing = [name for name in MEANINGS if not os.environ.get(name)]
    if missing:
        print("The sample cannot start: these environment variables are missing.\n", file=sys.stderr)
        for name in missing:
            print(f"  {name}: {MEANINGS[name]}", file=sys.stderr)
        print("\n`python start.py` starts a server of its own, makes all of this, and starts the sample.", file=sys.stderr)
        sys.exit(2)
    port = int(os.environ.get("PORT", "8000"))
    return Settings(
        secret=os.environ["APP_SECRET"],
        endpoint=os.environ["LOGTO_ENDPOINT"],
        app_id=os.environ["LOGTO_APP_ID"],
        app_secret=os.environ["LOGTO_APP_SECRET"],
        docs_app_id=os.environ["LOGTO_DOCS_APP_ID"],
        audience=os.environ.get("LOGTO_AUDIENCE", "https://notes.example.com"),
        webhook_key=os.environ.get("LOGTO_WEBHOOK_KEY", ""),
        swagger_ui=os.environ.get("SWAGGER_UI", ""),
        base_url=os.environ.get("BASE_URL", f"http://localhost:{port}"),
        port=port,
    )
