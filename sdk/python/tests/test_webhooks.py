"""Signatures of webhooks, as the contract records them (trace 60-03): hexadecimal HMAC-SHA256 of the raw body."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from logto import TokenError
from logto.webhooks import verify_webhook

KEY = "wHk3y"
BODY = '{"event":"Organization.Created","createdAt":"2026-01-01T00:00:00.000Z","data":{"name":"ö"},"hookId":"h"}'.encode()
SIGNATURE = hmac.new(KEY.encode(), BODY, hashlib.sha256).hexdigest()


def test_a_webhook_of_the_server_is_accepted():
    verify_webhook(KEY, BODY, SIGNATURE)
    # RFC 4231 section 4.3: what is computed is HMAC-SHA256.
    verify_webhook("Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")


@pytest.mark.parametrize("header", [None, "", SIGNATURE[:-1], SIGNATURE + "0", "0" * 64, "é" * 64, "sha256=" + SIGNATURE])
def test_other_signatures_are_refused(header):
    with pytest.raises(TokenError) as caught:
        verify_webhook(KEY, BODY, header)
    assert caught.value.code == "webhook.bad_signature" and "401" in caught.value.next_step


def test_a_changed_body_and_another_key_are_refused():
    for key, body in ((KEY, BODY + b" "), (KEY, BODY.replace(b"Created", b"Deleted")), ("other", BODY)):
        with pytest.raises(TokenError):
            verify_webhook(key, body, SIGNATURE)
    with pytest.raises(ValueError):
        verify_webhook("", BODY, hmac.new(b"", BODY, hashlib.sha256).hexdigest())
