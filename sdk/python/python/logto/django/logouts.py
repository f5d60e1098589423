"""Back-channel logout: the provider ends sessions. No browser and no cookie is part of it, so no CSRF token either."""

from __future__ import annotations

import logging
from typing import Tuple

from django.db import router, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from ..LogtoException import NetworkError, ProviderError, TokenError
from ..logout_tokens import LogoutToken, LogoutTokenValidator
from ..web.ended_sessions import EndedSessions
from . import signals
from .configuration import read_config
from .marks import MarkCache
from .models import Session
from .responses import RETRY_AFTER
from .sessions import end_by_logout_token

_log = logging.getLogger("logto.django")


@transaction.non_atomic_requests
@csrf_exempt
@never_cache
@require_POST
def backchannel_logout(request: HttpRequest) -> HttpResponseBase:
    """Ends the sessions that a logout token names (OpenID Connect Back-Channel Logout 1.0 section 2.5)."""
    try:
        token, count = _end(request.POST.get("logout_token", ""))
    except TokenError as error:
        _log.warning("a logout token was refused: %s (%s)", error, error.code)
        return JsonResponse({"error": "invalid_request", "error_description": str(error)}, status=400)
    except (NetworkError, ProviderError) as error:
        _log.warning("a logout token could not be checked: %s", error)
        return JsonResponse({"error": "temporarily_unavailable"}, status=503, headers={"Retry-After": RETRY_AFTER})
    # Robust: a receiver that fails is logged, and the logout is done nevertheless.
    signals.session_ended.send_robust(
        sender=Session, issuer=token.issuer, subject=token.subject, sid=token.session_id, count=count
    )
    return HttpResponse(status=200)


def _end(logout_token: str) -> Tuple[LogoutToken, int]:
    """The checked token, and how many sessions it ended."""
    # Together: a token that is used up while its sessions could not be ended would be refused when it is sent again.
    with transaction.atomic(using=router.db_for_write(Session)):
        token = LogoutTokenValidator(read_config(), MarkCache()).validate(logout_token)
        # Also remembered, because the sign-in that it is about may be on its way here.
        EndedSessions(MarkCache()).end(token)
        count = end_by_logout_token(token)
    # Again: one may have begun meanwhile without seeing the mark.
    return token, count + end_by_logout_token(token)
