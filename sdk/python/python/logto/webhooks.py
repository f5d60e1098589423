"""Webhooks: is a request really from the server?"""

from __future__ import annotations

import hashlib
import hmac
from typing import Optional, Union

from .LogtoException import TokenError

SIGNATURE_HEADER = "logto-signature-sha-256"


def verify_webhook(signing_key: str, raw_body: Union[bytes, bytearray, memoryview], header: Optional[str]) -> None:
    """Checks the signature of a webhook, in time that does not depend on where it differs.

    :param signing_key: the key of the webhook, as the console shows it.
    :param raw_body: the body's bytes as they came, before any JSON parser.
    :param header: the value of ``logto-signature-sha-256``; None when it is missing.
    :raises TokenError: ``webhook.bad_signature`` when the request is not to be trusted.
    :raises ValueError: when the signing key is empty, since then anybody could sign.
    """
    if not signing_key:
        raise ValueError("The signing key of the webhook is empty")
    expected = hmac.new(signing_key.encode(), raw_body, hashlib.sha256).hexdigest()
    # As bytes: texts with other characters than ASCII cannot be compared in constant time.
    if not hmac.compare_digest(expected.encode(), (header or "").strip().encode()):
        raise TokenError("The webhook's signature is not the one of its body", code="webhook.bad_signature")
