"""Signals. The sender is the class of the user, or for sessions and webhooks the model ``Session``."""

from __future__ import annotations

from django.dispatch import Signal

user_created = Signal()
"""A user signed in for the first time: ``user``, ``claims``, ``request``."""

signed_in = Signal()
"""A sign-in is complete: ``user``, ``claims``, ``request``."""

signed_out = Signal()
"""Somebody signed out in this browser: ``user``, ``request``."""

session_ended = Signal()
"""A back-channel logout came, and ended ``count`` sessions: ``issuer``, ``subject``, ``sid`` (one of them may be None)."""

webhook_received = Signal()
"""A webhook with a good signature came to the URL ``webhook/``: ``event`` (the parsed body), ``request``."""
