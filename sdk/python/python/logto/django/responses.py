"""What is answered instead of a page: JSON for scripts, a page for people, and never a redirect that a script would follow."""

from __future__ import annotations

from typing import Optional

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse

from .phrases import phrases

RETRY_AFTER = "30"
# The attribute of a request that has a challenge for an answer of 403.
CHALLENGE = "_logto_challenge"
NAMES = {
    "sign_in": ("logto:sign_in", "oidc_authentication_init"),
    "callback": ("logto:callback", "oidc_authentication_callback"),
    "sign_out": ("logto:sign_out", "oidc_logout"),
    "backchannel": ("logto:backchannel_logout", "oidc_backchannel_logout"),
}


def address(view: str) -> str:
    """The path of one of this application's views, by whichever URL configuration is included.

    :raises NoReverseMatch: when none is.
    """
    for name in NAMES[view]:
        try:
            return reverse(name)
        except NoReverseMatch:
            continue
    raise NoReverseMatch('Include "logto.django.urls" in the project\'s urlpatterns')


def is_script(request: HttpRequest) -> bool:
    """Whether a script asks (fetch, XMLHttpRequest) and not a browser that shows the answer as a page."""
    mode = request.headers.get("Sec-Fetch-Mode")
    if request.headers.get("X-Requested-With") == "XMLHttpRequest" or (mode and mode != "navigate"):
        return True
    accepted = request.headers.get("Accept", "")
    return mode is None and "text/html" not in accepted and "application/json" in accepted


def please_sign_in() -> HttpResponse:
    """401 for scripts."""
    words = phrases()
    body = {"code": "session.required", "message": words["session_required"], "signIn": address("sign_in")}
    return _uncached(JsonResponse(body, status=401))


def unavailable(request: HttpRequest) -> HttpResponse:
    """503: the provider had to be asked and is away. Nobody is signed out by that."""
    words = phrases()
    response: HttpResponse
    if is_script(request):
        response = JsonResponse({"code": "network.unreachable", "message": words["unavailable_text"]}, status=503)
    else:
        response = page(request, "unavailable", 503)
    response["Retry-After"] = RETRY_AFTER
    return response


def page(request: HttpRequest, name: str, status: int, code: Optional[str] = None, again: bool = False) -> HttpResponse:
    """A page with a title, a sentence and perhaps a button. A project can put its own ``logto/message.html`` in its place."""
    words = phrases()
    context = {"title": words[f"{name}_title"], "text": words[f"{name}_text"], "code": code, "words": words}
    if again:
        context["again"] = address("sign_in")
    return _uncached(render(request, "logto/message.html", context, status=status))


def _uncached(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response
