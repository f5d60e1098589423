"""Sign-in for Python web applications with Loggia and Logto.

A drop-in for the package ``logto``: the same names, and what code written for it stores and catches stays valid.
"""

from .EncryptedStorage import EncryptedStorage
from ._logto import Logto
from .LogtoClient import AccessToken, LogtoClient, LogtoConfig
from .LogtoException import (
    ConfigurationError,
    IdTokenError,
    InsufficientScope,
    InsufficientUserAuthentication,
    LogtoException,
    NetworkError,
    ProviderError,
    ReauthenticationRequired,
    SignInCallbackError,
    StepUpRequired,
    StorageError,
    TokenError,
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
from .Storage import AsyncLockingStorage, AsyncStorage, LockingStorage, MemoryStorage, PersistKey, Storage
from .SyncLogtoClient import SyncLogtoClient

__all__ = [
    "AccessToken",
    "AccessTokenClaims",
    "AsyncLockingStorage",
    "AsyncStorage",
    "ConfigurationError",
    "DirectSignInOption",
    "DirectSignInOptionMethod",
    "EncryptedStorage",
    "FirstScreen",
    "IdTokenClaims",
    "IdTokenError",
    "Identifier",
    "InsufficientScope",
    "InsufficientUserAuthentication",
    "InteractionMode",
    "LockingStorage",
    "Logto",
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
    "StepUpRequired",
    "Storage",
    "StorageError",
    "SyncLogtoClient",
    "TokenError",
    "TokenResponse",
    "UserInfoResponse",
    "UserInfoScope",
]
