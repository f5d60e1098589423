"""What can go wrong. Every class is a :class:`LogtoException`; ``code`` is stable, the text is for people."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar, Dict, Mapping, Optional, Tuple

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
        "invalid_scope": "Compare the scopes of the settings with those that the provider gives to this application.",
        "invalid_target": "Compare the API resources of the settings with those at the provider: one of them does not exist there.",
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

    _next_step = "Try again later; if it lasts, look at the network between this machine and the provider."


class IdTokenError(LogtoException):
    """There is no ID token, or it is not to be trusted."""

    _next_step = "Send the user to sign in; if that does not help, compare the clocks and the application's id."


class TokenError(LogtoException):
    """An access token or a logout token that somebody presented is not to be trusted.

    :ivar required_scopes: what the request asked the token to have.
    :ivar resource_metadata: the address of the API's metadata (RFC 9728), for challenges.
    :ivar parameters: further members of the challenge.
    """

    _next_step = "Answer 401 with `WWW-Authenticate: Bearer`; the caller needs another token."
    _challenge: ClassVar[str] = "invalid_token"
    required_scopes: Tuple[str, ...] = ()
    parameters: Mapping[str, str] = MappingProxyType({})
    resource_metadata: Optional[str] = None

    @property
    def http_status(self) -> int:
        """What to answer with: 401 or, for logout tokens, 400."""
        return 400 if self.code.startswith("logout_token.") else 401

    def www_authenticate(self, realm: Optional[str] = None, resource_metadata: Optional[str] = None) -> str:
        """The value of the header (RFC 6750 section 3, RFC 9728 section 5.1).

        :param resource_metadata: the address of the API's metadata. None: that of the validator.
        """
        resource_metadata = resource_metadata or self.resource_metadata
        members: Dict[str, str] = {} if realm is None else {"realm": realm}
        # A request without a token is told no error (RFC 6750 section 3.1).
        if self.code != "access_token.missing":
            members.update({"error": self._challenge, "error_description": str(self)})
        members.update(self.parameters)
        if self.required_scopes:
            members["scope"] = " ".join(self.required_scopes)
        if resource_metadata is not None:
            members["resource_metadata"] = resource_metadata
        shown = ", ".join(f'{name}="{_quotable(value)}"' for name, value in members.items())
        return f"Bearer {shown}" if shown else "Bearer"


class InsufficientUserAuthentication(TokenError):
    """The token is good, but what its user proved at the sign-in is not enough, or too long ago (RFC 9470)."""

    _next_step = "Answer 401; the caller sends the user to sign in with the parameters of the challenge."
    _challenge = "insufficient_user_authentication"

    def __init__(self, *args: object, parameters: Mapping[str, str]) -> None:
        """
        :param parameters: ``acr_values`` and ``max_age``.
        """
        super().__init__(*args, code="access_token.insufficient_user_authentication")
        self.parameters = parameters


class StepUpRequired(LogtoException):
    """Whoever is signed in must sign in better, or again (RFC 9470). In a view, the integrations start that sign-in.

    :ivar parameters: ``acr_values`` and ``max_age`` of the authorization request, for ``extra_params``.
    """

    _next_step = "Send the user to sign in with these parameters."

    def __init__(self, *args: object, parameters: Mapping[str, str]) -> None:
        super().__init__(*args, code="step_up.required")
        self.parameters = parameters


class InsufficientScope(TokenError):
    """The token is good, but does not allow this."""

    _next_step = "Answer 403; the caller needs a token with the scopes that the message names."
    _challenge = "insufficient_scope"

    @property
    def http_status(self) -> int:
        """What to answer with."""
        return 403


def _quotable(text: str) -> str:
    """Without what would end the quotes or the header (RFC 6750 section 3)."""
    return "".join(one if " " <= one <= "~" and one not in '"\\' else "'" for one in text)


class StorageError(LogtoException):
    """A stored value cannot be decrypted, or the storage's lock could not be had."""

    _next_step = "Check the storage: its secret, and who holds its lock."
