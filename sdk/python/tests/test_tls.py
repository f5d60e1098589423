"""HTTPS: private certificate authorities work, everything else is refused."""

from __future__ import annotations

import pytest
from conftest import REDIRECT, App, run
from logto import LogtoException, NetworkError
from tls_peer import TlsPeer


@pytest.fixture
def tls(tmp_path):
    peer = TlsPeer(tmp_path)
    yield peer
    peer.close()


def test_a_private_authority_is_trusted_when_named(tls: TlsPeer):
    client = App(tls).signed_in(caFile=str(tls.ca_file))
    assert client.isAuthenticated() and run(client.fetchUserInfo()).sub == "user1"


def test_the_low_level_calls_of_a_client_trust_what_it_trusts(tls: TlsPeer):
    client = App(tls).signed_in(caFile=str(tls.ca_file))
    core = run(client.getOidcCore())
    core.verifyIdToken(client.getIdToken(), "app1")
    assert run(core.fetchUserInfo(run(client.getAccessToken()))).sub == "user1"


def test_a_folder_of_authorities_is_trusted(tls: TlsPeer, tmp_path):
    folder = tmp_path / "authorities"
    folder.mkdir()
    (folder / "private.pem").write_bytes(tls.ca_file.read_bytes())
    assert App(tls).signed_in(caFile=str(folder)).isAuthenticated()


def test_the_environments_authorities_are_honoured(tls: TlsPeer, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(tls.ca_file))
    assert App(tls).signed_in(appId="by-environment").isAuthenticated()


def test_an_unknown_authority_is_refused(tls: TlsPeer):
    with pytest.raises(NetworkError) as caught:
        run(App(tls).client().signIn(REDIRECT))
    assert caught.value.code == "network.unreachable" and "certificate" in str(caught.value).lower()


def test_a_certificate_for_another_name_is_refused(tmp_path):
    peer = TlsPeer(tmp_path, "127.0.0.2")
    with pytest.raises(NetworkError):
        run(App(peer).client(caFile=str(peer.ca_file)).signIn(REDIRECT))
    peer.close()


def test_a_wrong_ca_file_is_named(tls: TlsPeer, tmp_path):
    for content in (None, "not a certificate"):
        path = tmp_path / "wrong.pem"
        if content:
            path.write_text(content)
        with pytest.raises(LogtoException) as caught:
            run(App(tls).client(caFile=str(path)).signIn(REDIRECT))
        assert caught.value.code == "config.invalid" and str(path) in str(caught.value)
