"""Makes digests.txt: digests of `correct horse ä` by the libraries that people come from.

    python3.11 -m venv /tmp/digests && /tmp/digests/bin/pip install passlib 'bcrypt<4.1' argon2-cffi django cryptography werkzeug
    /tmp/digests/bin/python make.py > digests.txt

Each line is the algorithm, a tab and the digest. Salts are random, so another run makes other digests.
"""

import base64
import crypt
import hashlib
import json
import os

import argon2
import bcrypt
import django
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.conf import settings
from passlib import hash as passlib
from werkzeug.security import generate_password_hash

settings.configure(SECRET_KEY="x")
django.setup()

from django.contrib.auth import hashers  # noqa: E402

PASSWORD = "correct horse ä"
BYTES = PASSWORD.encode()


def line(algorithm: str, digest: object) -> None:
    text = digest if isinstance(digest, str) else json.dumps(digest, separators=(",", ":"))
    print(f"{algorithm}\t{text}")


def firebase() -> list[object]:
    salt, separator, signer = os.urandom(12), b"\x07", os.urandom(64)
    key = hashlib.scrypt(BYTES, salt=salt + separator, n=2**14, r=8, p=1, dklen=64, maxmem=2**26)
    cipher = Cipher(algorithms.AES(key[:32]), modes.CTR(bytes(16))).encryptor()
    text = [base64.b64encode(part).decode() for part in (salt, separator, signer)]
    return ["firebase-scrypt", ["@", *text, "8", "14"], base64.b64encode(cipher.update(signer)).decode()]


def django_digest(hasher: hashers.BasePasswordHasher, **cost: int) -> str:
    for name, value in cost.items():
        setattr(hasher, name, value)
    return hasher.encode(PASSWORD, hasher.salt())


line("MD5", hashlib.md5(BYTES).hexdigest())
line("SHA1", hashlib.sha1(BYTES).hexdigest())
line("SHA256", hashlib.sha256(BYTES).hexdigest().upper())
line("Bcrypt", bcrypt.hashpw(BYTES, bcrypt.gensalt(4)).decode())
line("Bcrypt", bcrypt.hashpw(BYTES, bcrypt.gensalt(4, prefix=b"2a")).decode())
for kind, name in ((argon2.Type.I, "Argon2i"), (argon2.Type.ID, "Argon2id"), (argon2.Type.D, "Argon2d")):
    line(name, argon2.PasswordHasher(time_cost=2, memory_cost=256, parallelism=2, type=kind).hash(PASSWORD))
for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512"):
    line("Legacy", [name, ["salt-é", "@"], hashlib.new(name, "salt-é".encode() + BYTES).hexdigest()])
line("Legacy", ["sha512-256", ["@"], hashlib.new("sha512_256", BYTES).hexdigest()])
for name in ("sha3-256", "sha3-384", "sha3-512"):
    line("Legacy", [name, ["@", "pepper"], hashlib.new(name.replace("-", "_"), BYTES + b"pepper").hexdigest()])
for name, length in (("sha1", 20), ("sha256", 40), ("sha384", 48), ("sha512", 64)):
    salt = os.urandom(8)
    derived = hashlib.pbkdf2_hmac(name, BYTES, salt, 1000, length)
    line("Legacy", ["pbkdf2", ["hex:" + salt.hex(), "1000", str(length), name, "@"], derived.hex()])
line("Legacy", firebase())
line("Legacy", django_digest(hashers.PBKDF2PasswordHasher(), iterations=1000))
line("Legacy", django_digest(hashers.PBKDF2SHA1PasswordHasher(), iterations=1000))
line("Legacy", django_digest(hashers.Argon2PasswordHasher(), time_cost=2, memory_cost=256, parallelism=2))
line("Legacy", django_digest(hashers.BCryptSHA256PasswordHasher(), rounds=4))
line("Legacy", django_digest(hashers.BCryptPasswordHasher(), rounds=4))
line("Legacy", django_digest(hashers.ScryptPasswordHasher(), work_factor=2**10))
line("Legacy", django_digest(hashers.MD5PasswordHasher()))
line("Legacy", passlib.django_salted_sha1.hash(PASSWORD))
line("Legacy", passlib.pbkdf2_sha1.using(rounds=1000).hash(PASSWORD))
line("Legacy", passlib.pbkdf2_sha256.using(rounds=1000).hash(PASSWORD))
line("Legacy", passlib.pbkdf2_sha512.using(rounds=1000).hash(PASSWORD))
line("Legacy", passlib.scrypt.using(rounds=10).hash(PASSWORD))
line("Legacy", passlib.bcrypt_sha256.using(rounds=4).hash(PASSWORD))
line("Legacy", passlib.sha256_crypt.using(rounds=5000).hash(PASSWORD))
line("Legacy", passlib.sha512_crypt.using(rounds=1234).hash(PASSWORD))
line("Legacy", crypt.crypt(PASSWORD, crypt.mksalt(crypt.METHOD_SHA256, rounds=1000)))
line("Legacy", crypt.crypt(PASSWORD, crypt.mksalt(crypt.METHOD_SHA512)))
line("Legacy", passlib.ldap_sha1.hash(PASSWORD))
line("Legacy", passlib.ldap_salted_sha1.hash(PASSWORD))
line("Legacy", passlib.ldap_salted_sha256.hash(PASSWORD))
line("Legacy", passlib.ldap_salted_sha512.hash(PASSWORD))
line("Legacy", generate_password_hash(PASSWORD, "pbkdf2:sha256:1000"))
line("Legacy", generate_password_hash(PASSWORD, "scrypt:1024:8:1"))
line("Legacy", bcrypt.hashpw(BYTES, bcrypt.gensalt(4)).decode())
line("Legacy", argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD))
