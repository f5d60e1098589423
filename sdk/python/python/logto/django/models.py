"""Who is who, which sessions there are, and short-lived marks that all processes see."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models


class Account(models.Model):
    """A user of Loggia and the user of this project. Linked by the subject, which never changes, and never by an address."""

    issuer: models.CharField[str, str] = models.CharField(max_length=255)
    subject: models.CharField[str, str] = models.CharField(max_length=255)
    user: models.ForeignKey[Any, Any] = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="logto_accounts")
    created_at: models.DateTimeField[datetime, datetime] = models.DateTimeField(auto_now_add=True)
    last_sign_in_at: models.DateTimeField[datetime, datetime] = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="logto_account_subject")]

    def __str__(self) -> str:
        return self.subject


class Session(models.Model):
    """The tokens of one signed-in browser, encrypted. Its key is in ``request.session``, never in the browser.

    A row of its own and not part of the session's data: Django writes that as a whole at the end of a request, so that a parallel
    one could put an outdated refresh token back.
    """

    key: models.CharField[str, str] = models.CharField(max_length=43, primary_key=True)
    issuer: models.CharField[str, str] = models.CharField(max_length=255)
    subject: models.CharField[str, str] = models.CharField(max_length=255)
    sid: models.CharField[str, str] = models.CharField(max_length=255, blank=True)
    began_at: models.BigIntegerField[int, int] = models.BigIntegerField(help_text="`iat` of the first ID token, in epoch seconds")
    expires_at: models.DateTimeField[datetime, datetime] = models.DateTimeField(db_index=True)
    tokens = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["issuer", "sid"], name="logto_session_sid"),
            models.Index(fields=["issuer", "subject"], name="logto_session_subject"),
        ]

    def __str__(self) -> str:
        return self.subject


class Mark(models.Model):
    """A text with an end: locks of refreshes, logout tokens that were seen, logouts."""

    key: models.CharField[str, str] = models.CharField(max_length=128, primary_key=True)
    value: models.CharField[str, str] = models.CharField(max_length=255)
    expires_at: models.DateTimeField[datetime, datetime] = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key
