"""What a page's server answers: kept when it is a page, ended by its own name when it is something else."""

from __future__ import annotations

import ssl
import tracemalloc

import pytest
import trustme

from complaints.domain.captured import OUTCOMES
from complaints.services.fetching.capture import capture
from complaints.services.fetching.ended import Ended
from complaints.services.fetching.unpacking import Unpacking
from tests.services.fetching.hostile import ANSWERS, NOW, PAGE, PUBLIC, SHOP, Server, packed

KEPT = (
    "/",
    "/chunked",
    "/until-closed",
    "/gzip",
    "/deflate",
    "/headless",
    "/no-type",
    "/missing",
    "/short",
    "/surplus",
)
# These never end by themselves: they are cut off by bytes, whatever they are made of.
ENDLESS = (
    "/endless",
    "/endless-chunks",
    "/endless-chunk-line",
    "/endless-header",
    "/endless-headers",
    "/endless-continue",
    "/huge-length",
    "/bomb",
    "/double-bomb",
)
SILENT = ("/silent", "/silent-head", "/silent-body")
NO_PAGE = ("/many-layers", "/brotli", "/damaged", "/empty", "/unchanged", "/apk", "/picture")
BROKEN = ("/garbage", "/nothing", "/status")


def test_a_page_is_kept_as_it_was_sent(world):
    found = {path: capture(SHOP + path, NOW, world.means()) for path in KEPT}

    assert {path: (one.outcome, one.html) for path, one in found.items()} == dict.fromkeys(KEPT, ("captured", PAGE))
    assert {one.title for one in found.values()} == {"ร้านสมมุติ & Co"}
    assert (found["/missing"].hops[-1].status, found["/"].hops[-1].status) == (404, 200)
    assert found["/short"].notes == ("the answer broke off: ProtocolError",)
    first = found["/"]
    assert (first.asked, first.final, first.at, first.addresses) == (f"{SHOP}/", f"{SHOP}/", NOW, (PUBLIC,))
    assert ("Content-Type", "text/html; charset=utf-8") in first.headers
    assert (len(first.html_sha256), first.picture, first.picture_sha256, first.whois) == (64, None, None, None)


def test_an_answer_without_end_is_cut_off(world):
    found = {path: capture(SHOP + path, NOW, world.means()) for path in ENDLESS}

    ends = {path: one.outcome for path, one in found.items()}
    # Lines have limits of their own in Python's HTTP: it gives up before the bytes are spent.
    assert ends == {path: "unreachable" if "header" in path or "line" in path else "too_large" for path in ENDLESS}
    # What came until then stays: a page does not escape being evidence by being long.
    assert {len(found[path].html) > 100_000 for path in ("/endless", "/endless-chunks", "/huge-length")} == {True}
    assert max(len(one.html or b"") for one in found.values()) <= 200_000
    assert found["/endless"].final == f"{SHOP}/endless"


def test_a_bomb_takes_no_room():
    bomb = packed(64 << 20, 2)
    tracemalloc.start()
    with pytest.raises(Ended):
        Unpacking("gzip, gzip", 1 << 20).take(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 8 << 20


def test_an_answer_that_does_not_come_ends_in_time(world):
    world.names["slow.example"] = [TimeoutError()]
    means = world.means(seconds=0.2)
    found = {path: capture(SHOP + path, NOW, means) for path in SILENT}
    drip = capture(f"{SHOP}/drip", NOW, means)

    assert {path: one.outcome for path, one in found.items()} == dict.fromkeys(SILENT, "too_slow")
    assert found["/silent-body"].html == PAGE
    assert (drip.outcome, drip.html[:3]) == ("too_slow", b"aaa")
    assert capture("http://slow.example/", NOW, world.means()).outcome == "too_slow"


def test_what_is_no_page_or_no_http_is_told(world):
    found = {path: capture(SHOP + path, NOW, world.means()) for path in (*NO_PAGE, *BROKEN, "/negative-length")}

    assert {path: found[path].outcome for path in NO_PAGE} == dict.fromkeys(NO_PAGE, "not_a_page")
    assert {path: found[path].outcome for path in BROKEN} == dict.fromkeys(BROKEN, "unreachable")
    assert found["/negative-length"].outcome in OUTCOMES
    assert {one.detail == "" for path, one in found.items() if path != "/negative-length"} == {False}
    assert set(ANSWERS) == {*KEPT, *ENDLESS, *SILENT, *NO_PAGE, *BROKEN, *OTHERS}


OTHERS = ("/negative-length", "/nine", "/thai", "/refresh", "/cookie", "/second", "/loop", "/drip", "/tag-soup")


def test_hops_carry_nothing_along_and_end(world):
    led = capture("http://user:secret@shop.example/cookie#part", NOW, world.means())
    looped = capture(f"{SHOP}/loop", NOW, world.means(hops=4))

    assert [(hop.url, hop.address, hop.status, hop.location) for hop in led.hops] == [
        (f"{SHOP}/cookie", PUBLIC, 302, "/second"),
        (f"{SHOP}/second", PUBLIC, 200, None),
    ]
    assert (led.outcome, led.final) == ("captured", f"{SHOP}/second")
    heard = b"".join(world.hostile.heard).lower()
    assert not any(word in heard for word in (b"cookie:", b"authorization", b"secret", b"referer", b"#part"))
    assert (looped.outcome, len(looped.hops)) == ("too_many_hops", 5)


def test_what_a_page_says_of_itself_is_read_and_not_followed(world):
    thai, onward = (capture(f"{SHOP}/{path}", NOW, world.means()) for path in ("thai", "refresh"))
    soup = capture(f"{SHOP}/tag-soup", NOW, world.means())

    assert thai.title == "พนันออนไลน์"
    assert onward.notes == ("the page sends its readers on: 0;url=http://169.254.169.254/",)
    assert len(onward.hops) == 1
    assert (soup.outcome, soup.title) == ("captured", "")


def test_names_that_nobody_knows_and_servers_that_are_away(world):
    world.names["gone.example"] = [[]]
    world.names["unknown.example"] = [OSError("no such name")]
    world.hostile.__exit__(None, None, None)

    found = [capture(f"http://{name}.example/", NOW, world.means()) for name in ("gone", "unknown", "shop")]

    assert [one.outcome for one in found] == ["unreachable"] * 3
    assert [one.addresses for one in found] == [(), (), (PUBLIC,)]


@pytest.fixture(scope="module")
def authority():
    """Who signs certificates here."""
    return trustme.CA()


def test_a_certificate_is_recorded_good_or_bad(world, authority, tmp_path, monkeypatch):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("shop.example").configure_cert(context)
    names = []
    context.sni_callback = lambda _sock, name, _context: names.append(name)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with Server(context) as secure:
        world.others[443] = secure
        unknown = capture("https://shop.example/", NOW, world.means())
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        good = capture("https://shop.example/", NOW, world.means())
        other = capture("https://other.example/", NOW, world.means())
        bare = capture(f"https://{PUBLIC}/", NOW, world.means())
        plain = capture("https://shop.example:80/", NOW, world.means(seconds=0.2))

    assert [one.outcome for one in (unknown, good, other, bare, plain)] == ["captured"] * 4 + ["too_slow"]
    assert [len(one.notes) for one in (unknown, good, other, bare)] == [2, 1, 2, 2]
    assert "shop.example: sha256 " in good.notes[0]
    assert "is not valid" in unknown.notes[1]
    assert "is not valid" in other.notes[1]
    assert set(names) == {"shop.example", "other.example", None}
    assert b"Host: shop.example\r\n" in secure.heard[0]
    # A second connection goes to the very address that was checked.
    assert {address for address, _ in world.called} == {PUBLIC}
