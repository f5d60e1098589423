"""``manage.py logto_check``: does sign-in work with these settings?"""

from __future__ import annotations

from typing import Any

from django.core.checks import Warning, run_checks
from django.core.management.base import BaseCommand, CommandError

from ....LogtoException import LogtoException
from ...configuration import application, option
from ...models import Account, Session
from ...responses import address


class Command(BaseCommand):
    """Runs the system checks of this application, asks the provider for its metadata, and says what to register there."""

    help = "Checks the settings of logto.django and whether the provider answers."
    requires_system_checks: Any = []

    def handle(self, *args: Any, **options: Any) -> None:
        """
        :raises CommandError: when sign-in cannot work (exit code 1).
        """
        found = run_checks(tags=["logto"])
        for one in found:
            style = self.style.WARNING if isinstance(one, Warning) else self.style.ERROR
            self.stdout.write(style(f"{one.id}: {one.msg}" + (f" ({one.hint})" if one.hint else "")))
        if any(one.is_serious() for one in found):
            raise CommandError("the settings cannot work")
        try:
            metadata = application().sync_session().get_oidc_core().metadata
        except LogtoException as error:
            raise CommandError(f"{option('LOGTO_ENDPOINT')}: {error} ({error.code}). {error.next_step}") from error
        base = str(option("LOGTO_PUBLIC_URL") or "https://YOUR-HOST").rstrip("/")
        self.stdout.write(f"provider       {metadata.issuer}")
        self.stdout.write(f"application    {option('LOGTO_APP_ID')}")
        self.stdout.write(f"redirect URI   {base}{address('callback')}")
        self.stdout.write(f"logout URI     {base}{address('backchannel')} (back-channel)")
        self.stdout.write(f"accounts       {Account.objects.count()} linked, {Session.objects.count()} sessions")
        self.stdout.write(self.style.SUCCESS("Sign-in can work with these settings."))
