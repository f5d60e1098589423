"""``path("", include("logto.django.urls"))``"""

from __future__ import annotations

from django.urls import path

from . import logouts, views, webhooks

app_name = "logto"
urlpatterns = [
    path("sign-in", views.sign_in, name="sign_in"),
    path("sign-in-callback", views.callback, name="callback"),
    path("sign-out", views.sign_out, name="sign_out"),
    path("backchannel-logout", logouts.backchannel_logout, name="backchannel_logout"),
    path("webhook", webhooks.receive_webhook, name="webhook"),
]
