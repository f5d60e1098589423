"""What the provider says, as models. Claims of another type are refused by the package's own exceptions, not by pydantic's."""

from __future__ import annotations

from typing import Any, Dict, Type, TypeVar

from pydantic import BaseModel, ValidationError

from ._lock import ProcessLock
from .LogtoException import IdTokenError, LogtoException, ProviderError, TokenError
from .models.oidc import AccessTokenClaims, IdTokenClaims

Model = TypeVar("Model", bound=BaseModel)
_building = ProcessLock()


def id_token_claims(claims: str) -> IdTokenClaims:
    """
    :param claims: as JSON.
    :raises IdTokenError: ``id_token.invalid_claim``, for claims of another type than the model has.
    """
    try:
        return _built(IdTokenClaims).model_validate_json(claims)
    except ValidationError as error:
        raise IdTokenError(f"The ID token is refused: {_named(error)}", code="id_token.invalid_claim") from error


def access_token_claims(claims: str) -> AccessTokenClaims:
    """
    :raises LogtoException: ``access_token.invalid_claim``.
    """
    try:
        return _built(AccessTokenClaims).model_validate_json(claims)
    except ValidationError as error:
        raise LogtoException(f"The access token cannot be read: {_named(error)}", code="access_token.invalid_claim") from error


def presented_claims(claims: Dict[str, Any]) -> AccessTokenClaims:
    """Those of a token that somebody presented.

    :raises TokenError: ``access_token.invalid_claim``.
    """
    try:
        return _built(AccessTokenClaims).model_validate(claims)
    except ValidationError as error:
        raise TokenError(f"The access token is refused: {_named(error)}", code="access_token.invalid_claim") from error


def answer(model: Type[Model], text: str) -> Model:
    """An answer of the provider's endpoints.

    :param text: JSON.
    :raises ProviderError: ``provider.unexpected_answer``.
    """
    try:
        return _built(model).model_validate_json(text)
    except ValidationError as error:
        raise ProviderError(f"The provider's answer cannot be used: {_named(error)}", code="provider.unexpected_answer") from error


def _built(model: Type[Model]) -> Type[Model]:
    """The model, built once by one of the threads that need it first."""
    if not model.__pydantic_complete__:
        with _building:
            model.model_rebuild()
    return model


def _named(error: ValidationError) -> str:
    """The members and what is wrong with them. Without the values, which may be secret, and are of no use to anybody."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return "; ".join(f"`{'.'.join(str(part) for part in one['loc'])}`: {one['msg']}" for one in found)
