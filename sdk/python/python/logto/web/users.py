"""Who is signed in, with the names that Flask-Login, Django and Starlette expect of a user."""

from __future__ import annotations

from typing import Any, Iterable, Optional, Sequence, Tuple, Union, cast

from ..LogtoException import StepUpRequired
from ..models.oidc import IdTokenClaims
from ..step_up import AuthenticationRequirement, require_of_user


class SignedInUser:
    """The user of a verified ID token."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, claims: IdTokenClaims) -> None:
        self.claims = claims
        """All claims of the ID token; the ones without a field of their own are attributes too."""

    @property
    def id(self) -> str:
        """The claim ``sub``: stable, and unique with this provider. Store this one, not the name or the address."""
        return self.claims.sub

    @property
    def name(self) -> Optional[str]:
        return self.claims.name

    @property
    def username(self) -> Optional[str]:
        return self.claims.username

    @property
    def email(self) -> Optional[str]:
        """Needs the scope ``email``."""
        return self.claims.email

    @property
    def picture(self) -> Optional[str]:
        return self.claims.picture

    @property
    def display_name(self) -> str:
        """The best name to greet the user with."""
        return self.name or self.username or self.email or self.id

    @property
    def identity(self) -> str:
        """Starlette's name for :attr:`id`."""
        return self.id

    @property
    def organizations(self) -> Tuple[str, ...]:
        """Ids of the user's organizations. Needs ``UserInfoScope.organizations``."""
        return _texts(self.claims.organizations)

    @property
    def organization_roles(self) -> Tuple[str, ...]:
        """``organization-id:role-name``. Needs ``UserInfoScope.organization_roles``."""
        return _texts(self.claims.organization_roles)

    @property
    def roles(self) -> Tuple[str, ...]:
        """Names of the user's roles. Needs the scope ``roles``."""
        return _texts(getattr(self.claims, "roles", None))

    def get_id(self) -> str:
        """Flask-Login's name for :attr:`id`."""
        return self.id

    def has_role(self, name: str) -> bool:
        return name in self.roles

    def in_organization(self, organization_id: str) -> bool:
        return organization_id in self.organizations

    def has_organization_role(self, organization_id: str, role: str) -> bool:
        return f"{organization_id}:{role}" in self.organization_roles

    def require_authentication(self, acr_values: Union[str, Iterable[str]] = (), *, max_age: Optional[int] = None) -> None:
        """For a page that needs a better or a newer sign-in than others (RFC 9470).

        :param acr_values: all values of ``acr`` that are enough, the preferred one first.
        :param max_age: seconds since the user proved who they are.
        :raises StepUpRequired: which the integrations turn into that sign-in; the browser comes back to the page.
        """
        require_of_user(self.claims.model_dump(), AuthenticationRequirement(acr_values, max_age))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SignedInUser) and (self.claims.iss, self.id) == (other.claims.iss, other.id)

    def __hash__(self) -> int:
        return hash((self.claims.iss, self.id))

    def __repr__(self) -> str:
        return f"SignedInUser({self.id!r})"


class AnonymousUser:
    """Whoever is not signed in."""

    is_authenticated = False
    is_active = False
    is_anonymous = True
    claims: None = None
    id: None = None
    name: None = None
    username: None = None
    email: None = None
    picture: None = None
    display_name = ""
    identity = ""
    organizations: Tuple[str, ...] = ()
    organization_roles: Tuple[str, ...] = ()
    roles: Tuple[str, ...] = ()

    def get_id(self) -> None:
        return None

    def has_role(self, name: str) -> bool:
        return False

    def in_organization(self, organization_id: str) -> bool:
        return False

    def has_organization_role(self, organization_id: str, role: str) -> bool:
        return False

    def require_authentication(self, acr_values: Union[str, Iterable[str]] = (), *, max_age: Optional[int] = None) -> None:
        """Whoever is not signed in must sign in first.

        :raises StepUpRequired: always.
        """
        raise StepUpRequired("Nobody is signed in.", parameters=AuthenticationRequirement(acr_values, max_age).parameters)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AnonymousUser)

    def __hash__(self) -> int:
        return hash(AnonymousUser)

    def __repr__(self) -> str:
        return "AnonymousUser()"


User = Union[SignedInUser, AnonymousUser]


def _texts(found: Any) -> Tuple[str, ...]:
    """A list in a claim; a claim of another shape counts as empty, so that it gives nobody rights."""
    listed = cast(Sequence[object], found) if isinstance(found, (list, tuple)) else ()
    return tuple(one for one in listed if isinstance(one, str))
