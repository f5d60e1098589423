"""A WSGI application that gunicorn loads before it forks, with keys fetched and connections open by then."""

from __future__ import annotations

import json
import os
from typing import Any, Dict, Iterable

from logto import Logto, LogtoConfig, LogtoException, Storage
from logto.resource_server import TokenValidator
from logto.web import MemoryCache

GIVEN: Dict[str, Any] = json.loads(os.environ["LOGTO_TEST_SITE"])
RESOURCE: str = GIVEN["resource"]
VALIDATOR = TokenValidator(GIVEN["endpoint"], RESOURCE)
LOGTO = Logto(LogtoConfig(endpoint=GIVEN["endpoint"], app_id="app1", app_secret="secret1", resources=[RESOURCE], timeout=5))
CACHE = MemoryCache()


class Session(Storage):
    """The same user's session with each request, as it was at the start."""

    def __init__(self) -> None:
        self._data: Dict[str, Any] = dict(GIVEN["session"])

    def get(self, key: str) -> Any:
        return self._data.get(key)

    def set(self, key: str, value: Any) -> None:
        self._data[key] = value

    def delete(self, key: str) -> None:
        self._data.pop(key, None)


VALIDATOR.validate(GIVEN["token"])
assert LOGTO.sync_session(Session()).is_authenticated()


def application(environ: Dict[str, Any], start_response: Any) -> Iterable[bytes]:
    CACHE.set("last", "1", 60)
    try:
        subject = VALIDATOR.validate_header(environ.get("HTTP_AUTHORIZATION")).subject
        client = LOGTO.sync_session(Session())
        found = {"subject": subject, "user": client.get_id_token_claims().sub, "token": client.get_access_token(RESOURCE)}
        status = "200 OK"
    except LogtoException as error:
        found, status = {"error": error.code}, "401 Unauthorized"
    start_response(status, [("Content-Type", "application/json")])
    return [json.dumps({**found, "pid": os.getpid()}).encode()]
