"""The test clients of web frameworks, spoken to in one way."""

from __future__ import annotations

import importlib
import sys
from contextlib import ExitStack
from typing import Any, Awaitable, Callable, NamedTuple, Optional, Union
from urllib.parse import urlsplit


class Answer(NamedTuple):
    """What the application answered."""

    status: int
    location: Optional[str]


class TestClient(NamedTuple):
    """A test client of any framework."""

    client: Any
    origin: str
    """Where it takes the application to be, such as ``http://testserver``."""
    get: Callable[[str], Union[Answer, Awaitable[Answer]]]
    """Asks for an address, without following redirects; awaited for an asynchronous client."""


# Not a class of tests.
TestClient.__test__ = False  # type: ignore[attr-defined]


def _loaded(module: str, name: str) -> Any:
    """A class of a framework, if the application has loaded it; an empty tuple, which nothing is an instance of, otherwise."""
    return getattr(sys.modules.get(module), name, ())


def test_client(target: Any, open_clients: ExitStack) -> TestClient:
    """The test client that ``target`` is, or a new one of the application that it is.

    :param open_clients: ends what has to be ended, such as the lifespan of an ASGI application.
    :raises TypeError: when it is neither.
    """
    if isinstance(target, _loaded("flask", "Flask")):
        return _werkzeug(target.test_client())
    if isinstance(target, _loaded("starlette.applications", "Starlette")):
        from starlette.testclient import TestClient as StarletteClient

        return _httpx(open_clients.enter_context(StarletteClient(target)))
    for matches, adapt in (
        (isinstance(target, _loaded("werkzeug.test", "Client")), _werkzeug),
        (isinstance(target, _loaded("django.test", "AsyncClient")), _django_async),
        (isinstance(target, _loaded("django.test", "Client")), _django),
        (isinstance(target, _loaded("requests", "Session")), _requests),
        (callable(getattr(target, "get", None)) and hasattr(target, "base_url"), _httpx),
    ):
        if matches:
            return adapt(target)
    raise TypeError(
        f"{type(target).__name__} is no application or test client that is known: give a Flask, Starlette or FastAPI application, "
        "a test client of Flask, Django, Starlette or httpx, a session of requests, a storage, or a LogtoConfig"
    )


test_client.__test__ = False  # type: ignore[attr-defined]


def django_client() -> Any:
    """A new Django test client, if Django is set up in this process."""
    settings = getattr(sys.modules.get("django.conf"), "settings", None)
    if settings is None or not settings.configured:
        return None
    return importlib.import_module("django.test").Client()


def django_sign_in_path() -> str:
    """Where Django sends people to sign in (``LOGIN_URL``)."""
    login_url = importlib.import_module("django.conf").settings.LOGIN_URL
    return str(importlib.import_module("django.shortcuts").resolve_url(login_url))


def is_django(target: Any) -> bool:
    return isinstance(target, (_loaded("django.test", "Client"), _loaded("django.test", "AsyncClient")))


def _werkzeug(client: Any) -> TestClient:
    config = getattr(getattr(client, "application", None), "config", {})
    scheme = config.get("PREFERRED_URL_SCHEME") or "http"
    host = config.get("SERVER_NAME") or "localhost"

    def get(url: str) -> Answer:
        answer = client.get(_target(url), base_url=_origin(url))
        return Answer(answer.status_code, answer.headers.get("Location"))

    return TestClient(client, f"{scheme}://{host}", get)


def _django(client: Any) -> TestClient:
    def get(url: str) -> Answer:
        answer = client.get(_target(url), secure=url.startswith("https:"), headers={"host": urlsplit(url).netloc})
        return Answer(answer.status_code, answer.headers.get("Location"))

    return TestClient(client, "http://testserver", get)


def _django_async(client: Any) -> TestClient:
    async def get(url: str) -> Answer:
        host = urlsplit(url).netloc
        # A header of the same name is added to the one that it sends anyway.
        headers = {} if host == "testserver" else {"host": host}
        answer = await client.get(_target(url), secure=url.startswith("https:"), headers=headers)
        return Answer(answer.status_code, answer.headers.get("Location"))

    return TestClient(client, "http://testserver", get)


def _httpx(client: Any) -> TestClient:
    def answered(answer: Any) -> Answer:
        return Answer(answer.status_code, answer.headers.get("location"))

    async def get_async(url: str) -> Answer:
        return answered(await client.get(url, follow_redirects=False))

    def get(url: str) -> Answer:
        return answered(client.get(url, follow_redirects=False))

    is_async = hasattr(client, "__aenter__")
    return TestClient(client, str(client.base_url).rstrip("/"), get_async if is_async else get)


def _requests(session: Any) -> TestClient:
    def get(url: str) -> Answer:
        answer = session.get(url, allow_redirects=False)
        return Answer(answer.status_code, answer.headers.get("Location"))

    # A session has no address of its own: the path of the sign-in must be a whole URL.
    return TestClient(session, "", get)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _target(url: str) -> str:
    return url[len(_origin(url)) :] or "/"
