"""Pictures of users: on the disk of a server that is killed, and in a bucket whose store checks every signature."""

from __future__ import annotations

import struct
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from harness import Server, free_port
from object_store import Keys, ObjectStore, refusal

KEYS = Keys("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "eu-central-1")
BUCKET = "pictures"


def png(color: bytes = b"\xc8\x00\x00", side: int = 32) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    note = chunk(b"tEXt", b"Comment\0<script>alert(1)</script>")
    pixels = chunk(b"IDAT", zlib.compress((b"\0" + color * side) * side))
    return b"\x89PNG\r\n\x1a\n" + head + note + pixels + chunk(b"IEND", b"")


def upload(server: Server, file: bytes) -> requests.Response:
    server.api("GET", "/api/user-assets/service-status")
    return requests.post(
        f"{server.endpoint}/api/user-assets",
        files={"file": ("photo.png", file, "image/png")},
        headers={"Authorization": f"Bearer {server._token}"},
        timeout=30,
    )


@pytest.fixture
def store() -> Iterator[ObjectStore]:
    store = ObjectStore(KEYS, BUCKET, free_port())
    yield store
    store.close()


def with_bucket(server: Server, store: ObjectStore, **more: str) -> Server:
    server.environment |= {
        "ASSET_STORAGE": "s3",
        "ASSET_S3_ENDPOINT": store.endpoint,
        "ASSET_S3_BUCKET": store.bucket,
        "ASSET_S3_REGION": KEYS.region,
        "ASSET_S3_ACCESS_KEY_ID": KEYS.id,
        "ASSET_S3_SECRET_ACCESS_KEY": KEYS.secret,
        **more,
    }
    server.start()
    return server


@pytest.fixture
def plain(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """A server that is not started yet."""
    server = Server(request.param, tmp_path)
    yield server
    assert server.stop() in (0, -9), server.log.read_text()[-2000:]


def test_the_store_takes_the_example_of_the_specification_and_nothing_else():
    keys = Keys("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    signed = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
    signed += "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
    signed += "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    headers = {
        "host": "examplebucket.s3.amazonaws.com",
        "range": "bytes=0-9",
        "x-amz-content-sha256": empty,
        "x-amz-date": "20130524T000000Z",
        "authorization": signed,
    }
    now = 1_369_353_600
    assert refusal(keys, "GET", "/test.txt", headers, b"", now) is None
    assert refusal(keys, "GET", "/test.txt", headers, b"", now + 1000) == "RequestTimeTooSkewed"
    assert refusal(keys, "GET", "/test.txt", headers, b"x", now) == "XAmzContentSHA256Mismatch"
    assert refusal(keys, "GET", "/other.txt", headers, b"", now) == "SignatureDoesNotMatch"
    assert refusal(keys, "DELETE", "/test.txt", headers, b"", now) == "SignatureDoesNotMatch"
    assert refusal(keys, "GET", "/test.txt", {**headers, "x-amz-acl": "public-read"}, b"", now) == "AccessDenied"


@pytest.mark.parametrize("plain", ["sqlite", "postgres"], indirect=True)
def test_a_picture_goes_into_the_bucket_comes_from_there(plain: Server, store: ObjectStore):
    server = with_bucket(plain, store)
    file = png()
    answer = upload(server, file)
    assert answer.status_code == 200, (answer.text, store.refusals, server.log.read_text()[-2000:])
    url = answer.json()["url"]
    assert url.startswith(f"{server.endpoint}/user-assets/default/"), url
    [(key, stored)] = store.objects.items()
    assert url.endswith(key) and stored.body != file and b"script" not in stored.body
    assert stored.headers["content-type"] == "image/png" and "immutable" in stored.headers["cache-control"]
    served = requests.get(url, timeout=10)
    assert served.content == stored.body and served.headers["content-type"] == "image/png"
    assert served.headers["x-content-type-options"] == "nosniff" and "sandbox" in served.headers["content-security-policy"]
    assert not store.refusals


@pytest.mark.parametrize("plain", ["sqlite"], indirect=True)
def test_addresses_lead_into_the_bucket_where_everybody_may_read_it(plain: Server, store: ObjectStore):
    server = with_bucket(plain, store, ASSET_PUBLIC_URL="https://pictures.example.com/of-users/")
    url = upload(server, png()).json()["url"]
    [key] = store.objects
    assert url == f"https://pictures.example.com/of-users/{key}"


@pytest.mark.parametrize("plain", ["sqlite"], indirect=True)
def test_a_bucket_that_refuses_is_told_in_the_log_alone(plain: Server, store: ObjectStore):
    server = with_bucket(plain, store, ASSET_S3_SECRET_ACCESS_KEY="not-the-key")
    answer = upload(server, png())
    assert (answer.status_code, answer.json()["code"]) == (500, "storage.upload_error")
    assert store.refusals == ["SignatureDoesNotMatch"] and "SignatureDoesNotMatch" not in answer.text
    # A thread of its own writes the log.
    for _ in range(50):
        log = server.log.read_text()
        if "SignatureDoesNotMatch" in log:
            break
        time.sleep(0.1)
    assert "SignatureDoesNotMatch" in log and "not-the-key" not in log


@pytest.mark.parametrize("plain", ["sqlite"], indirect=True)
def test_pictures_survive_a_server_that_is_killed_and_nothing_else_is_left(plain: Server):
    server = plain
    server.start()
    url = upload(server, png()).json()["url"]
    before = requests.get(url, timeout=10).content
    server.process.kill()
    server.process.wait()
    server.start()
    assert requests.get(url, timeout=10).content == before
    folder = server.folder / "loggia.assets"
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert [path.name for path in files] == ["picture.png"]
    assert folder.stat().st_mode & 0o077 == 0 and files[0].stat().st_mode & 0o077 == 0
    assert server.stop() == 0
