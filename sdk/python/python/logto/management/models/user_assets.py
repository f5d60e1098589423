"""Models of user assets. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List, Literal, Optional, Union

from .._base import ResponseModel


class UserAssetServiceStatus(ResponseModel):
    """Whether pictures can be uploaded, and which."""

    status: Union[Literal["ready", "not_configured"], str]
    """Whether pictures can be uploaded."""
    is_experience_avatar_upload_enabled: Optional[bool] = None
    """Whether people may upload an avatar while they register."""
    allow_upload_mime_types: Optional[List[str]] = None
    """The kinds that are read. What a file is, its content says."""
    max_upload_file_size: Optional[int] = None
    """In bytes."""
