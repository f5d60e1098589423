"""The public names, signatures and models: rows P001 to P008, P022 to P024, P029 to P036."""

from __future__ import annotations

import importlib
import inspect
import json
from typing import get_args

import logto
import pytest
from conftest import App, DictStorage, run
from logto import (
    AccessTokenClaims,
    DirectSignInOption,
    DirectSignInOptionMethod,
    FirstScreen,
    Identifier,
    IdTokenClaims,
    LogtoClient,
    LogtoConfig,
    LogtoException,
    OidcProviderMetadata,
    Scope,
    Storage,
    TokenResponse,
    UserInfoResponse,
    UserInfoScope,
)
from logto.LogtoClient import AccessToken, AccessTokenMap, SignInSession
from logto.models.oidc import OAuthScope, ReservedResource
from logto.models.response import UserIdentity
from logto.OidcCore import OidcCore
from logto.Storage import MemoryStorage
from logto.utilities import OrganizationUrnPrefix, buildOrganizationUrn, removeFalsyKeys, urlsafeEncode
from pydantic import ValidationError


def test_p001_exports():
    """P001: the root's names, and the sub-modules that hold them."""
    names = (
        "LogtoClient LogtoConfig InteractionMode AccessToken LogtoException Storage PersistKey AccessTokenClaims IdTokenClaims "
        "OidcProviderMetadata Scope UserInfoScope TokenResponse UserInfoResponse"
    ).split()
    for name in names:
        assert hasattr(logto, name), name
        assert name in logto.__all__
    module = importlib.import_module("logto.LogtoClient")
    assert module.LogtoClient is logto.LogtoClient
    for name in ("InteractionMode", "AccessTokenMap", "SignInSession", "OidcCore", "MemoryStorage", "buildOrganizationUrn"):
        assert hasattr(module, name), name


def test_p002_config():
    """P002: fields and defaults of LogtoConfig; enumeration members and texts as scopes."""
    config = LogtoConfig(endpoint="https://a", appId="b")
    assert (config.appSecret, config.prompt, config.resources, config.scopes) == (None, "consent", [], [])
    assert LogtoConfig(endpoint="a", appId="b", prompt="login", scopes=["x", UserInfoScope.email]).scopes == ["x", UserInfoScope.email]
    with pytest.raises(ValidationError):
        LogtoConfig(endpoint="a", appId="b", prompt="other")
    with pytest.raises(ValidationError):
        LogtoConfig(endpoint="a")


def test_p003_sign_in_session():
    """P003: SignInSession {redirectUri, codeVerifier, state}."""
    session = SignInSession(redirectUri="r", codeVerifier="c", state="s")
    assert json.loads(session.model_dump_json()) == {"redirectUri": "r", "codeVerifier": "c", "state": "s"}


def test_p004_access_token_map():
    """P004: the stored formats of access tokens."""
    text = AccessTokenMap(x={"": AccessToken(token="t", expiresAt=1)}).model_dump_json()
    assert text == '{"x":{"":{"token":"t","expiresAt":1}}}'


def test_p005_storage_is_abstract():
    """P005: Storage ABC with get, set (also None) and delete."""
    with pytest.raises(TypeError):
        Storage()
    assert Storage.__abstractmethods__ == {"get", "set", "delete"}


def test_p006_memory_storage(capsys, caplog):
    """P006 and fault 13: MemoryStorage works and warns through logging, once, without print."""
    memory = MemoryStorage()
    memory.set("idToken", "x")
    assert memory.get("idToken") == "x"
    memory.set("idToken", None)
    memory.delete("idToken")
    memory.delete("idToken")
    assert memory.get("idToken") is None
    assert capsys.readouterr().out == ""
    assert len([record for record in caplog.records if record.name == "logto"]) == 1


def test_p007_persist_keys():
    """P007: the four names."""
    assert get_args(logto.PersistKey) == ("idToken", "accessTokenMap", "refreshToken", "signInSession")


COROUTINES = "signIn signOut handleSignInCallback getAccessToken getOrganizationToken getAccessTokenClaims getOrganizationTokenClaims fetchUserInfo getOidcCore"


def test_p008_client_methods_keep_their_kinds_and_parameters():
    """P008 to P018: constructor, coroutines and plain methods, parameter names in their order."""
    for name in COROUTINES.split():
        assert inspect.iscoroutinefunction(getattr(LogtoClient, name)), name
    for name in ("getIdToken", "getIdTokenClaims", "getRefreshToken", "isAuthenticated"):
        assert not inspect.iscoroutinefunction(getattr(LogtoClient, name)), name
    parameters = {name: list(inspect.signature(getattr(LogtoClient, name)).parameters)[1:] for name in COROUTINES.split()}
    assert parameters["signIn"] == ["redirectUri", "interactionMode", "firstScreen", "identifiers", "directSignIn", "extraParams"]
    assert parameters["signOut"] == ["postLogoutRedirectUri"]
    assert parameters["handleSignInCallback"] == ["callbackUri"]
    assert parameters["getAccessToken"] == parameters["getAccessTokenClaims"] == ["resource"]
    assert parameters["getOrganizationToken"] == parameters["getOrganizationTokenClaims"] == ["organizationId"]
    assert list(inspect.signature(LogtoClient.__init__).parameters) == ["self", "config", "storage"]


def test_p022_interaction_mode():
    """P022: signIn or signUp."""
    assert get_args(logto.InteractionMode) == ("signIn", "signUp")


def test_p023_first_screen_identifier_direct_sign_in():
    """P023: members and values."""
    assert {one.name: one.value for one in FirstScreen} == {
        "register": "identifier:register",
        "sign_in": "identifier:sign_in",
        "single_sign_on": "single_sign_on",
        "reset_password": "reset_password",
    }
    assert [one.value for one in Identifier] == ["email", "phone", "username"]
    assert [one.value for one in DirectSignInOptionMethod] == ["social", "sso"]
    assert DirectSignInOption("social", "google") == DirectSignInOption(method="social", identifier="google")


def test_p024_static_functions(app: App):
    """P024: state, verifier, challenge (RFC 7636 appendix B), decoding, metadata."""
    assert len(OidcCore.generateState()) == len(OidcCore.generateCodeVerifier()) == 43
    assert OidcCore.generateState() != OidcCore.generateState()
    assert OidcCore.generateCodeChallenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert OidcCore.decodeIdToken(app.peer.id_token("app1")).sub == "user1"
    assert OidcCore.decodeAccessToken(app.peer.access_token("r", "app1")).scope == "read"
    metadata = run(OidcCore.getProviderMetadata(f"{app.peer.issuer}/.well-known/openid-configuration"))
    assert metadata.issuer == app.peer.issuer


def test_p029_scopes():
    """P029: scope enumerations; customData is custom_data."""
    assert OAuthScope.offlineAccess.value == "offline_access"
    assert {one.value for one in UserInfoScope} == {
        "openid", "profile", "email", "phone", "custom_data", "identities",
        "urn:logto:scope:organizations", "urn:logto:scope:organization_roles",
    }
    assert UserInfoScope.customData is UserInfoScope.custom_data
    assert issubclass(UserInfoScope, Scope) and issubclass(OAuthScope, Scope)
    assert ReservedResource.organizations.value == "urn:logto:resource:organizations"


def test_p030_provider_metadata():
    """P030: eight required members, 29 optional ones with their defaults."""
    fields = OidcProviderMetadata.model_fields
    required = {name for name, field in fields.items() if field.is_required()}
    assert required == {
        "issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri",
        "response_types_supported", "subject_types_supported", "id_token_signing_alg_values_supported",
    }
    assert len(fields) - len(required) == 29
    defaults = {name: fields[name].default for name in fields if not fields[name].is_required()}
    assert defaults["request_uri_parameter_supported"] is True
    assert defaults["claims_parameter_supported"] is defaults["require_request_uri_registration"] is False
    assert defaults["scopes_supported"] == [] and defaults["end_session_endpoint"] is None


BASE = {"iss": "i", "sub": "s", "aud": "a", "exp": 2, "iat": 1}


def test_p031_id_token_claims():
    """P031: required and optional claims; others are kept."""
    claims = IdTokenClaims(**BASE, custom={"a": 1})
    assert claims.name is claims.organizations is None
    assert claims.model_extra == {"custom": {"a": 1}}
    for name in BASE:
        with pytest.raises(ValidationError):
            IdTokenClaims(**{key: value for key, value in BASE.items() if key != name})
    for name in "at_hash name username picture email email_verified phone_number phone_number_verified organizations organization_roles".split():
        assert not IdTokenClaims.model_fields[name].is_required()


def test_p032_access_token_claims():
    """P032: scope is required, client_id optional, others are kept."""
    claims = AccessTokenClaims(**BASE, scope="", organization_id="o")
    assert claims.client_id is None and claims.model_extra == {"organization_id": "o"}
    with pytest.raises(ValidationError):
        AccessTokenClaims(**BASE)


def test_p033_token_response():
    """P033: required and optional members; others are ignored."""
    answer = TokenResponse(access_token="a", token_type="Bearer", expires_in=1, scope="x")
    assert answer.id_token is answer.refresh_token is None
    assert not hasattr(answer, "scope")


def test_p034_user_info_response():
    """P034: only sub is required; identities are typed; others are ignored."""
    info = UserInfoResponse(sub="s", identities={"google": {"userId": "1", "details": {"a": 1}}}, custom_data={"k": 1}, updated_at=1)
    assert info.identities == {"google": UserIdentity(userId="1", details={"a": 1})}
    assert info.custom_data == {"k": 1} and not hasattr(info, "updated_at")


def test_p035_one_root_of_exceptions():
    """P035: every exception is a LogtoException with a code; the old way to make one still works."""
    error = LogtoException("text")
    assert str(error) == "text" and error.args == ("text",) and error.code
    for name in ("ConfigurationError", "SignInCallbackError", "ReauthenticationRequired", "ProviderError", "NetworkError", "IdTokenError"):
        assert issubclass(getattr(logto, name), LogtoException)


def test_p036_utilities():
    """P036: urlsafeEncode, removeFalsyKeys, organization URNs."""
    assert urlsafeEncode(b"\xff\xfe\xfd") == "__79"
    assert removeFalsyKeys({"a": "", "b": 0, "c": [], "d": "x", "e": None}) == {"d": "x"}
    assert buildOrganizationUrn("o1") == OrganizationUrnPrefix + "o1" == "urn:logto:organization:o1"


def test_package_is_typed():
    """Fault 13: py.typed is shipped, with a stub for the native module."""
    from pathlib import Path

    root = Path(logto.__file__).parent
    assert (root / "py.typed").exists() and (root / "_native.pyi").exists()


def test_the_same_storage_object_is_used_and_none_means_a_new_one(app: App):
    storage = DictStorage()
    run(LogtoClient(app.config(), storage).signIn("http://a/b"))
    assert "signInSession" in storage.data
