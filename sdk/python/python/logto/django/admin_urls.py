"""Sign-in and sign-out of the admin through Loggia: ``path("admin/", include("logto.django.admin_urls"))`` above ``admin.site.urls``."""

from __future__ import annotations

from django.urls import path

from . import views

urlpatterns = [
    path("login/", views.admin_sign_in, name="logto_admin_sign_in"),
    path("logout/", views.sign_out, name="logto_admin_sign_out"),
]
