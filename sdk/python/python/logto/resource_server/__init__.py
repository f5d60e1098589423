"""APIs: checks of the access tokens that callers present, and the metadata by which clients find the authorization server."""

from ._metadata import WELL_KNOWN, ProtectedResourceMetadata
from ._validator import ANY_ORGANIZATION, AnyOrganization, TokenValidator, ValidatedToken

__all__ = ["ANY_ORGANIZATION", "WELL_KNOWN", "AnyOrganization", "ProtectedResourceMetadata", "TokenValidator", "ValidatedToken"]
