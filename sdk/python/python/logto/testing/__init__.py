"""Tests of applications against a real server, without a browser.

The fixtures ``loggia_server``, ``loggia_user``, ``loggia_application``, ``signed_in_client``, ``clock`` and ``loggia_tokens`` come with
the package: pytest finds them. What they are made of can be used without pytest.
"""

from .binary import ServerNotFound, server_binary
from .browser import Browser, SignInFailed
from .clock import Clock
from .management import LoggiaApplication, LoggiaResource, LoggiaUser
from .server import LoggiaServer, LoggiaServerError
from .sign_in import SignedInClient
from .tokens import TokenFactory

__all__ = [
    "Browser",
    "Clock",
    "LoggiaApplication",
    "LoggiaResource",
    "LoggiaServer",
    "LoggiaServerError",
    "LoggiaUser",
    "ServerNotFound",
    "SignInFailed",
    "SignedInClient",
    "TokenFactory",
    "server_binary",
]
