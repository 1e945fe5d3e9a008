"""Captures a minute by one worker, against a server on this machine.

`pytest tests/benchmarks/bench_fetching.py -s -n 0`. What the other side and the name servers take comes on top; this
is what a capture costs us.
"""

from __future__ import annotations

import gzip
import shutil
import ssl
import sys
import time

import pytest
import trustme

from complaints.services.fetching.capture import capture
from tests.browser.conftest import CHROMIUMS
from tests.services.fetching.conftest import world  # noqa: F401 - the fixture
from tests.services.fetching.hostile import NOW, PAGE, SHOP, Server, answer, redirect

ROUNDS, PICTURES = 300, 5
LARGE = PAGE + b"<p>" + b"text " * 30_000


def told(name, rounds, work):
    """Run it and tell captures a minute."""
    start = time.monotonic()
    found = [work() for _ in range(rounds)]
    taken = time.monotonic() - start
    sys.stdout.write(f"\n{name}: {rounds / taken * 60:,.0f} captures a minute, {taken / rounds * 1000:.1f} ms each\n")
    assert {one.outcome for one in found} == {"captured"}
    return found


def test_captures_a_minute(world):  # noqa: F811 - the fixture
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("shop.example").configure_cert(context)
    world.hostile.said |= {"/large": answer(gzip.compress(LARGE), "Content-Encoding: gzip"), "/led": redirect("/large")}
    means = world.means()
    with Server(context) as world.others[443]:
        told("a small page", ROUNDS, lambda: capture(f"{SHOP}/", NOW, means))
        told("150 kB packed, one redirect", ROUNDS, lambda: capture(f"{SHOP}/led", NOW, means))
        told("TLS with a bad certificate", ROUNDS, lambda: capture("https://shop.example/", NOW, means))


def test_captures_a_minute_with_a_picture(world):  # noqa: F811 - the fixture
    browser = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if browser is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    means = world.means(browser=browser, browser_sandbox=False)
    found = told("with a picture", PICTURES, lambda: capture(f"{SHOP}/", NOW, means))
    assert all(one.picture for one in found)
