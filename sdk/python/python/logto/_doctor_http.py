"""Requests that look at an answer as it is: without redirects, without the rules of the core."""

from __future__ import annotations

import http.client
import json
import os
import socket
import ssl
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPMessage
from typing import IO, Any, Dict, Optional
from urllib.parse import urlsplit

from ._json import Json

MAX_BODY = 1 << 20
OTHER_SERVER = "Look whether the server, and not something in front of it, answers at this address."


class ProbeError(Exception):
    """There is no answer, or not one that can be read."""

    def __init__(self, message: str, next_step: str) -> None:
        super().__init__(message)
        self.next_step = next_step


@dataclass(frozen=True)
class Certificate:
    """The protocol version, and for how many days the certificate is still valid."""

    protocol: str
    days: int


@dataclass(frozen=True)
class Answer:
    """An answer to GET."""

    status: int
    location: Optional[str]
    body: bytes

    def json(self) -> Dict[str, Any]:
        """
        :raises ProbeError: when the body is no JSON object.
        """
        try:
            value: Json = json.loads(self.body)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise ProbeError(f"status {self.status}, and the answer is no JSON object", OTHER_SERVER)
        return value


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str) -> None:
        return None


class Plain:
    """A client without state."""

    def __init__(self, ca_bundle: Optional[str], timeout: float) -> None:
        """
        :param ca_bundle: a PEM file or a directory of them, instead of the system's authorities.
        :param timeout: in seconds.
        """
        self._ca_bundle, self._timeout = ca_bundle, timeout

    def get(self, url: str) -> Answer:
        """
        :raises ProbeError: when nothing answers.
        """
        if urlsplit(url).scheme not in ("http", "https"):
            raise ProbeError(f"{url} is no web address", "Look at the addresses in the server's discovery document.")
        handlers = [_NoRedirects(), urllib.request.HTTPSHandler(context=self._context())]
        request = urllib.request.Request(url, headers={"Accept": "application/json, text/html;q=0.5", "User-Agent": "logto-doctor"})
        try:
            with urllib.request.build_opener(*handlers).open(request, timeout=self._timeout) as answer:
                return Answer(answer.status, answer.headers.get("location"), answer.read(MAX_BODY))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers.get("location"), error.read(MAX_BODY))
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = error.reason if isinstance(error, urllib.error.URLError) else error
            raise ProbeError(str(reason), _next_step(reason)) from error

    def certificate(self, host: str, port: int) -> Optional[Certificate]:
        """What the server shows; None when a proxy stands between.

        :raises ProbeError: when it cannot be reached, or is not to be trusted.
        """
        if urllib.request.getproxies().get("https") and not urllib.request.proxy_bypass(host):
            return None
        try:
            with socket.create_connection((host, port), self._timeout) as plain:
                with self._context().wrap_socket(plain, server_hostname=host) as wrapped:
                    ends = ssl.cert_time_to_seconds(str((wrapped.getpeercert() or {})["notAfter"]))
                    return Certificate(wrapped.version() or "TLS", int((ends - time.time()) // 86400))
        except (OSError, ValueError) as error:
            raise ProbeError(f"{host}:{port}: {error}", _next_step(error)) from error

    def _context(self) -> ssl.SSLContext:
        if self._ca_bundle is None:
            return ssl.create_default_context()
        try:
            if os.path.isdir(self._ca_bundle):
                return ssl.create_default_context(capath=self._ca_bundle)
            return ssl.create_default_context(cafile=self._ca_bundle)
        except OSError as error:
            raise ProbeError(f"{self._ca_bundle}: {error}", "Give a PEM file, or a directory of them, as --ca-bundle.") from error


def _next_step(reason: object) -> str:
    if isinstance(reason, ssl.SSLCertVerificationError):
        return "Use a certificate for this name from an authority that this machine trusts, or give the authority as --ca-bundle."
    if isinstance(reason, ssl.SSLError):
        return "Look whether this port speaks TLS 1.2 or 1.3."
    if isinstance(reason, socket.gaierror):
        return "Look whether the name is right, and known to this machine's DNS."
    if isinstance(reason, ConnectionRefusedError):
        return "Look whether the server runs, and listens on this port."
    return "Look at firewalls and proxies between this machine and the server."
