"""What can go wrong. Every class is a :class:`LogtoException`; ``code`` is stable, the text is for people."""

from __future__ import annotations

from typing import ClassVar, Dict, Optional

DOCS = "docs/python.md#errors"


class LogtoException(Exception):
    """Any failure of this package.

    :ivar code: stable code, for example ``callback.invalid_state``; for errors that the provider named, its OAuth code,
        for example ``invalid_grant`` or ``access_denied``.
    :ivar description: the provider's ``error_description``, if it gave one.
    :ivar status: the HTTP status of the answer that was the reason, if one was.
    """

    _next_step: ClassVar[str] = "Look the code up in the documentation."
    _next_steps: ClassVar[Dict[str, str]] = {
        "access_token.not_found": "Send the user to sign in, and ask for offline access.",
        "access_token.opaque": "Ask for a token for an API resource or an organization.",
        "logout_token.invalid": "Answer 400 and end no session.",
        "logout_token.replayed": "Answer 400: this token has been used already.",
        "webhook.bad_signature": "Answer 401, and compare the signing key with the one of the webhook.",
    }

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

    @property
    def cause(self) -> Optional[BaseException]:
        """What this failure comes from, if it has a cause in Python."""
        return self.__cause__

    @property
    def next_step(self) -> str:
        """What to do about it, in one sentence."""
        return LogtoException._next_steps.get(self.code, self._next_step)

    @property
    def docs(self) -> str:
        """Where the documentation says more."""
        return DOCS


class ConfigurationError(LogtoException):
    """The settings or the order of calls are wrong: for the programmer."""

    _next_step = "Correct the setting that the message names, then start the application again."


class SignInCallbackError(LogtoException):
    """A sign-in could not be finished, or was refused or cancelled: start a new one."""

    _next_step = "Offer the user to sign in again."


class ReauthenticationRequired(LogtoException):
    """The provider has ended the session; its tokens are removed. Send the user to sign in."""

    _next_step = "Send the user to sign in."


class ProviderError(LogtoException):
    """The provider answered with an error; the text is its answer as it is."""

    _next_step = "Read the provider's answer; compare the endpoint, the application's id and its secret with the provider's."


class NetworkError(LogtoException):
    """The provider cannot be reached, or not in time: try later."""

    _next_step = "Try again later; the user's session is not over."


class IdTokenError(LogtoException):
    """There is no ID token, or it is not to be trusted."""

    _next_step = "Send the user to sign in; if that does not help, compare the clocks and the application's id."


class TokenError(LogtoException):
    """An access token or a logout token that somebody presented is not to be trusted."""

    _next_step = "Answer 401 with `WWW-Authenticate: Bearer`; the caller needs another token."


class InsufficientScope(TokenError):
    """The token is good, but does not allow this."""

    _next_step = "Answer 403; the caller needs a token with the scopes that the message names."


class StorageError(LogtoException):
    """A stored value cannot be decrypted, or the storage's lock could not be had."""

    _next_step = "Check the storage: its secret, and who holds its lock."
