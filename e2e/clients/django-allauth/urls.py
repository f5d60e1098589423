import os

from allauth.socialaccount.models import SocialToken
from django.http import HttpResponse, JsonResponse
from django.urls import include, path

from oidc import refresh


def index(request):
    if not request.user.is_authenticated:
        return HttpResponse('<a href="/accounts/oidc/loggia/login/">Sign in</a>')
    account = request.user.socialaccount_set.get()
    return HttpResponse(f'Hello {request.user.email} ({account.uid}). <a href="/accounts/logout/">Sign out</a>')


def token(request, **parameters):
    return JsonResponse(refresh(SocialToken.objects.get(account__user=request.user), **parameters))


urlpatterns = [
    path("", index),
    path("refresh", token),
    path("resource", token, {"resource": os.environ["RESOURCE"]}),
    path("accounts/", include("allauth.urls")),
]
