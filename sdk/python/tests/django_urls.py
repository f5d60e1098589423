"""The URLs of the project in ``django_site``."""

from django.contrib import admin
from django.contrib.auth.decorators import login_required as django_login_required
from django.db import transaction
from django.http import HttpResponse, JsonResponse
from django.urls import include, path

from logto import UserInfoScope  # noqa: F401
from logto.django import async_client, client
from logto.django.decorators import authentication_required, login_required, organization_required, role_required
from logto.django.webhooks import webhook

RESOURCE = "https://api.example.com"


def index(request):
    return HttpResponse(f"home of {request.user.get_username()}")


def plain(request):
    return HttpResponse("no sign-in here")


@login_required
def account(request):
    return HttpResponse(f"account of {client(request).get_id_token_claims().sub}")


@django_login_required
def classic(request):
    return HttpResponse(f"classic for {request.user.get_username()}")


@login_required
async def asynchronous(request):
    found = async_client(request)
    claims = await found.find_id_token_claims()
    return HttpResponse(f"async of {claims.sub}: {bool(await found.get_access_token(RESOURCE))}")


@login_required
def token(request):
    return JsonResponse({"token": client(request).get_access_token(RESOURCE)})


@login_required
@transaction.atomic
def rolled_back(request):
    client(request).get_access_token(RESOURCE)
    transaction.set_rollback(True)
    return HttpResponse("rolled back")


@authentication_required("mfa", max_age=300)
def money(request):
    return HttpResponse("money")


@authentication_required("mfa")
async def money_async(request):
    return HttpResponse("money")


def cart(request):
    """Changes the session as a whole."""
    request.session["cart"] = request.session.get("cart", 0) + 1
    return HttpResponse(str(request.session["cart"]))


@role_required("editor")
def editors(request):
    return HttpResponse("editors")


@organization_required("org1", "admin")
async def organization(request):
    return HttpResponse("administrators of org1")


@webhook("signing key")
def hook(request, event):
    return JsonResponse({"seen": event["event"]})


urlpatterns = [
    path("", include("logto.django.urls")),
    path("", index),
    path("plain", plain),
    path("account", account),
    path("classic", classic),
    path("async", asynchronous),
    path("token", token),
    path("rolled-back", rolled_back),
    path("cart", cart),
    path("money", money),
    path("money-async", money_async),
    path("editors", editors),
    path("organization", organization),
    path("hook", hook),
    path("admin/", include("logto.django.admin_urls")),
    path("admin/", admin.site.urls),
]
