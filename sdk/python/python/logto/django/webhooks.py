"""Webhooks. No browser and no cookie is part of them, so no CSRF token either."""

from __future__ import annotations

import json
from functools import wraps
from typing import Any, Callable, Optional

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from ..LogtoException import TokenError
from ..webhooks import SIGNATURE_HEADER, verify_webhook
from . import signals
from .configuration import option
from .models import Session

def webhook(signing_key: Optional[str] = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Makes a view of a function that is called with the request and the parsed body of a webhook, once its signature is good.

    :param signing_key: without it, the setting ``LOGTO_WEBHOOK_SIGNING_KEY``.
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @csrf_exempt
        @never_cache
        @require_POST
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            key = signing_key or option("LOGTO_WEBHOOK_SIGNING_KEY")
            if not key:
                raise Http404("LOGTO_WEBHOOK_SIGNING_KEY is not set")
            try:
                verify_webhook(key, request.body, request.headers.get(SIGNATURE_HEADER))
                event = json.loads(request.body)
            except TokenError as error:
                return JsonResponse({"error": error.code}, status=401)
            except ValueError:
                return JsonResponse({"error": "invalid_request"}, status=400)
            return view(request, event, *args, **kwargs) or HttpResponse(status=204)

        return checked

    return decorate


@webhook()
def receive_webhook(request: HttpRequest, event: Any) -> None:
    """Tells the receivers of the signal ``webhook_received``."""
    signals.webhook_received.send(sender=Session, event=event, request=request)
