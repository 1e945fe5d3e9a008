"""Somebody at a browser without script, over real HTTP, who tries again until the centre answers."""

from __future__ import annotations

import http.client
import re
import time
import urllib.parse
from http import HTTPStatus
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING

from tests.servers import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Mapping

# Bounds a failure only: whoever is not answered asks again.
PATIENCE = 300.0
PAUSE = 0.2


class Person:
    """A browser without script that tries again until it is answered, as a person does."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}

    def get(self, path: str) -> tuple[int, str, str]:
        """Status, text and where it leads."""
        return self._ask("GET", path, None)

    def post(self, path: str, form: Mapping[str, str]) -> tuple[int, str, str]:
        """Send a form with the token of its page."""
        return self._ask("POST", path, urllib.parse.urlencode(form).encode())

    def fill(self, path: str, form: Mapping[str, str]) -> str:
        """Look at a page, fill it in, send it; again from the page when the answer got lost. Returns where it leads."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            status, page, leads = self.get(path)
            if status != 200:
                if leads:
                    return leads
                time.sleep(PAUSE)
                continue
            token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
            status, answer, leads = self.post(path, {**form, "csrf_token": token.group(1) if token else ""})
            if status in {302, 303}:
                return leads
            if status < 500:
                raise AssertionError((path, status, answer[-2000:]))
            time.sleep(PAUSE)
        raise TimeoutError(path)

    def _ask(self, method: str, path: str, body: bytes | None) -> tuple[int, str, str]:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                status, text, leads = self._once(method, path, body)
            except (OSError, http.client.HTTPException):
                if time.monotonic() > until:
                    raise
            else:
                # Looking again is harmless; what was sent is looked up before it is sent again.
                if method == "POST" or status < HTTPStatus.INTERNAL_SERVER_ERROR or time.monotonic() > until:
                    return status, text, leads
            time.sleep(PAUSE)

    def _once(self, method: str, path: str, body: bytes | None) -> tuple[int, str, str]:
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=30)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
            for header in answer.headers.get_all("Set-Cookie") or []:
                for name, morsel in SimpleCookie(header).items():
                    self.cookies[name] = morsel.value
            return answer.status, text, answer.headers.get("Location", "")
        finally:
            connection.close()
