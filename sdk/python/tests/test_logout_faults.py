"""Back-channel logouts while the cache fails: the provider sends the token again, and the session ends then."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import Any, Dict, List

import pytest
from browsers import Browser as AsgiBrowser
from conftest import App, run
from fastapi import Depends, FastAPI

import flask_site
from logto import TokenError
from logto.fastapi import LogtoAuth
from logto.flask import LogtoAuth as FlaskAuth
from logto.logout_tokens import LogoutTokenValidator
from logto.web import MemoryCache
from logto.web.ended_sessions import PREFIX as ENDED

EVENT = "http://schemas.openid.net/event/backchannel-logout"
PATH = "/backchannel-logout"


class FailingCache(MemoryCache):
    """Fails once when a session is to be ended, as a cache does whose connection is lost between two commands."""

    def __init__(self) -> None:
        super().__init__()
        self.faults = 1

    def set(self, key: str, value: str, seconds: int) -> None:
        if key.startswith(ENDED) and self.faults:
            self.faults -= 1
            raise OSError("the cache has gone away")
        super().set(key, value, seconds)


class AwaitedCache:
    """The same in coroutines, without ``add``."""

    def __init__(self) -> None:
        self.cache = FailingCache()

    async def get(self, key: str) -> Any:
        return self.cache.get(key)

    async def set(self, key: str, value: str, seconds: int) -> None:
        self.cache.set(key, value, seconds)


def logout_token(peer) -> str:
    """As recorded (docs/contract, trace 30-20)."""
    now = int(time.time())
    claims = {"sub": "user1", "events": {EVENT: {}}, "jti": secrets.token_urlsafe(32), "sid": "s1", "aud": "app1", "exp": now + 120, "iat": now}
    return peer.key.sign({**claims, "iss": peer.issuer}, "logout+jwt")


def test_a_token_counts_as_used_only_when_its_sessions_are_ended(app: App):
    token, ended = logout_token(app.peer), []

    def fails(_: Any) -> None:
        raise OSError("the cache has gone away")

    async def end(found: Any) -> None:
        ended.append(found)

    for seen in (MemoryCache(), AwaitedCache()):
        validator, token = LogoutTokenValidator(app.config(), seen), logout_token(app.peer)
        with pytest.raises(OSError):
            run(validator.validate_async(token, fails))
        assert run(validator.validate_async(token, end)) == ended[-1]
        with pytest.raises(TokenError) as caught:
            run(validator.validate_async(token, end))
        assert caught.value.code == "logout_token.replayed"
    assert len(ended) == 2
    plain, token = LogoutTokenValidator(app.config()), logout_token(app.peer)
    with pytest.raises(OSError):
        plain.validate(token, fails)
    assert plain.validate(token, ended.append) == ended[-1]
    with pytest.raises(TokenError):
        plain.validate(token, ended.append)
    assert len(ended) == 3


def test_flask_ends_the_session_when_the_token_is_sent_again(peer):
    peer.id_claims = {"sid": "s1"}
    site = flask_site.make_app(peer.endpoint, FlaskAuth(logout_cache=FailingCache()))
    browser, provider = flask_site.Browser(site, peer.visit), site.test_client()
    browser.sign_in()
    form = {"logout_token": logout_token(peer)}
    statuses: List[int] = [provider.post(PATH, data=form).status_code for _ in range(3)]
    assert statuses == [500, 200, 400] and browser.get("/").text == "home of None"


@pytest.mark.parametrize("cache", [FailingCache, AwaitedCache])
def test_fastapi_ends_the_session_when_the_token_is_sent_again(app: App, cache):
    auth, site = LogtoAuth(app.config(), "0123456789abcdef", cache=cache()), FastAPI()
    auth.install(site)

    @site.get("/me")
    async def me(user=Depends(auth.user)) -> Dict[str, str]:
        return {"id": user.id}

    async def main() -> None:
        app.peer.id_claims = {"sid": "s1"}
        browser = AsgiBrowser(site, app.peer, raises=False)
        await browser.sign_in("/me")
        form = {"logout_token": logout_token(app.peer)}
        statuses = [(await browser.post(PATH, data=form)).status_code for _ in range(3)]
        assert statuses == [500, 200, 400] and (await browser.fetch("/me")).status_code == 401

    asyncio.run(main())
