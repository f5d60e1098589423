"""Options of a sign-in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal, Union

InteractionMode = Literal["signIn", "signUp"]


class FirstScreen(Enum):
    """The page a sign-in starts with."""

    register = "identifier:register"
    sign_in = "identifier:sign_in"
    single_sign_on = "single_sign_on"
    reset_password = "reset_password"


class Identifier(Enum):
    """A kind of identifier that the first page may ask for."""

    email = "email"
    phone = "phone"
    username = "username"


class DirectSignInOptionMethod(Enum):
    """How a direct sign-in goes on."""

    social = "social"
    sso = "sso"


@dataclass(frozen=True)
class DirectSignInOption:
    """Skips the first page and goes straight to a connector.

    :param method: ``social`` or ``sso``.
    :param identifier: the social connector's target or the enterprise connector's id.
    """

    method: Union[DirectSignInOptionMethod, Literal["social", "sso"]]
    identifier: str
