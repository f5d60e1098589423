"""What a sign-in must have proved, and the way to a better one (RFC 9470: step-up authentication).

An API asks its tokens with ``token.require_authentication(…)``, a page asks whoever is signed in with ``user.require_authentication(…)``, and
a page that calls an API hands on what that said with :func:`raise_for_step_up`. The integrations answer: APIs with a challenge, pages with
a new sign-in.
"""

from __future__ import annotations

import re
import time
from typing import Any, Dict, Iterable, Mapping, Optional, Tuple, Union

from ._config import DEFAULT_LEEWAY
from .LogtoException import ConfigurationError, InsufficientUserAuthentication, StepUpRequired

ERROR = "insufficient_user_authentication"
# A longer header is no challenge of ours.
MAX_HEADER = 8192
# A parameter with its value, or a word that begins a challenge (RFC 9110 section 11.6.1).
_PART = re.compile(r"""([!#$%&'*+.^_`|~\w-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([!#$%&'*+.^_`|~\w-]+)))?""", re.ASCII)


class AuthenticationRequirement:
    """Contexts of which a sign-in must have one, or the time since it, or both."""

    __slots__ = ("acr_values", "max_age")

    def __init__(self, acr_values: Union[str, Iterable[str]] = (), max_age: Optional[int] = None) -> None:
        """
        :param acr_values: all values of ``acr`` that are enough, the preferred one first.
        :param max_age: seconds since the user proved who they are.
        :raises ConfigurationError: when nothing is required.
        """
        self.acr_values: Tuple[str, ...] = tuple(acr_values.split() if isinstance(acr_values, str) else acr_values)
        self.max_age = max_age
        if not self.acr_values and max_age is None:
            raise ConfigurationError("Give acr_values, max_age or both: otherwise every sign-in is good enough", code="config.invalid")
        if max_age is not None and max_age < 0:
            raise ConfigurationError("max_age is a number of seconds, not below 0", code="config.invalid")

    def unmet_by(self, claims: Mapping[str, Any], now: Optional[float] = None, leeway: int = DEFAULT_LEEWAY) -> Optional[str]:
        """Why a token with these claims is not enough, as a sentence; None when it is.

        :param leeway: tolerated difference of clocks in seconds.
        """
        if self.acr_values and claims.get("acr") not in self.acr_values:
            return "The user must prove more of who they are"
        if self.max_age is not None:
            proved: object = claims.get("auth_time")
            oldest = (time.time() if now is None else now) - self.max_age - leeway
            if isinstance(proved, bool) or not isinstance(proved, (int, float)) or proved < oldest:
                return "The user proved too long ago who they are"
        return None

    @property
    def parameters(self) -> Dict[str, str]:
        """For the authorization request of the new sign-in, as ``extra_params``."""
        found = {"acr_values": " ".join(self.acr_values)} if self.acr_values else {}
        return found if self.max_age is None else {**found, "max_age": str(self.max_age)}

    @classmethod
    def from_challenge(cls, www_authenticate: Optional[str]) -> Optional[AuthenticationRequirement]:
        """What an API asks for in ``WWW-Authenticate``; None when it asks for no better sign-in (RFC 9470 section 3)."""
        for challenge in _challenges(www_authenticate or ""):
            if challenge.get("error") != ERROR:
                continue
            age = challenge.get("max_age", "")
            max_age = int(age) if re.fullmatch("[0-9]{1,10}", age) else None
            values = challenge.get("acr_values", "")
            # Without either, what helps is to prove it now.
            return cls(values, max_age) if values.split() or max_age is not None else cls(max_age=0)
        return None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AuthenticationRequirement) and self.parameters == other.parameters

    def __hash__(self) -> int:
        return hash((self.acr_values, self.max_age))

    def __repr__(self) -> str:
        return f"AuthenticationRequirement(acr_values={self.acr_values!r}, max_age={self.max_age!r})"


def require_of_token(claims: Mapping[str, Any], wanted: AuthenticationRequirement) -> None:
    """For an API: what ``ValidatedToken.require_authentication`` does.

    :raises InsufficientUserAuthentication: 401 with a challenge that says what is missing.
    """
    unmet = wanted.unmet_by(claims)
    if unmet is not None:
        raise InsufficientUserAuthentication(unmet, parameters=wanted.parameters)


def require_of_user(claims: Mapping[str, Any], wanted: AuthenticationRequirement) -> None:
    """For a page: what ``SignedInUser.require_authentication`` does.

    :raises StepUpRequired: for which the integrations start a new sign-in.
    """
    unmet = wanted.unmet_by(claims)
    if unmet is not None:
        raise StepUpRequired(unmet, parameters=wanted.parameters)


def raise_for_step_up(status: int, www_authenticate: Optional[str]) -> None:
    """For a page that has called an API: nothing happens unless the API wants a better sign-in.

    :param status: of the API's answer.
    :param www_authenticate: its header of this name, if it has one.
    :raises StepUpRequired: for which the integrations start a new sign-in.
    """
    wanted = AuthenticationRequirement.from_challenge(www_authenticate) if status == 401 else None
    if wanted is not None:
        raise StepUpRequired("The API asks for a better sign-in", parameters=wanted.parameters)


def _challenges(header: str) -> Iterable[Dict[str, str]]:
    """The parameters of each challenge."""
    found: Dict[str, str] = {}
    for name, quoted, plain in _PART.findall(header) if len(header) <= MAX_HEADER else ():
        if quoted or plain:
            found.setdefault(name.lower(), re.sub(r"\\(.)", r"\1", quoted) or plain)
        else:
            # The name of a scheme, or of a parameter that is empty.
            yield found
            found = {}
    yield found
