"""HTTPS: private certificate authorities work, everything else is refused."""

from __future__ import annotations

import datetime
import ipaddress
import ssl

import pytest
from conftest import REDIRECT, App, run
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from logto import LogtoException, NetworkError
from peer import Peer


def certificate(name: str, address: str, issuer=None):
    """A certificate for an address, or (without issuer) a certificate authority; with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if issuer:
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(issuer[1] if issuer else key, hashes.SHA256()), key


class TlsPeer(Peer):
    """The provider behind TLS."""

    def __init__(self, folder, address: str = "127.0.0.1") -> None:
        super().__init__()
        authority = certificate("Test authority", address)
        leaf, key = certificate("provider", address, authority)
        pem = serialization.Encoding.PEM
        self.ca_file = folder / "ca.pem"
        self.ca_file.write_bytes(authority[0].public_bytes(pem))
        chain = folder / "chain.pem"
        chain.write_bytes(
            leaf.public_bytes(pem)
            + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)

    @property
    def endpoint(self) -> str:
        return f"https://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def tls(tmp_path):
    peer = TlsPeer(tmp_path)
    yield peer
    peer.close()


def test_a_private_authority_is_trusted_when_named(tls: TlsPeer):
    client = App(tls).signed_in(caFile=str(tls.ca_file))
    assert client.isAuthenticated() and run(client.fetchUserInfo()).sub == "user1"


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
