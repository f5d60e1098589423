"""Signs people in as a browser would, through the real pages' addresses and the Experience API."""

from __future__ import annotations

from http.cookiejar import CookieJar
from typing import Any, Optional
from urllib.parse import urljoin, urlsplit

from .http import Exchange, opener, request
from .management import LoggiaUser

MAX_STEPS = 20


class SignInFailed(AssertionError):
    """A sign-in did not get to its end; the message says where it stopped."""


class Browser:
    """Somebody's browser, with the cookies that the server gave it."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._opener = opener(CookieJar())

    def sign_in(self, url: str, user: LoggiaUser) -> str:
        """Follows an authorization request to the address of the application that the server sends the browser back to.

        Who is signed in already is not asked again. Consent is given.

        :raises SignInFailed: when the server shows something else, with its answer.
        """
        for _ in range(MAX_STEPS):
            if not self.is_server(url):
                return url
            answer = self._send("GET", url)
            page = urlsplit(url).path
            if answer.location is not None:
                url = urljoin(url, answer.location)
            elif answer.status == 200 and page == "/sign-in":
                url = self._answer_sign_in(user)
            elif answer.status == 200 and page == "/consent":
                url = self._redirect_of(self._call("POST", "/api/interaction/consent", {}))
            else:
                raise SignInFailed(f"the sign-in stopped at {url}, which answered {answer.status}: {answer.text[:500]}")
        raise SignInFailed(f"the sign-in goes in circles; it came to {url}")

    def is_server(self, url: str) -> bool:
        """Whether an address is the server's own."""
        return urlsplit(url)[:2] == urlsplit(self._endpoint)[:2]

    def _answer_sign_in(self, user: LoggiaUser) -> str:
        self._call("PUT", "/api/experience", {"interactionEvent": "SignIn"})
        identifier = {"type": "username", "value": user.username}
        verified = self._call(
            "POST", "/api/experience/verification/password", {"identifier": identifier, "password": user.password}
        )
        self._call("POST", "/api/experience/identification", verified)
        return self._redirect_of(self._call("POST", "/api/experience/submit", {}))

    def _call(self, method: str, path: str, body: Any) -> Any:
        answer = self._send(method, self._endpoint + path, body)
        if not 200 <= answer.status < 300:
            raise SignInFailed(f"{method} {path} answered {answer.status}: {answer.text}")
        return answer.json()

    def _redirect_of(self, answer: Any) -> str:
        return urljoin(self._endpoint, str(answer["redirectTo"]))

    def _send(self, method: str, url: str, body: Optional[Any] = None) -> Exchange:
        return request(method, url, headers={"Accept": "text/html, application/json"}, body=body, through=self._opener)
