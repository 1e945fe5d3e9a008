"""The complainant's secret: twenty digits (66 bits) in groups that can be read out on the phone."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

from complaints.domain.thai_time import ARABIC_DIGITS

DIGITS = 20
GROUP = 4
TOKEN_LETTERS = 40


def new_secret(key: str, submission: str) -> str:
    """The secret of one submission; the same submission sent twice gets the same secret, nobody else can compute it."""
    digest = hmac.new(key.encode(), b"case-secret:" + submission.encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(digest, 'big') % 10**DIGITS:0{DIGITS}d}"


def new_token(key: str, submission: str) -> str:
    """A token of one submission: the same sent twice has the same one; it opens nothing but says the public id."""
    return hmac.new(key.encode(), b"request-token:" + submission.encode(), hashlib.sha256).hexdigest()[:TOKEN_LETTERS]


def grouped(secret: str) -> str:
    """`1234 5678 ...`: as it is shown and read out."""
    return " ".join(secret[start : start + GROUP] for start in range(0, len(secret), GROUP))


def read_secret(text: str) -> str:
    """Only the digits of what somebody typed, Thai digits included."""
    return re.sub(r"\D", "", text.translate(ARABIC_DIGITS))


def hash_secret(secret: str) -> str:
    """Salted SHA-256; enough for 66 random bits, which nobody can try out."""
    salt = secrets.token_hex(16)
    return f"{salt}${_digest(salt, secret)}"


def secret_matches(secret: str, stored: str) -> bool:
    """Compare in constant time; an unknown case is compared with `NOBODY`, so that it takes as long."""
    salt, _, digest = stored.partition("$")
    return hmac.compare_digest(_digest(salt, secret), digest)


def token_hash(token: str) -> str:
    """SHA-256 of a random token: what a table keeps of a cookie or a link."""
    return hashlib.sha256(token.encode()).hexdigest()


def _digest(salt: str, secret: str) -> str:
    return hashlib.sha256(f"{salt}:{secret}".encode()).hexdigest()


NOBODY = "0" * 32 + "$" + "0" * 64
