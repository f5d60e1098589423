"""Which user of a Django project somebody becomes: linking, creating, rights."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from django_site import Browser, settings_for  # isort: first

from django.contrib.auth import authenticate, get_user_model
from django.db import connections
from django.test import override_settings

from logto.django import signals
from logto.django.backends import LogtoBackend
from logto.django.models import Account, Session

User = get_user_model()
ISSUER = "https://auth.example/oidc"


class ByEmployeeNumber(LogtoBackend):
    """Links by a claim that only administrators can set."""

    def filter_users(self, claims):
        return User.objects.filter(username=claims.get("employee_number", ""))

    def update_user(self, user, claims):
        user.last_name = "updated"
        user.save()
        return super().update_user(user, claims)


@pytest.fixture(autouse=True)
def project(peer):
    with override_settings(**settings_for(peer.endpoint)):
        yield
    for model in (Session, Account, User):
        model.objects.all().delete()


def claims(sub="user1", **more):
    return {"iss": ISSUER, "sub": sub, **more}


def sign_in(**found):
    return authenticate(None, logto_claims=claims(**found))


def test_the_first_sign_in_makes_a_user_without_a_password_or_rights():
    heard = []
    signals.user_created.connect(lambda user, **_: heard.append(user), weak=False, dispatch_uid="test")
    user = sign_in(username="ada", email="ada@example.com", email_verified=True, name="Ada", roles=["admin"])
    signals.user_created.disconnect(dispatch_uid="test")
    assert (user.username, user.email, user.first_name) == ("ada", "ada@example.com", "Ada")
    assert not user.has_usable_password() and not user.is_staff and not user.is_superuser
    assert heard == [user] == [sign_in(username="ada")]


def test_d2_an_address_or_name_links_nobody():
    victim = User.objects.create_user("ada", "ada@example.com", "x", is_staff=True)
    user = sign_in(sub="attacker", username="ada", email="ada@example.com", email_verified=True)
    assert user != victim and user.username == "ada-attack" and not user.is_staff
    third = sign_in(sub="attackerB", username="ADA")
    assert third not in (victim, user)


def test_subjects_of_another_issuer_are_other_people():
    first = sign_in(username="ada")
    other = authenticate(None, logto_claims={"iss": "https://other.example/oidc", "sub": "user1"})
    assert first != other


def test_an_unverified_address_is_not_taken():
    assert sign_in(email="victim@example.com", email_verified=False).email == ""
    assert sign_in(sub="user2", email="victim@example.com").email == ""


def test_parallel_first_sign_ins_make_one_user():
    def one(_):
        try:
            return sign_in(username="ada").pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(12) as threads:
        found = set(threads.map(one, range(24)))
    assert len(found) == 1 and User.objects.count() == Account.objects.count() == 1


def test_a_deactivated_user_stays_out(peer):
    user = sign_in()
    user.is_active = False
    user.save()
    assert sign_in() is None


def test_deactivating_a_user_ends_the_session(peer):
    browser = Browser(peer.visit)
    browser.sign_in()
    User.objects.update(is_active=False)
    assert browser.get("/account").status_code == 302 and not Session.objects.exists()
    assert browser.sign_in().status_code == 403


def test_without_create_users_only_linked_people_come_in(peer):
    with override_settings(LOGTO_CREATE_USERS=False):
        refused = Browser(peer.visit).sign_in()
        assert refused.status_code == 403 and b"no account for you" in refused.content
        assert not User.objects.exists() and peer.refresh_tokens == set()


def test_hooks_link_and_update():
    known = User.objects.create_user("4711")
    with override_settings(AUTHENTICATION_BACKENDS=[f"{__name__}.ByEmployeeNumber"]):
        assert sign_in(employee_number="4711") == known
        assert User.objects.get().last_name == "updated"
        # Linked now, whatever the claim says later.
        assert sign_in(employee_number="42") == known


@pytest.mark.parametrize("roles, staff", [(["admin"], True), (["reader"], False), ("admin", False), (None, False), ([["admin"]], False)])
def test_is_staff_follows_the_roles_that_are_named(roles, staff):
    with override_settings(LOGTO_STAFF_ROLES=["admin"]):
        assert sign_in(roles=roles).is_staff is staff
        assert sign_in(roles=[]).is_staff is False


def test_without_the_setting_rights_given_in_django_stay():
    user = sign_in()
    user.is_staff = True
    user.save()
    assert sign_in(roles=[]).is_staff is True


def test_b12_rights_are_taken_away_with_the_renewed_token(peer):
    from test_django import expire

    with override_settings(LOGTO_STAFF_ROLES=["admin"]):
        peer.id_claims = {"roles": ["admin"]}
        browser = Browser(peer.visit)
        browser.sign_in()
        assert browser.get("/admin/").status_code == 200
        peer.id_claims = {"roles": []}
        expire(id_token=peer.id_token("app1", exp=1))
        browser.get("/account")
        assert browser.get("/admin/").status_code == 302


def test_a_verified_address_is_brought_up_to_date_with_the_renewed_token(peer):
    from test_django import expire

    peer.id_claims = {"email": "old@example.com", "email_verified": True}
    browser = Browser(peer.visit)
    browser.sign_in()
    peer.id_claims = {"email": "new@example.com", "email_verified": True}
    expire(id_token=peer.id_token("app1", exp=1))
    # There request.user is a lazy object, whose type is not the model.
    assert browser.get("/account").status_code == 200
    assert User.objects.get().email == "new@example.com"


def test_the_admin_signs_in_through_the_provider_and_never_in_circles(peer):
    browser = Browser(peer.visit)
    sent = browser.get("/admin/")
    assert sent["Location"] == "/admin/login/?next=/admin/"
    assert browser.sign_in("/admin/")["Location"] == "/admin/"
    again = browser.get("/admin/")
    page = browser.get(again["Location"])
    assert page.status_code == 403 and b"may not use the administration" in page.content
    User.objects.update(is_staff=True)
    assert browser.get("/admin/").status_code == 200
    assert browser.post("/admin/logout/")["Location"].startswith(peer.issuer)


def test_userinfo_comes_with_the_claims_when_asked_for(peer):
    peer.user["custom_data"] = {"team": "blue"}
    heard = []
    signals.signed_in.connect(lambda claims, **_: heard.append(claims), weak=False, dispatch_uid="test")
    with override_settings(LOGTO_FETCH_USER_INFO=True):
        Browser(peer.visit).sign_in()
    signals.signed_in.disconnect(dispatch_uid="test")
    assert heard[0]["custom_data"] == {"team": "blue"} and heard[0]["picture"] is None and "phone_number" not in heard[0]
