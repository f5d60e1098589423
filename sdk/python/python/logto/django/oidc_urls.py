"""The same views with the paths and names of mozilla-django-oidc, so that redirect URIs and templates stay as they are.

``path("oidc/", include("logto.django.oidc_urls"))``
"""

from __future__ import annotations

from django.urls import path

from . import logouts, views

urlpatterns = [
    path("authenticate/", views.sign_in, name="oidc_authentication_init"),
    path("callback/", views.callback, name="oidc_authentication_callback"),
    path("logout/", views.sign_out, name="oidc_logout"),
    path("backchannel-logout/", logouts.backchannel_logout, name="oidc_backchannel_logout"),
]
