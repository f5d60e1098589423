"""What the API says about itself (RFC 9728), from ``LOGTO_API_METADATA``: ``path("", include("logto.django.resource_urls"))`` in the
project's own URLs, as the address begins at the root.
"""

from __future__ import annotations

import re

from django.http import Http404, HttpRequest, JsonResponse
from django.urls import re_path
from django.views.decorators.http import require_safe

from ..resource_server import WELL_KNOWN
from .rest_framework import validator


@require_safe
def resource_metadata(request: HttpRequest) -> JsonResponse:
    """The document, at its one address."""
    metadata = validator().metadata
    if metadata is None or request.path != metadata.path:
        raise Http404()
    return JsonResponse(metadata.document(), headers=metadata.headers)


urlpatterns = [re_path(f"^{re.escape(WELL_KNOWN[1:])}(?:/.*)?$", resource_metadata, name="logto_resource_metadata")]
