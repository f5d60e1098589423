"""One package, measured by the interpreter that has it: prints JSON. `run.py` calls it with each.

Tokens and sign-ins come from the provider of the SDK's tests, on loopback. Rates are per second, times in milliseconds, medians of
the rounds.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, List

sys.path.insert(0, str(Path(__file__).parents[2] / "sdk/python/tests"))

from peer import Peer  # noqa: E402

API = "https://api.example.com"
ROUNDS = 7


def rate(call: Callable[[Any], object], items: List[Any]) -> float:
    def once() -> float:
        start = time.perf_counter()
        for item in items:
            call(item)
        return len(items) / (time.perf_counter() - start)

    return statistics.median(once() for _ in range(ROUNDS))


def import_time() -> float:
    """Of `import logto` with pydantic, above the start of an interpreter."""

    def once(program: str) -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", program], check=True)
        return (time.perf_counter() - start) * 1000

    once("import logto")
    pairs = [(once("import logto"), once("pass")) for _ in range(ROUNDS)]
    return statistics.median(whole - start for whole, start in pairs)


def validation(peer: Peer) -> Dict[str, float]:
    """The same checks by PyJWT and, where it is there, by TokenValidator."""
    import jwt

    tokens = [peer.access_token(API, "app1", scope="read write") for _ in range(300)]
    key = jwt.PyJWK(peer.key.jwk())

    def by_pyjwt(token: str) -> None:
        if jwt.get_unverified_header(token)["typ"].lower() != "at+jwt":
            raise ValueError("no access token")
        jwt.decode(token, key, algorithms=["ES384"], audience=API, issuer=peer.issuer, leeway=30,
                   options={"require": ["exp", "iss", "aud", "sub"]})

    found = {"tokens by PyJWT": rate(by_pyjwt, tokens)}
    try:
        from logto.resource_server import TokenValidator
    except ImportError:
        return found

    def first_seen(token: str) -> None:
        validator.validate(token)

    rates = []
    for _ in range(ROUNDS):
        validator = TokenValidator(peer.endpoint, API)
        validator.validate(peer.access_token(API, "app1"))
        start = time.perf_counter()
        for token in tokens:
            first_seen(token)
        rates.append(len(tokens) / (time.perf_counter() - start))
    found["tokens seen for the first time"] = statistics.median(rates)
    found["tokens seen before"] = rate(validator.validate, tokens * 20)
    return found


def page_cost(plain: Any, signed_in: Any) -> float:
    """What a signed-in page costs above one without sign-in, by turns, in milliseconds."""

    def once(client: Any, path: str) -> float:
        start = time.perf_counter()
        for _ in range(200):
            assert client.get(path).status_code == 200
        return (time.perf_counter() - start) * 1000 / 200

    once(signed_in, "/mine")
    return statistics.median(once(signed_in, "/mine") - once(plain, "/open") for _ in range(ROUNDS))


def flask_page(peer: Peer) -> float:
    from flask import Flask

    app = Flask(__name__)
    app.secret_key = "a secret of the benchmark"

    @app.get("/open")
    def anybody() -> str:
        return "hello"

    try:
        from logto.flask import LogtoAuth, current_user
    except ImportError:
        return drop_in_page(peer, app)
    app.config.update(LOGTO_ENDPOINT=peer.endpoint, LOGTO_APP_ID="app1", LOGTO_APP_SECRET="secret1")
    auth = LogtoAuth(app)

    @app.get("/mine")
    @auth.login_required
    def mine() -> str:
        return f"hello {current_user.name}"

    browser = app.test_client()
    callback = peer.visit(browser.get("/sign-in").headers["location"])
    assert browser.get(callback).status_code in (302, 303), "signed in"
    return page_cost(app.test_client(), browser)


def drop_in_page(peer: Peer, app: Any) -> float:
    """The quick start of the published package: the ID token is decoded, not verified."""
    from flask import session
    from logto import LogtoClient, LogtoConfig, Storage

    class Session(Storage):
        def get(self, key: Any) -> Any:
            return session.get(key)

        def set(self, key: Any, value: Any) -> None:
            session[key] = value

        def delete(self, key: Any) -> None:
            session.pop(key, None)

    client = LogtoClient(LogtoConfig(endpoint=peer.endpoint, appId="app1", appSecret="secret1"), Session())

    @app.get("/in")
    def sign_in() -> str:
        return asyncio.run(client.signIn(redirectUri="http://localhost/back"))

    @app.get("/back")
    def back() -> str:
        from flask import request

        asyncio.run(client.handleSignInCallback(request.url))
        return "done"

    @app.get("/mine")
    def mine() -> Any:
        return f"hello {client.getIdTokenClaims().name}" if client.isAuthenticated() else ("sign in", 401)

    browser = app.test_client()
    assert browser.get(peer.visit(browser.get("/in").text)).status_code == 200
    return page_cost(app.test_client(), browser)


def measure() -> Dict[str, float]:
    peer = Peer()
    try:
        return {**validation(peer), "signed-in Flask page, ms above an open one": flask_page(peer), "import, ms": import_time()}
    finally:
        peer.close()


if __name__ == "__main__":
    json.dump(measure(), sys.stdout)
