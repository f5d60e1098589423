"""The pages of the sample; those of signing in and out come from `logto.django`."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from . import views

urlpatterns = [
    path("", include("logto.django.urls")),
    path("", views.index, name="index"),
    path("protected", views.account, name="account"),
    path("protected/userinfo", views.userinfo, name="userinfo"),
    path("protected/organizations", views.organizations, name="organizations"),
    path("protected/resource", views.resource_token, name="resource"),
    path("admin/", include("logto.django.admin_urls")),
    path("admin/", admin.site.urls),
]
