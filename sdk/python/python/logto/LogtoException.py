"""What can go wrong. Every class is a :class:`LogtoException`; ``code`` is stable, the text is for people."""

from __future__ import annotations

from typing import Optional


class LogtoException(Exception):
    """Any failure of this package.

    :ivar code: stable code, for example ``callback.invalid_state``; for errors that the provider named, its OAuth code,
        for example ``invalid_grant`` or ``access_denied``.
    :ivar description: the provider's ``error_description``, if it gave one.
    :ivar status: the HTTP status of the answer that was the reason, if one was.
    """

    def __init__(
        self,
        *args: object,
        code: str = "logto.error",
        description: Optional[str] = None,
        status: Optional[int] = None,
    ) -> None:
        super().__init__(*args)
        self.code = code
        self.description = description
        self.status = status


class ConfigurationError(LogtoException):
    """The settings or the order of calls are wrong: for the programmer."""


class SignInCallbackError(LogtoException):
    """A sign-in could not be finished, or was refused or cancelled: start a new one."""


class ReauthenticationRequired(LogtoException):
    """The provider has ended the session; its tokens are removed. Send the user to sign in."""


class ProviderError(LogtoException):
    """The provider answered with an error; the text is its answer as it is."""


class NetworkError(LogtoException):
    """The provider cannot be reached, or not in time: try later."""


class IdTokenError(LogtoException):
    """There is no ID token, or it is not to be trusted."""


class StorageError(LogtoException):
    """A stored value cannot be decrypted."""
