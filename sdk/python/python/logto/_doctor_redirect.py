"""Whether a redirect URI is registered, as far as the authorization endpoint lets it be seen."""

from __future__ import annotations

import secrets
from typing import Optional
from urllib.parse import parse_qs, urlencode, urlsplit

from . import _native
from ._doctor_http import Answer, Plain, ProbeError
from ._doctor_report import Finding

NAME = "redirect URI"


def redirect_uri(plain: Plain, endpoint: str, app_id: Optional[str], uri: Optional[str]) -> Finding:
    """Asks with ``prompt=none``, which signs nobody in: a provider sends its error to a redirect URI that it knows, and shows a page
    for one that it does not (RFC 6749 section 4.1.2.1).
    """
    if not app_id or not uri:
        return Finding(NAME, "skipped", "give --app-id and --redirect-uri to have it checked")
    try:
        answer = plain.get(_request(endpoint, app_id, uri))
        if _comes_back(answer, uri):
            # A provider that sends everybody anywhere has told nothing.
            stranger = f"https://{secrets.token_hex(8)}.invalid/callback"
            if _comes_back(plain.get(_request(endpoint, app_id, stranger)), stranger):
                return Finding(NAME, "unknown", "the provider also redirects to an address that nobody can have registered",
                               f"Compare {uri} with the redirect URIs of the application yourself.")
            return _registered(answer, uri)
    except ProbeError as error:
        return Finding(NAME, "unknown", f"the authorization endpoint does not answer: {error}", error.next_step)
    return _not_back(answer, app_id, uri)


def _request(endpoint: str, app_id: str, uri: str) -> str:
    query = {
        "client_id": app_id,
        "redirect_uri": uri,
        "response_type": "code",
        "scope": "openid",
        "prompt": "none",
        "state": _native.random_text(),
        "nonce": _native.random_text(),
        "code_challenge": _native.challenge(_native.random_text()),
        "code_challenge_method": "S256",
    }
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"


def _comes_back(answer: Answer, uri: str) -> bool:
    if not 300 <= answer.status < 400 or not answer.location:
        return False
    to, wanted = urlsplit(answer.location), urlsplit(uri)
    parameters = parse_qs(to.query)
    same = (to.scheme, to.netloc, to.path or "/") == (wanted.scheme, wanted.netloc, wanted.path or "/")
    return same and ("error" in parameters or "code" in parameters)


def _registered(answer: Answer, uri: str) -> Finding:
    parameters = parse_qs(urlsplit(answer.location or "").query)
    error = parameters.get("error", [""])[0]
    if error in ("", "login_required", "consent_required", "interaction_required", "account_selection_required"):
        return Finding(NAME, "ok", f"{uri} is registered")
    description = parameters.get("error_description", ["no description"])[0]
    return Finding(NAME, "warning", f"{uri} is registered, but a sign-in is refused: {error} ({description})",
                   "Look at the settings of the application at the provider.")


def _not_back(answer: Answer, app_id: str, uri: str) -> Finding:
    if answer.status in (400, 401, 403, 422):
        text = answer.body.decode("utf-8", "replace")
        if "invalid_client" in text:
            return Finding(NAME, "failed", f"the provider knows no application {app_id!r} (status {answer.status})",
                           "Compare the application's id with the one at the provider, and the endpoint with its tenant.")
        if "redirect_uri" in text:
            return Finding(NAME, "failed", f"{uri} is not registered (status {answer.status})",
                           f"Add exactly {uri} to the redirect URIs of the application {app_id}.")
        return Finding(NAME, "failed", f"the provider shows an error page (status {answer.status}) instead of coming back to {uri}",
                       f"Look whether the application {app_id} exists, and has exactly {uri} among its redirect URIs.")
    if answer.status >= 500:
        return Finding(NAME, "unknown", f"the authorization endpoint answers with status {answer.status}", "Look at the server's log.")
    return Finding(NAME, "unknown", f"the authorization endpoint answers with status {answer.status}, neither an error page nor the way back",
                   f"Compare {uri} with the redirect URIs of the application yourself.")
