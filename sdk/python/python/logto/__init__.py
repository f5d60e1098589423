"""Sign-in for Python web applications with Loggia and Logto.

A drop-in for the package ``logto``: the same names, and what code written for it stores and catches stays valid.
"""

from .EncryptedStorage import EncryptedStorage
from .LogtoClient import AccessToken, LogtoClient, LogtoConfig
from .LogtoException import (
    ConfigurationError,
    IdTokenError,
    LogtoException,
    NetworkError,
    ProviderError,
    ReauthenticationRequired,
    SignInCallbackError,
    StorageError,
)
from .models.oidc import AccessTokenClaims, IdTokenClaims, OidcProviderMetadata, Scope, UserInfoScope
from .models.response import TokenResponse, UserInfoResponse
from .models.sign_in import (
    DirectSignInOption,
    DirectSignInOptionMethod,
    FirstScreen,
    Identifier,
    InteractionMode,
)
from .Storage import MemoryStorage, PersistKey, Storage

__all__ = [
    "AccessToken",
    "AccessTokenClaims",
    "ConfigurationError",
    "DirectSignInOption",
    "DirectSignInOptionMethod",
    "EncryptedStorage",
    "FirstScreen",
    "IdTokenClaims",
    "IdTokenError",
    "Identifier",
    "InteractionMode",
    "LogtoClient",
    "LogtoConfig",
    "LogtoException",
    "MemoryStorage",
    "NetworkError",
    "OidcProviderMetadata",
    "PersistKey",
    "ProviderError",
    "ReauthenticationRequired",
    "Scope",
    "SignInCallbackError",
    "Storage",
    "StorageError",
    "TokenResponse",
    "UserInfoResponse",
    "UserInfoScope",
]
