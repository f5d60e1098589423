"""A store that speaks the protocol of S3, as strict as the real one about signatures: they are computed anew from what arrived
(AWS Signature Version 4), by none of the server's code."""

from __future__ import annotations

import hashlib
import hmac
import re
import threading
import time
import urllib.parse
from calendar import timegm
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<id>[^/,]+)/(?P<day>\d{8})/(?P<region>[^/,]+)/s3/aws4_request,"
    r" ?SignedHeaders=(?P<names>[a-z0-9;-]+), ?Signature=(?P<signature>[0-9a-f]{64})"
)
MAX_SKEW = 15 * 60


@dataclass
class Keys:
    id: str
    secret: str
    region: str


@dataclass
class Stored:
    body: bytes
    headers: dict[str, str]


def refusal(keys: Keys, method: str, target: str, headers: dict[str, str], body: bytes, now: float) -> str | None:
    """Why a request is refused, as S3 names it. The names of the headers are in lower case."""
    parts = AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    if not parts:
        return "AccessDenied"
    date, digest, names = headers.get("x-amz-date", ""), headers.get("x-amz-content-sha256", ""), parts["names"].split(";")
    if parts["id"] != keys.id:
        return "InvalidAccessKeyId"
    if not re.fullmatch(r"\d{8}T\d{6}Z", date) or parts["day"] != date[:8] or parts["region"] != keys.region:
        return "AuthorizationHeaderMalformed"
    if abs(timegm(time.strptime(date, "%Y%m%dT%H%M%SZ")) - now) > MAX_SKEW:
        return "RequestTimeTooSkewed"
    if hashlib.sha256(body).hexdigest() != digest:
        return "XAmzContentSHA256Mismatch"
    must = {"host", *(name for name in headers if name.startswith("x-amz-") or name == "content-type")}
    if names != sorted(names) or not must <= set(names):
        return "AccessDenied"
    path, _, query = target.partition("?")
    path = urllib.parse.quote(urllib.parse.unquote(path), safe="/-_.~")
    canonical = [method, path, query, *(f"{name}:{' '.join(headers.get(name, '').split())}" for name in names), "", ";".join(names), digest]
    scope = f"{parts['day']}/{keys.region}/s3/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", date, scope, hashlib.sha256("\n".join(canonical).encode()).hexdigest()])
    key = ("AWS4" + keys.secret).encode()
    for part in [parts["day"], keys.region, "s3", "aws4_request"]:
        key = hmac.digest(key, part.encode(), "sha256")
    wanted = hmac.digest(key, text.encode(), "sha256").hex()
    return None if hmac.compare_digest(wanted, parts["signature"]) else "SignatureDoesNotMatch"


class ObjectStore:
    """One bucket."""

    def __init__(self, keys: Keys, bucket: str, port: int) -> None:
        self.keys, self.bucket = keys, bucket
        self.objects: dict[str, Stored] = {}
        self.refusals: list[str] = []
        self.is_away = False
        store = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                store.answer(self)

            do_PUT = do_DELETE = do_GET

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("localhost", port), Handler)
        self.endpoint = f"http://localhost:{port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in request.headers.items()}
        if self.is_away:
            return self._send(request, 503, b"<Error><Code>SlowDown</Code></Error>")
        reason = refusal(self.keys, request.command, request.path, headers, body, time.time())
        if reason:
            self.refusals.append(reason)
            return self._send(request, 403, f"<Error><Code>{reason}</Code></Error>".encode())
        bucket, _, key = request.path[1:].partition("/")
        if bucket != self.bucket or not key:
            return self._send(request, 404, b"<Error><Code>NoSuchBucket</Code></Error>")
        if request.command == "PUT":
            self.objects[key] = Stored(body, headers)
            return self._send(request, 200, b"")
        if request.command == "DELETE":
            self.objects.pop(key, None)
            return self._send(request, 204, b"")
        found = self.objects.get(key)
        return self._send(request, 200, found.body) if found else self._send(request, 404, b"<Error><Code>NoSuchKey</Code></Error>")

    @staticmethod
    def _send(request: BaseHTTPRequestHandler, status: int, body: bytes) -> None:
        request.send_response(status)
        if status != 204:
            request.send_header("content-length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)
