"""The address that ends the session at the provider, and why it has no ``id_token_hint``."""

from __future__ import annotations

import urllib.parse
from typing import Dict

from conftest import REDIRECT, App, DictStorage, run
from real_server import BINARY, Forms

from logto import Logto, SyncLogtoClient
from logto.testing import LoggiaServer
from logto.testing.browser import Browser

HOME = "http://127.0.0.1:5000/"


def query_of(url: str) -> Dict[str, str]:
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))


def test_the_address_is_that_of_logto_0_2_1(app: App, storage: DictStorage):
    """An ID token in an address would be in the browser's history and in every log on the way."""
    app.signed_in(storage)
    kept = dict(storage.data)
    clients = (app.client(DictStorage(dict(kept))), Logto(app.config()).session(DictStorage(dict(kept))))
    addresses = [run(clients[0].signOut(HOME)), run(clients[1].sign_out(HOME)), SyncLogtoClient(app.config(), storage).sign_out(HOME)]
    assert [query_of(one) for one in addresses] == [{"client_id": "app1", "post_logout_redirect_uri": HOME}] * 3


def test_a_hint_would_not_save_the_question(monkeypatch):
    """Without JavaScript the server asks, hint or not, so that no link alone signs anybody out (A9); with it, its page goes on by itself."""
    monkeypatch.setenv("LOGGIA_BIN", str(BINARY))
    with LoggiaServer() as server:
        application, user = server.create_application(), server.create_user()
        client, browser = SyncLogtoClient(application.config()), Browser(server.endpoint)
        client.handle_sign_in_callback(browser.sign_in(client.sign_in(application.redirect_uri), user))
        hint = urllib.parse.urlencode({"id_token_hint": client.get_id_token() or ""})
        plain = client.sign_out()
        for address in (plain, f"{plain}&{hint}"):
            answer = browser._send("GET", address)
            assert answer.status == 200 and answer.location is None
            assert Forms(answer.text).forms[0][1]["logout"] == "yes" and "submit()" in answer.text
