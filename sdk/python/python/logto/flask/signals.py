"""Signals (blinker), sent by the application: ``@user_signed_in.connect_via(app)``."""

from blinker import Namespace

_names = Namespace()

user_signed_in = _names.signal("logto-user-signed-in")
"""With ``user``, a :class:`logto.web.SignedInUser`."""
user_signed_out = _names.signal("logto-user-signed-out")
"""With ``user``, who was signed in until now; None when that is not known."""
session_ended = _names.signal("logto-session-ended")
"""With ``token``, the verified logout token: another application or an administrator has ended a session."""
webhook_received = _names.signal("logto-webhook-received")
"""With ``event``, the verified content of a webhook."""

__all__ = ["session_ended", "user_signed_in", "user_signed_out", "webhook_received"]
