"""Virtual authenticators of Chromium: what a person would hold, with a finger that is there or not (W3C WebAuthn, section 11)."""

from __future__ import annotations

import base64

from playwright.sync_api import Page


def plain_base64(text: str) -> str:
    """base64url without padding, from the base64 of the DevTools protocol."""
    return base64.urlsafe_b64encode(base64.b64decode(text)).rstrip(b"=").decode()


class Authenticator:
    """One authenticator of a page: built into the device, with resident keys, unless told otherwise."""

    def __init__(self, page: Page, *, transport: str = "internal", verifies: bool = True, touched: bool = True) -> None:
        self._cdp = page.context.new_cdp_session(page)
        self._cdp.send("WebAuthn.enable", {"enableUI": False})
        options = {
            "protocol": "ctap2",
            "transport": transport,
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": verifies,
            "automaticPresenceSimulation": touched,
        }
        self.id = self._cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def _send(self, command: str, **members: object) -> dict:
        return self._cdp.send(f"WebAuthn.{command}", {"authenticatorId": self.id, **members})

    def credentials(self) -> list[dict]:
        return self._send("getCredentials")["credentials"]

    def ids(self) -> list[str]:
        return [plain_base64(credential["credentialId"]) for credential in self.credentials()]

    def verify(self, works: bool) -> None:
        """Whether the finger is the right one."""
        self._send("setUserVerified", isUserVerified=works)

    def touch(self, happens: bool) -> None:
        """Whether somebody answers when asked; otherwise the browser waits."""
        self._send("setAutomaticPresenceSimulation", enabled=happens)

    def remove(self) -> None:
        self._send("removeVirtualAuthenticator")

    def take(self, credential: dict) -> None:
        """Gets the key of another one, as devices that synchronize do."""
        self._send("addCredential", credential=credential)
