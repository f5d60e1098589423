"""What the integrations share: next pages, users, caches, ended sessions."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from types import SimpleNamespace

import pytest

from logto import ConfigurationError, IdTokenClaims, StepUpRequired
from logto._clock import set_ahead
from logto.web import (
    AnonymousUser, AsyncRedisCache, EndedSessions, MemoryCache, PendingNext, RedisCache, SignedInUser, VerifiedClaims, safe_next, state_of,
)

HOST = "app.example:8000"


@pytest.mark.parametrize("target, expected", [
    ("/reports?page=2", "/reports?page=2"),
    ("/reports#top", "/reports"),
    ("https://app.example:8000/reports", "/reports"),
    ("http://APP.example:8000?x=1", "/?x=1"),
    ("/a b/ü?q=%20", "/a%20b/%C3%BC?q=%20"),
    ("/go?to=https://elsewhere.example/", "/go?to=https://elsewhere.example/"),
])
def test_a_place_within_the_application_is_kept(target, expected):
    assert safe_next(target, HOST) == expected


@pytest.mark.parametrize("target", [
    None, "", "reports", "//elsewhere.example", "///elsewhere.example", "/\\elsewhere.example", "\\\\elsewhere.example", "/a\\b",
    "https://elsewhere.example/", "https://app.example/", "https://app.example:8000@elsewhere.example/",
    "https://app.example:8000.elsewhere.example/", "https://app.example:8000//elsewhere.example", "https:///elsewhere.example",
    "https:elsewhere.example", "https:/elsewhere.example", "https:\\\\elsewhere.example", "javascript:alert(1)", "data:text/html,x",
    "/\t/elsewhere.example", "/\n/elsewhere.example", "\t//elsewhere.example", " //elsewhere.example", "/x\r\nSet-Cookie: a=b",
    "/x\x00", "ftp://app.example:8000/", "\u00a0//elsewhere.example", "/" + "x" * 3000, "/" + "ü" * 1000, "/sign-out?x=1",
])
def test_a9_next_never_leads_elsewhere(target):
    assert safe_next(target, HOST, "/home", refused=["/sign-out"]) == "/home"


def test_each_tab_has_its_own_next_page():
    pending = PendingNext()
    pending.remember("one", "/first")
    pending.remember("two", "/second")
    pending = PendingNext.load(pending.dump())
    assert pending.take("two") == "/second" and pending.take("two") is None and pending.take("one") == "/first"
    assert pending.take(None) is None and not pending


def test_pending_pages_are_bounded_and_only_of_this_application():
    pending = PendingNext()
    for number in range(9):
        pending.remember(str(number), f"/{number}")
    assert [pending.take(str(number)) for number in range(9)] == [None] * 4 + ["/4", "/5", "/6", "/7", "/8"]
    for target in ("https://elsewhere.example", "//elsewhere.example", "/" + "x" * 2048):
        pending.remember("bad", target)
    assert pending.take("bad") is None


@pytest.mark.parametrize("text", [None, "", "[]", "{", '{"a":1}', "null"])
def test_what_is_no_list_of_pending_pages_is_an_empty_one(text):
    assert PendingNext.load(text).dump() == "{}"


def test_the_state_of_a_sign_in_address():
    assert state_of("https://auth.example/oidc/auth?client_id=a&state=b%20c") == "b c"
    assert state_of("https://auth.example/oidc/auth") is None


def claims(**more):
    return IdTokenClaims(**{"iss": "https://a/oidc", "sub": "u1", "aud": "app", "iat": 1000, "exp": 4600, **more})


def test_a_user_has_the_names_that_frameworks_expect():
    user = SignedInUser(claims(name="Ada", organizations=["o1"], organization_roles=["o1:admin"], roles=["editor"]))
    assert user.is_authenticated and user.is_active and not user.is_anonymous and user.get_id() == user.id == user.identity == "u1"
    assert user.has_role("editor") and user.in_organization("o1") and user.has_organization_role("o1", "admin")
    assert not user.has_role("admin") and not user.in_organization("o2") and not user.has_organization_role("o2", "admin")
    assert user.display_name == "Ada" and user.email is None
    assert user == SignedInUser(claims()) and user != SignedInUser(claims(sub="u2")) and user != AnonymousUser()


@pytest.mark.parametrize("shape", ["admin", {"admin": True}, 5, [1, None]])
def test_claims_of_a_wrong_shape_give_no_rights(shape):
    user = SignedInUser(claims(roles=shape))
    assert not user.has_role("admin") and not user.has_role("a") and user.roles == ()


def test_nobody_has_the_same_names_all_empty():
    nobody, names = AnonymousUser(), [name for name in dir(SignedInUser(claims())) if not name.startswith("_")]
    assert all(hasattr(nobody, name) for name in names)
    with pytest.raises(StepUpRequired) as refused:
        nobody.require_authentication("mfa")
    assert refused.value.parameters == {"acr_values": "mfa"}
    assert not nobody.is_authenticated and nobody.get_id() is None and not nobody.has_role("admin") and nobody.organizations == ()


def logout(**more):
    return SimpleNamespace(**{"issuer": "https://a/oidc", "subject": None, "session_id": None, "issued_at": 1500, **more})


def test_a_logout_ends_the_session_that_it_names_and_no_other():
    ended = EndedSessions(MemoryCache())
    ended.end(logout(session_id="s1", subject="u1"))
    assert ended.is_ended(claims(sid="s1")) and ended.is_ended(claims(sid="s1", iat=9000))
    assert ended.is_ended(claims(sid="s1", iat=9000), signed_in_at=1500) and not ended.is_ended(claims(sid="s1", iat=1501), signed_in_at=1501)
    assert not ended.is_ended(claims(sid="s2")) and not ended.is_ended(claims())
    assert not ended.is_ended(claims(sid="s1", iss="https://b/oidc"))


def test_a_logout_of_a_user_ends_what_began_before_it():
    ended = EndedSessions(MemoryCache())
    ended.end(logout(subject="u1"))
    assert ended.is_ended(claims()) and ended.is_ended(claims(sid="s1"))
    assert not ended.is_ended(claims(sub="u2")) and not ended.is_ended(claims(iat=1501))
    # A renewed ID token does not save a session that began before.
    assert ended.is_ended(claims(iat=2000), signed_in_at=1000)


def test_a_value_that_is_not_understood_ends_the_session():
    class Odd(MemoryCache):
        def get(self, key):
            return "?"

    assert EndedSessions(Odd()).is_ended(claims())


def test_a_logout_that_names_nobody_is_a_programming_error():
    with pytest.raises(ValueError):
        EndedSessions(MemoryCache()).end(logout())


class FakeRedis:
    """The four calls of redis-py that the caches make, with the same parameters."""

    def __init__(self):
        self.values = {}

    def get(self, key):
        value = self.values.get(key)
        return None if value is None else value.encode()

    def set(self, key, value, ex=None, nx=False):
        if nx and key in self.values:
            return None
        self.values[key] = value
        return True


class FakeAsyncRedis(FakeRedis):
    async def get(self, key):
        return super().get(key)

    async def set(self, key, value, ex=None, nx=False):
        return super().set(key, value, ex, nx)


def test_caches_that_are_awaited():
    async def check():
        cache = AsyncRedisCache(FakeAsyncRedis())
        ended = EndedSessions(cache)
        await ended.end_async(logout(session_id="s1"))
        assert await ended.is_ended_async(claims(sid="s1")) and not await ended.is_ended_async(claims(sid="s2"))
        assert await cache.add("a", "1", 5) and not await cache.add("a", "1", 5)
        with pytest.raises(ConfigurationError):
            ended.is_ended(claims())
        plain = EndedSessions(RedisCache(FakeRedis()))
        await plain.end_async(logout(session_id="s1"))
        assert await plain.is_ended_async(claims(sid="s1"))

    asyncio.run(check())


@pytest.fixture
def clock_ahead():
    yield set_ahead
    set_ahead(timedelta(0))


def test_the_memory_cache_is_bounded_and_forgets(clock_ahead):
    cache = MemoryCache(limit=2)
    for name in ("a", "b", "c"):
        cache.set(name, name, 10)
    assert [cache.get(name) for name in ("a", "b", "c")] == [None, "b", "c"]
    assert not cache.add("b", "x", 10)
    clock_ahead(timedelta(seconds=11))
    assert cache.get("b") is None and cache.add("b", "x", 10) and cache.get("b") == "x"


def test_a_checked_token_is_known_for_a_moment_and_never_beyond_its_end(monkeypatch, clock_ahead):
    verified, now = VerifiedClaims(kept_seconds=60, limit=2), time.time()
    one = claims(exp=int(now) + 30, roles=["a"])
    verified.keep("token", one)
    found = verified.find("token")
    assert found == one and found.model_fields_set == one.model_fields_set
    found.roles.append("admin")
    assert verified.find("token").roles == ["a"] and verified.find("tokem") is None and verified.find(None) is None
    monkeypatch.setattr(time, "time", lambda: now + 31)
    assert verified.find("token") is None
    verified.keep("token", claims(exp=int(now) + 9999))
    assert verified.find("token")
    clock_ahead(timedelta(seconds=61))
    assert verified.find("token") is None
    for name in ("a", "b", "c"):
        verified.keep(name, claims(exp=int(now) + 9999))
    assert [verified.find(name) is not None for name in ("a", "b", "c")] == [False, True, True]
