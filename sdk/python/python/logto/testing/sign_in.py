"""Signs somebody in to an application under test, on the way that its users go."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import Any, Generator, Optional, Tuple, Union, cast
from urllib.parse import parse_qs, urljoin, urlsplit

from logto import Logto, LogtoClient, LogtoConfig, MemoryStorage, SyncLogtoClient

from .browser import Browser, SignInFailed
from .clients import Answer, TestClient, django_client, django_sign_in_path, is_django, test_client
from .management import LoggiaApplication, LoggiaUser
from .server import LoggiaServer

MAX_REDIRECTS = 10
DEFAULT_PATH = "/sign-in"

Visit = Tuple[str, Union[str, None]]
"""An address, and None when the application is asked, or the URL that the browser takes to the server."""


class SignedInClient:
    """The fixture ``signed_in_client``: called with an application or test client, it returns one that is signed in.

    It asks the application for its sign-in path, takes the redirect to the server, signs in there over HTTP, and asks for the
    callback. The redirect URI that the application sends is registered by this, as test clients have addresses of their own.
    """

    def __init__(self, server: LoggiaServer, application: LoggiaApplication, user: LoggiaUser, open_clients: ExitStack) -> None:
        self._server = server
        self._application = application
        self._user = user
        self._open_clients = open_clients

    def __call__(
        self, target: Any = None, *, user: Optional[LoggiaUser] = None, path: Optional[str] = None, origin: Optional[str] = None
    ) -> Any:
        """
        :param target: a Flask, Starlette or FastAPI application; a test client of Flask, Django, Starlette or httpx; a session
            of requests (then ``path`` is a URL). Or what needs no framework: a storage, a :class:`LogtoConfig` or a
            :class:`Logto`. None: a new Django test client where Django is set up, else ``loggia_application`` itself.
        :param user: who signs in, by default ``loggia_user``.
        :param path: what the application is asked for: its sign-in route or any page that sends people there. By default
            ``/sign-in``, with Django ``LOGIN_URL``.
        :param origin: where the application takes itself to be, such as ``https://app.example.com``.
        :returns: the test client, signed in; for what needs no framework a :class:`SyncLogtoClient`.
        :raises SignInFailed: when the sign-in does not come back to the application, with what stopped it.
        """
        target = django_client() if target is None else target
        without_framework = self._sync_client(target)
        if without_framework is not None:
            return self._sign_in_session(without_framework, user or self._user)
        client = test_client(target, self._open_clients)
        steps = self._steps(client, user or self._user, path, origin)
        answer: Optional[Answer] = None
        try:
            while True:
                kind, url = steps.send(cast(Any, answer))
                answer = self._at_server(url, user) if kind == "server" else cast(Answer, client.get(url))
        except StopIteration:
            return client.client

    async def asynchronous(
        self, target: Any, *, user: Optional[LoggiaUser] = None, path: Optional[str] = None, origin: Optional[str] = None
    ) -> Any:
        """The same for ``httpx.AsyncClient``, ``django.test.AsyncClient`` and a :class:`LogtoClient`, which it returns."""
        if isinstance(target, LogtoClient):
            url = await target.sign_in(self._application.redirect_uri)
            await target.handle_sign_in_callback(await asyncio.to_thread(self._visit, url, user or self._user))
            return target
        client = test_client(target, self._open_clients)
        steps = self._steps(client, user or self._user, path, origin)
        answer: Optional[Answer] = None
        try:
            while True:
                kind, url = steps.send(cast(Any, answer))
                if kind == "server":
                    answer = await asyncio.to_thread(self._at_server, url, user)
                else:
                    asked = client.get(url)
                    answer = asked if isinstance(asked, Answer) else await asked
        except StopIteration:
            return client.client

    def _steps(
        self, client: TestClient, user: LoggiaUser, path: Optional[str], origin: Optional[str]
    ) -> Generator[Tuple[str, str], Answer, None]:
        """What to ask the application ("app") or the server ("server") for, one after the other."""
        if path is None:
            path = (django_sign_in_path() if is_django(client.client) else None) or DEFAULT_PATH
        url = urljoin((origin or client.origin) + "/", path)
        home = urlsplit(url)[:2]
        for _ in range(MAX_REDIRECTS):
            answer = yield "app", url
            if answer.location is None:
                raise SignInFailed(
                    f"{url} answered {answer.status} instead of sending the browser to {self._server.endpoint}: give the path "
                    "that starts the sign-in, as in signed_in_client(app, path='/login')"
                )
            url = urljoin(url, answer.location)
            if urlsplit(url)[:2] != home:
                break
        answer = yield "server", url
        callback = str(answer.location)
        if urlsplit(callback).hostname != home[1].partition(":")[0]:
            raise SignInFailed(
                f"the application's redirect URI is at {callback.partition('?')[0]}, but its test client takes it to be at "
                f"{home[0]}://{home[1]}, where the cookies of the sign-in are: make them the same, for example with "
                "signed_in_client(app, origin='http://localhost:5000')"
            )
        answer = yield "app", callback
        if answer.status >= 400:
            raise SignInFailed(f"the application answered its callback with {answer.status}")

    def _at_server(self, url: str, user: Optional[LoggiaUser]) -> Answer:
        return Answer(302, self._visit(url, user or self._user))

    def _visit(self, url: str, user: LoggiaUser) -> str:
        browser = Browser(self._server.endpoint)
        if not browser.is_server(url):
            raise SignInFailed(
                f"the application sends people to {url.partition('?')[0]} instead of {self._server.endpoint}: "
                "make it with the endpoint of loggia_server"
            )
        query = parse_qs(urlsplit(url).query)
        if "client_id" in query and "redirect_uri" in query:
            self._server.allow_redirect_uri(query["client_id"][0], query["redirect_uri"][0])
        return browser.sign_in(url, user)

    def _sync_client(self, target: Any) -> Optional[SyncLogtoClient]:
        if target is None:
            return SyncLogtoClient(self._application.config(), MemoryStorage())
        if isinstance(target, LogtoConfig):
            return SyncLogtoClient(target, MemoryStorage())
        if isinstance(target, Logto):
            return target.sync_session(MemoryStorage())
        if isinstance(target, SyncLogtoClient):
            return target
        if all(callable(getattr(target, name, None)) for name in ("get", "set", "delete")):
            return SyncLogtoClient(self._application.config(), target)
        return None

    def _sign_in_session(self, client: SyncLogtoClient, user: LoggiaUser) -> SyncLogtoClient:
        url = client.sign_in(self._application.redirect_uri)
        client.handle_sign_in_callback(self._visit(url, user))
        return client
