"""Passkeys in Chromium with virtual authenticators: made, used as a second factor and alone, refused, without script."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Error, Page, expect

import pages
from authenticator import Authenticator
from harness import Server
from relying_party import RelyingParty

SHAPES = {
    "desktop": {},
    "phone-dark": {"viewport": {"width": 390, "height": 780}, "color_scheme": "dark", "locale": "zh-CN"},
}
NO_SCRIPT = {"no-script": {"java_script_enabled": False}}


@pytest.fixture
def settings(server: Server) -> Iterator[Callable[..., None]]:
    """Changes the sign-in experience for the time of a test."""
    before = server.api("GET", "/api/sign-in-exp")

    def change(*, factors: list[str] | None = None, button: bool = False, autofill: bool = False) -> None:
        server.api(
            "PATCH",
            "/api/sign-in-exp",
            {
                "mfa": {"factors": factors or [], "policy": "Mandatory" if factors else "UserControlled"},
                "passkeySignIn": {
                    "enabled": button or autofill,
                    "showPasskeyButton": button,
                    "allowAutofill": autofill,
                },
                "color": {**before["color"], "isDarkModeEnabled": True},
            },
        )

    yield change
    server.api("PATCH", "/api/sign-in-exp", {name: before[name] for name in ("mfa", "passkeySignIn", "color")})


def at_password(page: Page, party: RelyingParty, user: dict) -> None:
    page.goto(party.authorization_url(prompt="login"))
    pages.sign_in(page, user["username"])


def is_back(page: Page, party: RelyingParty) -> None:
    page.wait_for_url(f"{party.url}/**")
    assert party.exchange(page.url)["id_token"]


def create(page: Page, name: str = "") -> None:
    page.locator("input[name=name]").fill(name)
    page.locator("button.main").click()


class Experience:
    """The Experience API in the interaction of a page, and the passkeys of its browser as scripts get them."""

    def __init__(self, page: Page, server: Server) -> None:
        self._page, self._server = page, server

    def post(self, path: str, body: dict | None = None, *, method: str = "POST") -> dict:
        url = f"{self._server.endpoint}/api/experience/{path}".rstrip("/")
        headers = {"Origin": self._server.endpoint}
        answer = self._page.context.request.fetch(url, method=method, data=body or {}, headers=headers)
        assert answer.ok, f"{path}: {answer.status} {answer.text()}"
        return answer.json() if "json" in answer.headers.get("content-type", "") else {}

    def identify(self) -> None:
        """Signs in with a passkey, so that nothing else need be shown."""
        asked = self.post("preflight/sign-in-passkey/authentication")
        self.post("", {"interactionEvent": "SignIn"}, method="PUT")
        payload = {**self.browser("get", asked["authenticationOptions"]), "type": "WebAuthn"}
        self.post("identification", self.post("verification/sign-in-passkey/authentication/verify", {"payload": payload}))

    def browser(self, ceremony: str, options: dict) -> dict:
        """What the browser itself makes of the server's JSON."""
        kind = "Creation" if ceremony == "create" else "Request"
        script = (
            f"async (options) => (await navigator.credentials.{ceremony}("
            f"{{publicKey: PublicKeyCredential.parse{kind}OptionsFromJSON(options)}})).toJSON()"
        )
        return self._page.evaluate(script, options)

    def verify(self, path: str, asked: dict, credential: dict, **more: str) -> None:
        payload = {**credential, "type": "WebAuthn"}
        self.post(f"verification/{path}/verify", {"verificationId": asked["verificationId"], "payload": payload, **more})


def keys_of(server: Server, user: dict) -> list[dict]:
    return [key for key in server.api("GET", f"/api/users/{user['id']}/mfa-verifications") if key["type"] == "WebAuthn"]


def expect_failure(page: Page) -> None:
    """The page says that it did not work, stays, and its button works again."""
    expect(page.locator("form[data-passkey] [role=alert]")).to_be_visible()
    expect(page.locator("form[data-passkey] button")).to_be_enabled()


@pytest.mark.parametrize("context_options", SHAPES.values(), ids=SHAPES.keys())
def test_a_passkey_is_enrolled_as_the_second_factor_and_asked_for(
    request: pytest.FixtureRequest,
    server: Server,
    party: RelyingParty,
    settings: Callable[..., None],
    page: Page,
    user: dict,
):
    shape = request.node.callspec.id
    settings(factors=["WebAuthn"])
    authenticator = Authenticator(page)
    at_password(page, party, user)
    page.wait_for_url("**/mfa-binding/WebAuthn*")
    expect(page.locator("form[data-passkey]")).to_be_visible()
    pages.picture(page, f"passkey-set-up-{shape}")
    create(page, "Laptop")
    is_back(page, party)
    (credential,) = authenticator.credentials()
    assert credential["rpId"] == "localhost" and credential["isResidentCredential"]
    (key,) = keys_of(server, user)
    assert key["name"] == "Laptop" and "Chrome" in key["agent"]

    at_password(page, party, user)
    page.wait_for_url("**/mfa-verification/WebAuthn*")
    expect(page.locator("form[data-passkey]")).to_be_visible()
    pages.picture(page, f"passkey-factor-{shape}")
    page.locator("form[data-passkey] button").click()
    is_back(page, party)
    assert authenticator.credentials()[0]["signCount"] > credential["signCount"]


def test_a_passkey_made_after_sign_in_signs_in_alone(
    server: Server, party: RelyingParty, settings: Callable[..., None], page: Page, user: dict
):
    settings(button=True)
    authenticator = Authenticator(page)
    at_password(page, party, user)
    page.wait_for_url("**/create-passkey*")
    pages.picture(page, "create-passkey-desktop")
    create(page, "Desk")
    is_back(page, party)
    assert [key["name"] for key in keys_of(server, user)] == ["Desk"]

    page.context.clear_cookies()
    page.goto(party.authorization_url())
    expect(page.locator("form.passkey button")).to_be_visible()
    pages.picture(page, "sign-in-passkey-desktop")
    page.locator("form.passkey button").click()
    is_back(page, party)
    assert authenticator.ids() and len(keys_of(server, user)) == 1


def test_the_autofill_of_the_browser_signs_in(
    party: RelyingParty, settings: Callable[..., None], page: Page, user: dict
):
    settings(button=True, autofill=True)
    authenticator = Authenticator(page)
    at_password(page, party, user)
    page.wait_for_url("**/create-passkey*")
    create(page)
    is_back(page, party)
    # Nobody chooses: the form works as ever while the browser waits in the background.
    authenticator.touch(False)
    page.context.clear_cookies()
    page.goto(party.authorization_url())
    expect(page.locator("input[name=identifier]")).to_have_attribute("autocomplete", "username webauthn")
    pages.sign_in(page, user["username"])
    is_back(page, party)
    # Somebody chooses the passkey that the browser suggests.
    authenticator.touch(True)
    page.context.clear_cookies()
    page.goto(party.authorization_url())
    is_back(page, party)


def test_the_button_works_while_autofill_waits(
    party: RelyingParty, settings: Callable[..., None], page: Page, user: dict
):
    settings(button=True, autofill=True)
    authenticator = Authenticator(page)
    at_password(page, party, user)
    page.wait_for_url("**/create-passkey*")
    create(page)
    is_back(page, party)
    authenticator.touch(False)
    page.context.clear_cookies()
    page.goto(party.authorization_url())
    page.wait_for_timeout(300)
    authenticator.touch(True)
    page.locator("form.passkey button").click()
    is_back(page, party)


def test_a_passkey_can_be_declined_and_is_not_asked_for_again(
    party: RelyingParty, settings: Callable[..., None], page: Page, user: dict
):
    settings(button=True)
    for is_first in (True, False):
        at_password(page, party, user)
        if is_first:
            page.wait_for_url("**/create-passkey*")
            page.locator("button[value=skip]").click()
        is_back(page, party)


def test_a_refused_new_passkey_says_so_and_loses_nothing(
    server: Server, party: RelyingParty, settings: Callable[..., None], page: Page, user: dict
):
    settings(factors=["WebAuthn"])
    authenticator = Authenticator(page, verifies=False)
    at_password(page, party, user)
    page.wait_for_url("**/mfa-binding/WebAuthn*")
    create(page, "My laptop")
    expect_failure(page)
    pages.picture(page, "passkey-refused-desktop")
    expect(page.locator("input[name=name]")).to_have_value("My laptop")
    assert keys_of(server, user) == []
    authenticator.verify(True)
    page.locator("button.main").click()
    is_back(page, party)
    assert [key["name"] for key in keys_of(server, user)] == ["My laptop"]


@pytest.mark.parametrize("button", [False, True], ids=["second-factor", "alone"])
def test_a_refused_use_says_so_and_can_be_repeated(
    party: RelyingParty, settings: Callable[..., None], page: Page, user: dict, button: bool
):
    settings(factors=["WebAuthn"])
    authenticator = Authenticator(page)
    at_password(page, party, user)
    create(page)
    is_back(page, party)
    settings(factors=["WebAuthn"], button=button)
    authenticator.verify(False)
    page.context.clear_cookies()
    page.goto(party.authorization_url())
    if not button:
        pages.sign_in(page, user["username"])
        page.wait_for_url("**/mfa-verification/WebAuthn*")
    page.locator("form[data-passkey] button").click()
    expect_failure(page)
    authenticator.verify(True)
    page.locator("form[data-passkey] button").click()
    is_back(page, party)


def test_a_person_has_several_named_keys_and_uses_any(
    server: Server, party: RelyingParty, settings: Callable[..., None], page: Page, user: dict
):
    settings(factors=["WebAuthn"])
    laptop = Authenticator(page)
    at_password(page, party, user)
    page.wait_for_url("**/mfa-binding/WebAuthn*")
    create(page, "Laptop")
    is_back(page, party)
    # A page of one's own, by the Experience API: the laptop says who it is, and makes no second key for the same account.
    settings(factors=["WebAuthn"], button=True)
    page.goto(party.authorization_url(prompt="login"))
    steps = Experience(page, server)
    steps.identify()
    asked = steps.post("verification/web-authn/registration")
    with pytest.raises(Error, match="InvalidStateError"):
        steps.browser("create", asked["registrationOptions"])
    laptop.remove()
    phone = Authenticator(page)
    made = steps.browser("create", asked["registrationOptions"])
    steps.verify("web-authn/registration", asked, made, name="Phone")
    steps.post("profile/mfa", {"type": "WebAuthn", "verificationId": asked["verificationId"]})
    page.goto(steps.post("submit")["redirectTo"])
    is_back(page, party)
    assert sorted(key["name"] for key in keys_of(server, user)) == ["Laptop", "Phone"]
    assert phone.ids() == [made["id"]]
    settings(factors=["WebAuthn"])
    at_password(page, party, user)
    page.wait_for_url("**/mfa-verification/WebAuthn*")
    page.locator("form[data-passkey] button").click()
    is_back(page, party)


def test_a_passkey_of_somebody_who_was_removed_says_that_it_does_not_work(
    server: Server, party: RelyingParty, settings: Callable[..., None], page: Page, user: dict
):
    settings(button=True)
    Authenticator(page)
    at_password(page, party, user)
    page.wait_for_url("**/create-passkey*")
    create(page)
    is_back(page, party)
    (key,) = keys_of(server, user)
    server.api("DELETE", f"/api/users/{user['id']}/mfa-verifications/{key['id']}")
    page.context.clear_cookies()
    page.goto(party.authorization_url())
    page.locator("form.passkey button").click()
    expect(page.locator(".alert[role=alert]")).to_be_visible()
    pages.picture(page, "sign-in-passkey-refused-desktop")
    # The password beside it still works.
    pages.sign_in(page, user["username"])
    page.wait_for_url("**/create-passkey*")


@pytest.mark.parametrize("context_options", NO_SCRIPT.values(), ids=NO_SCRIPT.keys())
def test_without_script_the_pages_say_so_and_offer_another_way(
    party: RelyingParty, settings: Callable[..., None], page: Page, user: dict
):
    settings(button=True)
    page.goto(party.authorization_url())
    expect(page.locator("form.passkey")).to_be_hidden()
    settings(factors=["Totp", "WebAuthn"])
    pages.sign_in(page, user["username"])
    page.wait_for_url("**/mfa-binding/Totp*")
    page.locator("a[href*='/mfa-binding/WebAuthn']").click()
    expect(page.locator("noscript .notice")).to_be_visible()
    expect(page.locator("form[data-passkey]")).to_be_hidden()
    pages.picture(page, "passkey-no-script")
    page.locator("a[href*='/mfa-binding/Totp']").click()
    expect(page.locator("svg.qr")).to_be_visible()


@pytest.mark.parametrize("context_options", NO_SCRIPT.values(), ids=NO_SCRIPT.keys())
def test_without_script_a_suggested_passkey_is_declined(
    party: RelyingParty, settings: Callable[..., None], page: Page, user: dict
):
    settings(button=True)
    at_password(page, party, user)
    page.wait_for_url("**/create-passkey*")
    expect(page.locator("noscript .notice")).to_be_visible()
    page.locator("button[value=skip]").click()
    is_back(page, party)


def test_a_browser_without_passkeys_says_so(
    party: RelyingParty, settings: Callable[..., None], page: Page, user: dict
):
    settings(button=True)
    page.add_init_script("delete window.PublicKeyCredential")
    page.goto(party.authorization_url())
    expect(page.locator("form.passkey button")).to_be_hidden()
    settings(factors=["Totp", "WebAuthn"])
    pages.sign_in(page, user["username"])
    page.locator("a[href*='/mfa-binding/WebAuthn']").click()
    expect(page.locator("[data-passkey-missing]")).to_be_visible()
    expect(page.locator("form[data-passkey] button")).to_be_hidden()
    pages.picture(page, "passkey-unsupported-desktop")
    page.locator("a[href*='/mfa-binding/Totp']").click()
    expect(page.locator("svg.qr")).to_be_visible()
