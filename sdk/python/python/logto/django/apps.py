"""The Django application."""

from __future__ import annotations

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_out
from django.core import checks


class LogtoAppConfig(AppConfig):
    """``"logto.django"`` in ``INSTALLED_APPS``; its tables are called ``logto_…``."""

    name = "logto.django"
    label = "logto"
    verbose_name = "Sign-in with Loggia"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from .checks import check_deployment, check_moved_settings, check_project, check_settings
        from .sessions import forget_on_logout

        for check in (check_settings, check_project, check_deployment, check_moved_settings):
            checks.register(check, "logto")
        user_logged_out.connect(forget_on_logout, dispatch_uid="logto.forget")
