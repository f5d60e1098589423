"""The hosted pages as people meet them: consent, single sign-on, languages, small and dark screens, no mouse, no script."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

import pages
from harness import ARTIFACTS, PASSWORD, Application, Server, unique
from relying_party import RelyingParty


@pytest.fixture
def third_party(server: Server) -> Iterator[RelyingParty]:
    party = RelyingParty(server)
    made = server.api(
        "POST",
        "/api/applications",
        {
            "name": "Partner Portal",
            "type": "Traditional",
            "isThirdParty": True,
            "oidcClientMetadata": {"redirectUris": [party.callback], "postLogoutRedirectUris": []},
        },
    )
    secrets = server.api("GET", f"/api/applications/{made['id']}/secrets")
    party.application = Application(made["id"], secrets[0]["value"])
    server.api("POST", f"/api/applications/{made['id']}/user-consent-scopes", {"userScopes": ["profile", "email"]})
    yield party
    party.close()


def back(page: Page, party: RelyingParty) -> str:
    page.wait_for_url(f"{party.url}/**")
    return page.url


def test_a_second_application_is_signed_in_silently(server: Server, party: RelyingParty, page: Page, user: dict):
    page.goto(party.authorization_url())
    pages.sign_in(page, user["username"])
    first = party.exchange(back(page, party))
    second = RelyingParty(server)
    second.application = server.application("spa", "Second application", second.callback)
    page.goto(second.authorization_url())
    tokens = second.exchange(back(page, second))
    assert tokens["id_token"] and first["id_token"] != tokens["id_token"]
    page.goto(second.authorization_url(prompt="none"))
    assert "code=" in back(page, second)
    second.close()


def test_prompt_none_without_a_session_says_login_required(party: RelyingParty, page: Page):
    page.goto(party.authorization_url(prompt="none"))
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(back(page, party)).query))
    assert query["error"] == "login_required" and query["state"] == party.state


def test_prompt_login_asks_again(party: RelyingParty, page: Page, user: dict):
    page.goto(party.authorization_url())
    pages.sign_in(page, user["username"])
    back(page, party)
    page.goto(party.authorization_url(prompt="login"))
    expect(page.locator("input[name=identifier]")).to_be_visible()


def test_a_third_party_application_asks_for_consent_once(third_party: RelyingParty, page: Page, user: dict):
    page.goto(third_party.authorization_url(scope="openid profile email"))
    pages.sign_in(page, user["username"])
    page.wait_for_url(re.compile("/consent"))
    expect(page.locator("main")).to_contain_text("Partner Portal")
    page.screenshot(path=ARTIFACTS / "consent.png", full_page=True)
    pages.submit(page, pages.ALLOW)
    assert third_party.exchange(back(page, third_party))["id_token"]
    page.goto(third_party.authorization_url(scope="openid profile email"))
    assert "code=" in back(page, third_party)


def test_a_third_party_application_can_be_refused(third_party: RelyingParty, page: Page, user: dict):
    page.goto(third_party.authorization_url(scope="openid profile email"))
    pages.sign_in(page, user["username"])
    page.wait_for_url(re.compile("/consent"))
    pages.submit(page, pages.DENY)
    assert "error=access_denied" in back(page, third_party)


@pytest.mark.parametrize(
    ("context_options", "locales", "language", "word"),
    [
        ({"locale": "en-US"}, None, "en", "Sign in"),
        ({"locale": "zh-CN"}, None, "zh-CN", "登录"),
        ({"locale": "en-US"}, "zh-CN", "zh-CN", "登录"),
        ({"locale": "zh-CN"}, "en", "en", "Sign in"),
    ],
    ids=["english-browser", "chinese-browser", "ui_locales-chinese", "ui_locales-english"],
)
def test_the_pages_speak_the_language(party: RelyingParty, page: Page, locales: str | None, language: str, word: str):
    page.goto(party.authorization_url(**({"ui_locales": locales} if locales else {})))
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator("main")).to_contain_text(word)
    page.screenshot(path=ARTIFACTS / f"sign-in-{language}.png")
    other = "登录" if language == "en" else "Sign in"
    expect(page.locator("main")).not_to_contain_text(other)
    pages.choose_register(page)
    expect(page.locator("html")).to_have_attribute("lang", language)


@pytest.mark.parametrize("context_options", [{"locale": "zh-CN"}], ids=["chinese"])
def test_the_whole_sign_in_works_in_chinese(party: RelyingParty, page: Page, user: dict):
    page.goto(party.authorization_url())
    pages.sign_in(page, user["username"], "not-the-password")
    pages.expect_error(page, "密码")
    pages.sign_in(page, user["username"])
    assert party.exchange(back(page, party))["id_token"]


PHONE = {"viewport": {"width": 360, "height": 640}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}


@pytest.mark.parametrize("context_options", [PHONE], ids=["phone"])
def test_a_phone_shows_everything_without_scrolling_sideways(party: RelyingParty, page: Page, user: dict):
    page.goto(party.authorization_url())
    pages.assert_no_overflow(page)
    page.screenshot(path=ARTIFACTS / "sign-in-phone.png")
    for button in page.locator("main button, main input:not([type=hidden])").all():
        box = button.bounding_box()
        assert box is None or box["height"] >= 24, "WCAG 2.2 asks for targets of 24 pixels"
    pages.choose_register(page)
    pages.assert_no_overflow(page)
    page.go_back()
    pages.sign_in(page, user["username"])
    back(page, party)


@pytest.mark.parametrize("context_options", [{"color_scheme": "dark"}], ids=["dark"])
def test_a_dark_screen_gets_a_dark_page(server: Server, party: RelyingParty, page: Page):
    server.api("PATCH", "/api/sign-in-exp", {"color": {"primaryColor": "#6139F6", "isDarkModeEnabled": True, "darkPrimaryColor": "#8768F8"}})
    page.goto(party.authorization_url())
    background = page.evaluate(
        "() => { const at = document.elementFromPoint(5, 5); let node = at;"
        " while (node) { const c = getComputedStyle(node).backgroundColor;"
        " if (c !== 'rgba(0, 0, 0, 0)') return c; node = node.parentElement; } return 'rgb(255, 255, 255)'; }"
    )
    channels = [int(part) for part in re.findall(r"\d+", background)[:3]]
    assert max(channels) < 90, background
    page.screenshot(path=ARTIFACTS / "sign-in-dark.png")


def test_the_keyboard_alone_is_enough(party: RelyingParty, page: Page, user: dict):
    page.goto(party.authorization_url())
    press_until(page, "input[name=identifier]")
    page.keyboard.type(user["username"])
    if not page.locator("input[type=password]").is_visible():
        page.keyboard.press("Enter")
        page.locator("input[type=password]").wait_for()
    press_until(page, "input[type=password]")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    assert party.exchange(back(page, party))["id_token"]


def press_until(page: Page, selector: str) -> None:
    """Presses Tab until the element has the focus, which must be visible."""
    for _ in range(15):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            style = page.evaluate(
                "() => { const s = getComputedStyle(document.activeElement);"
                " return [s.outlineStyle, s.outlineWidth, s.boxShadow]; }"
            )
            assert style[0] != "none" or style[2] != "none", f"the focus on {selector} cannot be seen: {style}"
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{selector} cannot be reached with Tab")


@pytest.mark.parametrize("context_options", [{"java_script_enabled": False}], ids=["no-javascript"])
def test_nothing_needs_javascript(party: RelyingParty, third_party: RelyingParty, page: Page):
    username = unique("lin")
    page.goto(party.authorization_url(first_screen="register"))
    pages.register(page, username)
    assert party.exchange(back(page, party))["id_token"]
    page.context.clear_cookies()
    page.goto(third_party.authorization_url(scope="openid profile"))
    pages.sign_in(page, username, "not-the-password")
    pages.expect_error(page, "password|incorrect")
    pages.sign_in(page, username)
    page.wait_for_url(re.compile("/consent"))
    pages.submit(page, pages.ALLOW)
    assert third_party.exchange(back(page, third_party))["id_token"]


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        ({"first_screen": "register"}, "/register"),
        ({"interaction_mode": "signUp"}, "/register"),
        ({"first_screen": "identifier:sign_in", "identifier": "username"}, "/identifier-sign-in"),
        ({"first_screen": "reset_password"}, "/reset-password"),
        ({}, "/sign-in"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)
def test_first_screen_opens_the_page_it_names(party: RelyingParty, page: Page, extra: dict, expected: str):
    page.goto(party.authorization_url(**extra))
    assert urllib.parse.urlsplit(page.url).path == expected


def test_login_hint_fills_the_identifier(party: RelyingParty, page: Page, user: dict):
    page.goto(party.authorization_url(login_hint=user["username"]))
    expect(page.locator("input[name=identifier]")).to_have_value(user["username"])


def test_a_page_without_a_session_explains_itself(server: Server, page: Page):
    page.goto(f"{server.endpoint}/sign-in")
    expect(page.locator("main")).to_be_visible()
    assert page.title()
    page.screenshot(path=ARTIFACTS / "unknown-session.png")


def test_signing_out_without_a_place_to_go_ends_on_a_page(server: Server, party: RelyingParty, page: Page, user: dict):
    page.goto(party.authorization_url())
    pages.sign_in(page, user["username"])
    party.exchange(back(page, party))
    page.goto(f"{server.endpoint}/oidc/session/end?client_id={party.application.id}")
    page.wait_for_url(re.compile("/oidc/session/end/success"))
    page.screenshot(path=ARTIFACTS / "signed-out.png")
    page.goto(party.authorization_url(prompt="none"))
    assert "error=login_required" in back(page, party)


def test_the_tenants_colours_logo_terms_and_css_are_used(server: Server, party: RelyingParty, page: Page):
    before = server.api("GET", "/api/sign-in-exp")
    changes = {
        "color": {"primaryColor": "#0a7d33", "isDarkModeEnabled": False, "darkPrimaryColor": "#8768F8"},
        "termsOfUseUrl": "https://harbour.example/terms",
        "privacyPolicyUrl": "https://harbour.example/privacy",
        "customCss": "main { letter-spacing: 1px; }",
    }
    server.api("PATCH", "/api/sign-in-exp", changes)
    try:
        page.goto(party.authorization_url())
        button = page.locator("main").get_by_role("button", name=pages.SIGN_IN).first
        assert button.evaluate("node => getComputedStyle(node).backgroundColor") == "rgb(10, 125, 51)"
        assert page.locator("main").evaluate("node => getComputedStyle(node).letterSpacing") == "1px"
        page.goto(party.authorization_url(first_screen="register"))
        expect(page.locator("main a[href='https://harbour.example/terms']")).to_be_visible()
        page.screenshot(path=ARTIFACTS / "branded.png")
    finally:
        server.api("PATCH", "/api/sign-in-exp", {name: before[name] for name in changes})


def test_the_first_load_is_small(party: RelyingParty, page: Page):
    sizes: list[int] = []
    page.on("response", lambda answer: sizes.append(len(answer.body())) if answer.ok and "logo" not in answer.url else None)
    page.goto(party.authorization_url(), wait_until="networkidle")
    assert sum(sizes) < 50_000, sizes
