"""Secrets and signatures of webhooks: https://github.com/standard-webhooks/standard-webhooks, the symmetric kind."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from complaints.domain.webhook import WebhookEndpoint

PREFIX = "whsec_"


def secret(endpoint: WebhookEndpoint, generation: int, secret_key: str) -> str:
    """What the agency's system checks signatures with; a change of the centre's own secret changes it."""
    return PREFIX + base64.b64encode(_key(endpoint, generation, secret_key)).decode()


def headers(endpoint: WebhookEndpoint, message_key: str, body: bytes, secret_key: str, now: datetime) -> dict[str, str]:
    """The three headers of one try, signed with every secret that still counts."""
    moment = str(int(now.timestamp()))
    signed = f"{message_key}.{moment}.".encode() + body
    generations = [endpoint.generation]
    if endpoint.both_until is not None and now < endpoint.both_until:
        generations.append(endpoint.generation - 1)
    signatures = [_sign(_key(endpoint, generation, secret_key), signed) for generation in generations]
    return {"webhook-id": message_key, "webhook-timestamp": moment, "webhook-signature": " ".join(signatures)}


def _sign(key: bytes, signed: bytes) -> str:
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def _key(endpoint: WebhookEndpoint, generation: int, secret_key: str) -> bytes:
    return hmac.digest(secret_key.encode(), f"webhook:{endpoint.key}:{generation}".encode(), hashlib.sha256)
