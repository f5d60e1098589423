"""One behaviour in coroutines, in plain functions, over awaited storages, and under either way of writing the names."""

from __future__ import annotations

import asyncio
import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, Optional

import pytest
from conftest import REDIRECT, RESOURCE, App, DictStorage, run
from logto import (
    AsyncStorage,
    ConfigurationError,
    Logto,
    LogtoClient,
    LogtoConfig,
    LogtoException,
    ReauthenticationRequired,
    SignInCallbackError,
    SyncLogtoClient,
    UserInfoScope,
)
from pydantic import ValidationError

TOOLS = Path(__file__).parent.parent / "tools"


class SlowStorage(AsyncStorage):
    """A session behind something that is awaited."""

    def __init__(self, data: Dict[str, Any]) -> None:
        self.data = data

    async def get(self, key: Any) -> Optional[str]:
        await asyncio.sleep(0)
        return self.data.get(key)

    async def set(self, key: Any, value: Optional[str]) -> None:
        await asyncio.sleep(0)
        self.data[key] = value

    async def delete(self, key: Any) -> None:
        await asyncio.sleep(0)
        self.data.pop(key, None)


class Caller:
    """Calls a client of any kind in the same way."""

    def __init__(self, app: App, kind: str, **changes: Any) -> None:
        self.data: Dict[str, Any] = {}
        logto = Logto(app.config(**changes))
        if kind == "plain":
            self.client: Any = logto.sync_session(DictStorage(self.data))
        else:
            self.client = logto.session(SlowStorage(self.data) if kind == "awaited" else DictStorage(self.data))

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any, **options: Any) -> Any:
            result = getattr(self.client, name)(*arguments, **options)
            return run(result) if inspect.iscoroutine(result) else result

        return call


@pytest.fixture(params=["coroutines", "plain", "awaited"])
def caller(request, app: App) -> Caller:
    return Caller(app, request.param)


def sign_in(app: App, caller: Caller) -> Caller:
    caller.handle_sign_in_callback(app.peer.visit(caller.sign_in(REDIRECT)))
    return caller


def test_a_session_from_sign_in_to_sign_out(app: App, caller: Caller):
    assert caller.find_id_token_claims() is None
    sign_in(app, caller)
    assert caller.fetch_id_token_claims().sub == "user1"
    assert caller.fetch_user_info().name == "Ada"
    token = caller.get_access_token(RESOURCE)
    assert token == caller.getAccessToken(RESOURCE) and caller.get_access_token_claims(RESOURCE).aud == RESOURCE
    assert caller.get_organization_token_claims("o1").aud == "urn:logto:organization:o1"
    assert caller.get_oidc_core().metadata.issuer == app.peer.issuer
    assert caller.sign_out("https://app/").startswith(f"{app.peer.issuer}/session/end?client_id=app1")
    assert caller.data == {} and app.peer.refresh_tokens == set()


def test_two_tabs_and_a_callback_of_nobody(app: App, caller: Caller):
    """D13 from the client's side, also over awaited storages."""
    first, second = caller.sign_in(REDIRECT), caller.sign_in(REDIRECT)
    caller.handle_sign_in_callback(app.peer.visit(first))
    caller.handle_sign_in_callback(app.peer.visit(second))
    with pytest.raises(SignInCallbackError):
        caller.handle_sign_in_callback(app.peer.visit(first))


def test_a_session_that_the_provider_ended(app: App, caller: Caller):
    sign_in(app, caller)
    app.peer.refresh_tokens.clear()
    with pytest.raises(ReauthenticationRequired) as caught:
        caller.get_access_token(RESOURCE)
    assert caught.value.code == "invalid_grant" and caught.value.next_step == "Send the user to sign in."
    assert caller.data == {} and caller.find_id_token_claims() is None


def test_attempts_are_bounded(app: App, caller: Caller):
    """D13: state, nonce and verifier per attempt; the oldest of five is forgotten, the others finish."""
    urls = [caller.sign_in(REDIRECT) for _ in range(5)]
    with pytest.raises(SignInCallbackError):
        caller.handle_sign_in_callback(app.peer.visit(urls[0]))
    for url in urls[1:]:
        caller.handle_sign_in_callback(app.peer.visit(url))


def test_clients_are_context_managers(app: App):
    logto = Logto(app.config())

    async def main() -> str:
        async with logto.session(DictStorage()) as client:
            return await client.sign_in(REDIRECT)

    with logto.sync_session(DictStorage()) as client:
        assert run(main()).split("?")[0] == client.sign_in(REDIRECT).split("?")[0]
    assert app.peer.count("/oidc/.well-known/openid-configuration") == 1


def test_plain_functions_of_an_awaited_storage_say_what_to_use(app: App):
    client = Logto(app.config()).session(SlowStorage({}))
    for call in (client.is_authenticated, client.getIdTokenClaims, client.get_id_token, client.getRefreshToken):
        with pytest.raises(ConfigurationError, match="find_id_token_claims") as caught:
            call()
        assert caught.value.code == "storage.async"
    with pytest.raises(ConfigurationError):
        SyncLogtoClient(app.config(), SlowStorage({})).get_access_token()  # type: ignore[arg-type]


def public(kind: type) -> Dict[str, inspect.Signature]:
    return {name: inspect.signature(value) for name, value in inspect.getmembers(kind, inspect.isfunction) if name[0] != "_"}


def test_the_twins_have_one_surface():
    coroutines, plain = public(LogtoClient), public(SyncLogtoClient)
    assert coroutines.keys() == plain.keys()
    for name, signature in coroutines.items():
        assert str(signature) == str(plain[name]).replace("SyncLogtoClient", "LogtoClient"), name
    assert not [name for name in plain if inspect.iscoroutinefunction(getattr(SyncLogtoClient, name))]


def test_every_call_has_both_names():
    def snake(name: str) -> str:
        return re.sub(r"(?<=[a-z])([A-Z])", lambda found: "_" + found[0].lower(), name)

    calls = public(LogtoClient)
    for name in calls:
        assert snake(name) in calls, name
        one, other = (inspect.iscoroutinefunction(getattr(LogtoClient, each)) for each in (name, snake(name)))
        assert one == other, name
        assert [snake(parameter) for parameter in calls[name].parameters] == list(calls[snake(name)].parameters)
    assert len(calls) == 2 * len({snake(name) for name in calls})


def test_the_plain_twins_are_made_from_the_coroutines():
    done = subprocess.run([sys.executable, TOOLS / "make_sync.py", "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_settings_have_both_names():
    snake = LogtoConfig(endpoint="https://a", app_id="b", app_secret="c", ca_bundle="/d", callback_match="path",
                        allow_insecure_http=True, refresh_ahead=5, scopes=[UserInfoScope.email])
    camel = LogtoConfig(endpoint="https://a", appId="b", appSecret="c", caFile="/d", callbackMatch="path",
                        allowInsecureHttp=True, refreshAhead=5, scopes=[UserInfoScope.email])
    assert snake == camel
    assert (snake.app_id, snake.app_secret, snake.ca_bundle, snake.callback_match) == ("b", "c", "/d", "path")
    assert snake.allow_insecure_http and snake.refresh_ahead == 5
    with pytest.raises(ValidationError, match="app_id and appId are one setting"):
        LogtoConfig(**{"endpoint": "a", "appId": "b", "app_id": "c"})


def test_exceptions_say_what_to_do(app: App):
    client = Logto(app.config(endpoint="http://127.0.0.1:9", timeout=1)).sync_session(DictStorage())
    with pytest.raises(LogtoException) as caught:
        client.sign_in(REDIRECT)
    error = caught.value
    assert error.code == "network.unreachable" and error.next_step.startswith("Try again later") and error.docs
    cause = ValueError("x")
    try:
        raise LogtoException("y") from cause
    except LogtoException as raised:
        assert raised.cause is cause
