"""Starlette, and FastAPI above it: routes, middleware, sessions in cookies and on a server."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any, Callable, Dict, Optional

import pytest
from browsers import NAVIGATION, ORIGIN, Browser, path_of
from conftest import App
from fastapi import FastAPI
from logto import ConfigurationError, LogtoException
from logto.fastapi import LogtoAuth as FastApiAuth
from logto.starlette import LogtoAuth, RedisSessions
from logto.web import EncryptedCookies
from peer import JWT_START
from starlette.applications import Starlette
from starlette.authentication import requires
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Mount, Route

SECRET = "0123456789abcdef0123456789abcdef"


class Store:
    """Sessions in the memory of the test, which records them."""

    def __init__(self) -> None:
        self.texts: Dict[str, str] = {}

    async def load(self, key: str) -> Optional[str]:
        return self.texts.get(key)

    async def save(self, key: str, text: str, seconds: int, create: bool) -> None:
        if create or key in self.texts:
            self.texts[key] = text

    async def remove(self, key: str) -> None:
        self.texts.pop(key, None)


def application(auth: LogtoAuth) -> Starlette:
    async def public(request: Request) -> PlainTextResponse:
        return PlainTextResponse("public")

    async def home(request: Request) -> PlainTextResponse:
        return PlainTextResponse(request.user.display_name or "nobody")

    async def private(request: Request) -> JSONResponse:
        user = await auth.require_user(request)
        return JSONResponse({"id": user.id, "scopes": request.auth.scopes})

    async def token(request: Request) -> PlainTextResponse:
        client = await auth.client(request)
        return PlainTextResponse(await client.get_access_token("https://api.example.com") or "none")

    @requires("authenticated", redirect="logto-sign-in")
    async def decorated(request: Request) -> PlainTextResponse:
        return PlainTextResponse(request.user.id)

    @requires("role:editor")
    async def editors(request: Request) -> PlainTextResponse:
        return PlainTextResponse("edit")

    pages = [public, home, private, token, decorated, editors]
    kind = FastAPI if isinstance(auth, FastApiAuth) else Starlette
    app = kind(routes=[Route("/" if page is home else f"/{page.__name__}", page, methods=["GET", "POST"]) for page in pages])
    auth.install(app)
    return app


@pytest.fixture(params=["cookies", "store", "fastapi"])
def make(request: pytest.FixtureRequest, app: App) -> Callable[..., LogtoAuth]:
    """Makes a LogtoAuth with sessions in cookies, one with sessions on a server, and one for FastAPI."""

    def made(config: Optional[Dict[str, Any]] = None, **options: Any) -> LogtoAuth:
        if request.param == "store":
            options.setdefault("store", Store())
        kind = FastApiAuth if request.param == "fastapi" else LogtoAuth
        return kind(app.config(**(config or {})), SECRET, **options)

    return made


def test_signing_in_and_out(app: App, make):
    async def main() -> None:
        browser = Browser(application(make()), app.peer)
        assert (await browser.open("/")).text == "nobody"
        done = await browser.sign_in("/private?page=2&x=%C3%A4")
        assert (done.status_code, done.headers["location"]) == (303, "/private?page=2&x=%C3%A4")
        assert not browser.named("-try-"), "the sign-in has ended"
        answer = await browser.open("/private")
        assert answer.json() == {"id": "user1", "scopes": ["authenticated"]} and "Cookie" in answer.headers["vary"]
        assert (await browser.open("/")).text == "Ada" and (await browser.open("/decorated")).text == "user1"
        gone = await browser.open("/sign-out")
        assert gone.headers["location"].startswith(f"{app.peer.issuer}/session/end?client_id=app1&post_logout_redirect_uri=")
        assert not browser.cookies and app.peer.count("/oidc/token/revocation") == 1
        assert (await browser.open("/")).text == "nobody"

    asyncio.run(main())


def test_programs_get_401_and_people_are_sent_to_sign_in(app: App, make):
    async def main() -> None:
        browser = Browser(application(make()), app.peer)
        for headers in ({"x-requested-with": "XMLHttpRequest", "accept": "text/html"}, {"accept": "application/json"}, {}):
            refused = await browser.get("/private", headers=headers)
            assert refused.status_code == 401 and refused.json()["error"] == "sign_in_required", headers
            assert refused.headers["www-authenticate"] == 'Cookie realm="sign-in", form-action="/sign-in"'
        assert (await browser.fetch("/private", accept="text/html")).status_code == 401
        posted = await browser.post("/private", headers=NAVIGATION)
        assert posted.status_code == 401 and "/sign-in" in posted.text and "<h1>" in posted.text
        for header in ({"sec-fetch-dest": "iframe"}, {"sec-purpose": "prefetch;prerender"}):
            assert (await browser.open("/private", **header)).status_code == 401
        assert not browser.cookies
        chinese = await browser.post("/private", headers={**NAVIGATION, "accept-language": "zh-CN,zh"})
        assert "请先登录" in chinese.text

    asyncio.run(main())


def test_requires_of_starlette_redirects_with_a_next_that_is_checked(app: App, make):
    async def main() -> None:
        browser = Browser(application(make()), app.peer)
        first = await browser.open("/decorated?a=1")
        assert first.headers["location"].startswith(f"{ORIGIN}/sign-in?next=")
        done = await browser.sign_in(path_of(first.headers["location"]))
        assert done.headers["location"] == "/decorated?a=1"

    asyncio.run(main())


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "https://127.0.0.1:5000@evil.example/", "javascript:alert(1)",
     "https:evil.example", "/%0d%0aset-cookie:x=y\r\n", "\t//evil.example", "http://127.0.0.1:5001/", "/sign-out", "/sign-in-callback?error=x"],
)  # fmt: skip
def test_a9_a_sign_in_never_leads_to_another_site(app: App, make, target: str):
    async def main() -> None:
        browser = Browser(application(make()), app.peer)
        started = await browser.get("/sign-in", params={"next": target}, headers=NAVIGATION)
        assert "evil" not in started.headers["location"]
        done = await browser.open(app.peer.visit(started.headers["location"]))
        assert done.headers["location"] == "/"

    asyncio.run(main())


def test_d13_a_callback_counts_only_in_the_browser_that_started(app: App, make):
    async def main() -> None:
        asgi = application(make())
        attacker, victim = Browser(asgi, app.peer), Browser(asgi, app.peer)
        started = await attacker.open("/sign-in")
        callback = app.peer.visit(started.headers["location"])
        await victim.open("/sign-in")  # with a sign-in of her own under way
        refused = await victim.open(callback)
        assert refused.status_code == 400 and "/sign-in" in refused.text and app.peer.count("/oidc/token") == 0
        assert (await victim.open("/")).text == "nobody"
        assert (await attacker.open(callback)).status_code == 303

    asyncio.run(main())


def test_tabs_that_start_at_the_same_time_all_come_back(app: App, make):
    async def main() -> None:
        browser = Browser(application(make()), app.peer)
        tabs = [await browser.get(f"/private?tab={tab}", headers={**NAVIGATION, "cookie": ""}) for tab in range(3)]
        done = [await browser.open(app.peer.visit(tab.headers["location"])) for tab in tabs]
        assert [one.headers["location"] for one in done] == [f"/private?tab={tab}" for tab in range(3)]

    asyncio.run(main())


def test_a14_sign_ins_that_nobody_finishes_are_bounded_in_number_and_size(app: App, make):
    async def main() -> None:
        browser = Browser(application(make()), app.peer)
        for attempt in range(30):
            await browser.open(f"/private?{attempt}{'x' * 900}")
        kept = browser.named("-try-")
        assert 1 <= len(kept) <= 5 and sum(map(len, kept.values())) <= 4000
        long = await browser.sign_in(f"/private?{'y' * 3000}")
        assert long.headers["location"] == "/"

    asyncio.run(main())


def test_a_sign_in_that_is_cancelled_leaves_whoever_was_signed_in(app: App, make):
    async def main() -> None:
        browser = Browser(application(make()), app.peer)
        await browser.sign_in()
        started = await browser.open("/sign-in")
        state = app.peer.visit(started.headers["location"]).partition("state=")[2].partition("&")[0]
        cancelled = await browser.open(f"/sign-in-callback?error=access_denied&state={state}&iss={app.peer.issuer}")
        assert cancelled.status_code == 400 and (await browser.open("/")).text == "Ada"

    asyncio.run(main())


def test_a_callback_that_is_loaded_again_leads_home(app: App, make):
    async def main() -> None:
        browser = Browser(application(make()), app.peer)
        started = await browser.open("/sign-in")
        callback = app.peer.visit(started.headers["location"])
        await browser.open(callback)
        again = await browser.open(callback)
        assert (again.status_code, again.headers["location"]) == (303, f"{ORIGIN}/")

    asyncio.run(main())


def test_c16_a_session_from_before_the_sign_in_is_not_the_one_after_it(app: App):
    async def main() -> None:
        store = Store()
        browser = Browser(application(LogtoAuth(app.config(), SECRET, store=store)), app.peer)
        browser.cookies.set("logto", "A" * 43, domain="127.0.0.1")
        await browser.sign_in()
        first = browser.named("logto")["logto"]
        assert first != "A" * 43 and len(store.texts) == 1
        await browser.sign_in()
        second = browser.named("logto")["logto"]
        assert second != first and len(store.texts) == 1, "the session of the first sign-in is gone"
        stolen = Browser(application(LogtoAuth(app.config(), SECRET, store=store)), app.peer)
        stolen.cookies.set("logto", first, domain="127.0.0.1")
        assert (await stolen.open("/")).text == "nobody"

    asyncio.run(main())


def test_c15_a_session_cookie_cannot_be_guessed_changed_or_made_of_another_cookie(app: App, make):
    async def main() -> None:
        asgi = application(make())
        browser = Browser(asgi, app.peer)
        await browser.sign_in()
        [(name, good)] = browser.named("logto").items()
        await browser.open("/sign-in")
        attempt = next(iter(browser.named("-try-").values()))
        other = EncryptedCookies("another secret of 32 characters", "logto").write({"idToken": "x"}, ())[0].value
        flipped = [good[:at] + ("A" if good[at] != "A" else "B") + good[at + 1 :] for at in range(0, len(good), max(1, len(good) // 40))]
        for value in ["", "x", good[:-1], good + "A", attempt, other, *flipped]:
            stranger = Browser(asgi, app.peer)
            stranger.cookies.set(name, value, domain="127.0.0.1")
            answer = await stranger.open("/")
            assert (answer.status_code, answer.text) == (200, "nobody"), value

    asyncio.run(main())


def test_c15_a_store_holds_neither_ids_nor_readable_tokens(app: App):
    async def main() -> None:
        store = Store()
        browser = Browser(application(LogtoAuth(app.config(), SECRET, store=store)), app.peer)
        await browser.sign_in()
        kept = json.dumps(store.texts)
        assert browser.named("logto")["logto"] not in kept and "refreshToken" not in kept and JWT_START not in kept

    asyncio.run(main())


def test_a11_neither_session_nor_next_is_in_any_address(app: App, make):
    async def main() -> None:
        browser = Browser(application(make()), app.peer)
        started = await browser.open("/private?secret=word")
        assert "word" not in started.headers["location"]
        done = await browser.open(app.peer.visit(started.headers["location"]))
        session = next(iter(browser.named("logto").values()))
        addresses = [started.headers["location"], done.headers["location"], (await browser.open("/sign-out")).headers["location"]]
        assert not any(session in address or "refresh" in address for address in addresses)

    asyncio.run(main())


def test_two_browsers_never_share_a_session(app: App, make):
    async def main() -> None:
        asgi = application(make())
        browsers = [Browser(asgi, app.peer) for _ in range(20)]

        async def one(number: int) -> None:
            browser = browsers[number]
            app.peer.id_claims = {}
            started = await browser.open("/sign-in")
            callback = app.peer.visit(started.headers["location"])
            await browser.open(callback)
            await asyncio.gather(*(browser.open("/private") for _ in range(5)))

        await asyncio.gather(*(one(number) for number in range(20)))
        sessions = {json.dumps(browser.named("logto")) for browser in browsers}
        assert len(sessions) == 20
        tokens = await asyncio.gather(*(browser.open("/token") for browser in browsers))
        assert len({token.text for token in tokens}) == 20
        assert (await Browser(asgi, app.peer).open("/")).text == "nobody"

    asyncio.run(main())


def test_b6_parallel_requests_with_an_expired_token_refresh_once(app: App, make):
    app.peer.expires_in = 1

    async def main() -> None:
        browser = Browser(application(make()), app.peer)
        await browser.sign_in()
        app.peer.expires_in, app.peer.delay = 3600, 0.1
        app.peer.requests.clear()
        answers = await asyncio.gather(*(browser.fetch("/token") for _ in range(50)))
        assert len({one.text for one in answers}) == 1 and app.peer.count("/oidc/token") == 1
        assert (await browser.fetch("/token")).text == answers[0].text and app.peer.count("/oidc/token") == 1

    asyncio.run(main())


def test_the_event_loop_goes_on_while_the_provider_is_slow(app: App, make):
    async def main() -> None:
        browser = Browser(application(make({"timeout": 2})), app.peer)
        app.peer.delay = 0.5
        slow = asyncio.create_task(browser.open("/sign-in"))
        await asyncio.sleep(0.05)
        began = time.monotonic()
        for _ in range(5):
            assert (await browser.open("/public")).text == "public"
        assert time.monotonic() - began < 0.3 and not slow.done()
        await slow

    asyncio.run(main())


def test_a_provider_that_is_away_signs_nobody_out(app: App, make):
    # Long enough that the sign-in itself does not cross its end, which is a whole second.
    app.peer.id_token_lifetime = 3

    async def main() -> None:
        browser = Browser(application(make({"leeway": 0, "timeout": 0.5})), app.peer)
        assert (await browser.sign_in()).status_code == 303
        await asyncio.sleep(3.1)
        app.peer.failures["/oidc/token"] = (503, {})
        before = dict(browser.cookies)
        assert (await browser.open("/public")).text == "public", "a page that does not ask who it is works"
        for path in ("/", "/private", "/decorated", "/editors"):
            page = await browser.open(path)
            assert page.status_code == 503 and page.headers["retry-after"] and "<h1>" in page.text, path
            assert (await browser.fetch(path)).json()["error"]
        assert dict(browser.cookies) == before
        app.peer.failures.clear()
        app.peer.id_token_lifetime = 3600
        assert (await browser.open("/")).text == "Ada"

    asyncio.run(main())


def test_a_session_that_the_provider_has_ended_is_signed_out(app: App, make):
    async def main() -> None:
        browser = Browser(application(make()), app.peer)
        app.peer.expires_in = 1
        await browser.sign_in()
        app.peer.refresh_tokens.clear()
        assert (await browser.fetch("/token")).status_code == 401
        assert (await browser.open("/")).text == "nobody"

    asyncio.run(main())


def test_another_site_cannot_sign_anybody_out(app: App, make):
    async def main() -> None:
        browser = Browser(application(make()), app.peer)
        await browser.sign_in()
        ignored = await browser.open("/sign-out", **{"sec-fetch-site": "cross-site"})
        assert ignored.headers["location"] == f"{ORIGIN}/" and (await browser.open("/")).text == "Ada"
        image = await browser.get("/sign-out", headers={"sec-fetch-dest": "image", "sec-fetch-mode": "no-cors"})
        assert image.status_code == 403 and (await browser.open("/")).text == "Ada"
        assert (await browser.post("/sign-out")).status_code == 303 and (await browser.open("/")).text == "nobody"

    asyncio.run(main())


def test_signing_out_works_while_the_provider_is_away(app: App, make):
    async def main() -> None:
        browser = Browser(application(make({"timeout": 0.5})), app.peer)
        await browser.sign_in()
        app.peer.failures["/oidc/token/revocation"] = (503, {})
        assert (await browser.open("/sign-out")).status_code == 303 and (await browser.open("/")).text == "nobody"
        fresh = Browser(application(make({"timeout": 0.5, "endpoint": "http://127.0.0.1:9"})), app.peer)
        browser.copy_to(fresh)
        gone = await fresh.open("/sign-out")
        assert gone.status_code == 503 and gone.headers["retry-after"] and not fresh.named("logto.")

    asyncio.run(main())


def test_roles_are_scopes_of_the_request(app: App, make):
    async def main() -> None:
        browser = Browser(application(make()), app.peer)
        await browser.sign_in()
        assert (await browser.open("/editors")).status_code == 403
        app.peer.id_claims = {"roles": ["editor"], "organizations": ["o1"], "organization_roles": ["o1:admin"]}
        await browser.sign_in()
        assert (await browser.open("/editors")).text == "edit"
        scopes = (await browser.open("/private")).json()["scopes"]
        assert scopes == ["authenticated", "role:editor", "organization:o1", "organization:o1:admin"]

    asyncio.run(main())


def test_the_plain_session_cookie_of_starlette_is_refused(app: App):
    for store in (SessionMiddleware, Middleware(SessionMiddleware, secret_key="x"), SessionMiddleware(Starlette(), "x"), object(), {}):
        with pytest.raises(ConfigurationError) as caught:
            LogtoAuth(app.config(), SECRET, store=store)  # type: ignore[arg-type]
        assert caught.value.code == "config.session_store"
    with pytest.raises(LogtoException):
        LogtoAuth(app.config(), "short")


def test_a_missing_middleware_is_named(app: App):
    auth = LogtoAuth(app.config(), SECRET)

    async def main() -> None:
        async def page(request: Request) -> PlainTextResponse:
            await auth.require_user(request)
            return PlainTextResponse("")

        with pytest.raises(ConfigurationError, match=r"auth\.install\(app\)"):
            await Browser(Starlette(routes=[Route("/", page)]), app.peer).open("/")

    asyncio.run(main())


def test_behind_a_proxy_and_below_a_path(app: App):
    async def main() -> None:
        auth = LogtoAuth(app.config(), SECRET, base_url="https://app.example.com/shop/", cookie_name="__Host-logto")
        inner = application(auth)
        asgi = Starlette(routes=[Mount("/shop", inner)])
        browser = Browser(asgi, app.peer, base_url="https://app.example.com")
        started = await browser.open("/shop/private?x=1")
        assert "redirect_uri=https%3A%2F%2Fapp.example.com%2Fshop%2Fsign-in-callback" in started.headers["location"]
        assert "Secure" in started.headers["set-cookie"]
        done = await browser.open(app.peer.visit(started.headers["location"]))
        assert done.headers["location"] == "/shop/private?x=1"
        assert (await browser.open("/shop/private")).status_code == 200

    asyncio.run(main())


def test_sessions_in_redis(app: App, redis: str):
    """Two processes of one application: one refresh, and a sign-out that no slow request undoes."""
    from redis.asyncio import Redis

    app.peer.expires_in = 1

    async def main() -> None:
        clients = [Redis(unix_socket_path=redis) for _ in range(2)]
        auths = [LogtoAuth(app.config(timeout=5 + number), SECRET, store=RedisSessions(clients[number])) for number in range(2)]
        first, second = (Browser(application(auth), app.peer) for auth in auths)
        await first.sign_in()
        first.copy_to(second)
        app.peer.expires_in, app.peer.delay = 3600, 0.1
        app.peer.requests.clear()
        answers = await asyncio.gather(*(browser.fetch("/token") for browser in [first, second] * 10))
        assert len({one.text for one in answers}) == 1 and app.peer.count("/oidc/token") == 1
        [key] = [key async for key in clients[0].scan_iter("logto:session:*")]
        assert 0 < await clients[0].ttl(key) <= 14 * 24 * 3600
        app.peer.delay = 0.0
        await first.open("/sign-out")
        assert (await second.open("/")).text == "nobody"
        for client in clients:
            await client.aclose()

    asyncio.run(main())


def test_a_slow_request_does_not_bring_back_a_session_that_has_ended(app: App):
    async def main() -> None:
        store = Store()
        browser = Browser(application(LogtoAuth(app.config(), SECRET, store=store)), app.peer)
        app.peer.expires_in = 1
        await browser.sign_in()
        app.peer.delay = 0.3
        slow = asyncio.create_task(browser.fetch("/token"))
        await asyncio.sleep(0.1)
        store.texts.clear()
        await slow
        assert store.texts == {}

    asyncio.run(main())
