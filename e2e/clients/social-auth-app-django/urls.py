from django.contrib.auth import logout
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.urls import include, path
from social_django.utils import load_strategy

from oidc import logout_url


def index(request):
    if not request.user.is_authenticated:
        field = f'<input type="hidden" name="csrfmiddlewaretoken" value="{get_token(request)}">'
        return HttpResponse(f'<form method="post" action="/login/oidc/">{field}<button>Sign in</button></form>')
    return HttpResponse(f'Hello {request.user.email}. <a href="/sign-out">Sign out</a>')


def refresh(request):
    social = request.user.social_auth.get()
    social.refresh_token(load_strategy(request))
    return JsonResponse({"access_token": social.access_token})


def sign_out(request):
    url = logout_url(request.user.social_auth.get())
    logout(request)
    return redirect(url)


urlpatterns = [
    path("", index),
    path("refresh", refresh),
    path("sign-out", sign_out),
    path("", include("social_django.urls")),
]
