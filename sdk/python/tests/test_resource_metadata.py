"""What an API says about itself (RFC 9728): a client that knows nothing finds the provider by the challenge."""

from __future__ import annotations

import asyncio
import json
import re
import threading
import urllib.error
import urllib.request
from pathlib import Path

import guides
import pytest
from conftest import RESOURCE
from flask import Flask
from werkzeug.serving import make_server

from logto import ConfigurationError, ProviderError, TokenError
from logto.flask import LogtoAuth, current_token, token_required
from logto.resources import find_resource, find_resource_async
from logto.resource_server import ProtectedResourceMetadata, TokenValidator


def validator_for(peer, resource=RESOURCE):
    metadata = ProtectedResourceMetadata(resource, peer.endpoint, scopes=["read"], name="Things", documentation="https://docs.example.com")
    return TokenValidator(peer.endpoint, resource, metadata=metadata)


@pytest.fixture
def site(peer):
    """A Flask application that listens; its own address is the resource."""
    app = Flask(__name__)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    resource = f"http://127.0.0.1:{server.server_port}/api"
    app.config.update(SECRET_KEY="a secret of the application", LOGTO_ENDPOINT=peer.endpoint, LOGTO_APP_ID="app1", LOGTO_RESOURCES=[resource])
    LogtoAuth(app, token_validator=validator_for(peer, resource))

    @app.get("/api/things")
    @token_required("read")
    def things():
        return {"reader": current_token.subject}

    @app.get("/api/admin")
    @token_required("admin")
    def admin():
        return {}

    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield resource
    server.shutdown()
    thread.join()
    server.server_close()


def fetch(url, token=None):
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, None


def named_by(headers):
    return re.search(r'resource_metadata="([^"]+)"', headers["WWW-Authenticate"])[1]


def test_a_client_that_knows_the_api_alone_finds_the_provider(site, peer):
    status, headers, _ = fetch(f"{site}/things")
    assert status == 401 and headers["WWW-Authenticate"].startswith('Bearer scope="read", resource_metadata="')
    address = named_by(headers)
    assert address == site.replace("/api", "/.well-known/oauth-protected-resource/api")
    status, headers, document = fetch(address)
    assert (status, headers["Content-Type"], headers["Access-Control-Allow-Origin"]) == (200, "application/json", "*")
    assert document == {
        "resource": site,
        "authorization_servers": [peer.issuer],
        "bearer_methods_supported": ["header"],
        "scopes_supported": ["read"],
        "resource_name": "Things",
        "resource_documentation": "https://docs.example.com",
    }
    # RFC 9728 section 3.3: the document is about what the client asked for, and its provider is the one that answers there.
    _, _, provider = fetch(f"{document['authorization_servers'][0]}/.well-known/openid-configuration")
    assert provider["issuer"] == peer.issuer
    token = peer.access_token(document["resource"], "app1")
    assert fetch(f"{site}/things", token)[::2] == (200, {"reader": "user1"})


def test_every_refusal_names_the_document(site, peer):
    address = site.replace("/api", "/.well-known/oauth-protected-resource/api")
    refusals = [("things", "x.y.z", 401), ("things", peer.access_token("https://other", "app1"), 401), ("admin", peer.access_token(site, "app1"), 403)]
    for path, token, expected in refusals:
        status, headers, _ = fetch(f"{site}/{path}", token)
        assert (status, named_by(headers)) == (expected, address)


def test_without_metadata_challenges_and_routes_stay_as_they_were(peer):
    with pytest.raises(TokenError) as refused:
        TokenValidator(peer.endpoint, RESOURCE).validate_header(None)
    assert refused.value.www_authenticate() == "Bearer"
    app = Flask(__name__)
    app.config.update(SECRET_KEY="a secret of the application", LOGTO_ENDPOINT=peer.endpoint, LOGTO_APP_ID="app1")
    LogtoAuth(app, token_validator=TokenValidator(peer.endpoint, RESOURCE))
    assert app.test_client().get("/.well-known/oauth-protected-resource").status_code == 404


def test_metadata_about_another_api_is_refused(peer):
    foreign = ProtectedResourceMetadata("https://other.example.com", peer.endpoint)
    with pytest.raises(ConfigurationError, match="no audience of the validator"):
        TokenValidator(peer.endpoint, RESOURCE, metadata=foreign)


def test_the_client_finds_the_provider_by_the_api_alone(site, peer):
    found = find_resource(site)
    assert (found.resource, found.authorization_servers, found.scopes, found.endpoint) == (site, (peer.issuer,), ("read",), peer.endpoint)
    assert asyncio.run(find_resource_async(site)) == found
    _, headers, _ = fetch(f"{site}/things")
    # The challenge is about the API, whose address that of one of its parts is not (RFC 9728 section 3.3).
    assert find_resource(site, www_authenticate=headers["WWW-Authenticate"]) == found
    with pytest.raises(ProviderError) as other:
        find_resource(f"{site}/things", www_authenticate=headers["WWW-Authenticate"])
    assert other.value.code == "resource_metadata.mismatch"
    assert find_resource(site, www_authenticate="Bearer") is None
    with pytest.raises(ProviderError):
        find_resource(f"{site}/things")
    with pytest.raises(ConfigurationError):
        find_resource("http://api.example.com")


def test_the_page_for_clients_works_as_it_is(site, peer):
    namespace = {}
    code = guides.files(Path(__file__).parents[3] / "docs/python/resource-servers.md")["find.py"]
    exec(code.replace("https://api.example.com", site), namespace)  # noqa: S102
    assert (namespace["endpoint"], namespace["scopes"]) == (peer.endpoint, ("read",))
