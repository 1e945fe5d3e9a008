"""Who registered a name is asked through the same door; where nobody can be asked or knows, there is no answer."""

from __future__ import annotations

from complaints.services.fetching.capture import capture
from tests.services.fetching.hostile import NOW, PUBLIC, Server, answer, redirect

RDAP = b'{"ldhName": "shop.example"}'
KIND = "application/rdap+json; charset=utf-8"
ASKED = "http://www.a.shop.example/"


def test_a_registry_is_asked_by_rdap_and_else_by_whois(world):
    world.hostile.said |= {
        "/domain/a.shop.example": answer(b"{}", status="404 Not Found", kind=KIND),
        "/domain/shop.example": redirect("http://registry.example/shop"),
        "/shop": answer(RDAP, kind=KIND),
        f"/ip/{PUBLIC}": answer(b'{"name": "NET"}', kind=KIND),
    }
    with Server(until=b"\r\n") as registry:
        world.others[43] = registry
        registry.said |= {"shop.example": b"\r\nHolder: \xff\r\n", "a.shop.example": b""}
        servers = {"example": "whois.registry.example"}
        by_rdap = capture(ASKED, NOW, world.means(rdap="http://rdap.example/"))
        of_address = capture(f"http://{PUBLIC}/", NOW, world.means(rdap="http://rdap.example", whois_servers=servers))
        by_whois = capture(ASKED, NOW, world.means(whois_servers=servers))
        world.hostile.said["/shop"] = answer(RDAP, kind="text/html")
        otherwise = capture(ASKED, NOW, world.means(rdap="http://rdap.example", whois_servers=servers))
        world.hostile.said["/"] = answer(b"", status="204 No Content", kind="")
        of_no_page = capture(ASKED, NOW, world.means(whois_servers=servers))

    assert by_rdap.whois == RDAP.decode()
    assert of_address.whois == '{"name": "NET"}'
    assert {one.whois for one in (by_whois, otherwise, of_no_page)} == {"Holder: \ufffd"}
    assert registry.heard[:2] == [b"a.shop.example\r\n", b"shop.example\r\n"]


def test_a_registry_that_is_inside_slow_endless_or_away_is_none(world, record_property):
    world.names["rdap.example"] = world.names["whois.example"] = [["169.254.169.254"]]
    world.hostile.said["/domain/shop.example"] = redirect(f"http://127.0.0.1:{world.sentinel.port}/")
    servers = {"example": "whois.example"}
    away = [
        world.means(rdap="http://rdap.example", whois_servers=servers),
        world.means(rdap="http://far.example", whois_servers={"example": "127.0.0.1"}),
        world.means(rdap="gopher://127.0.0.1", whois_servers={"example": "localhost"}),
    ]
    found = [capture(ASKED, NOW, means) for means in away]
    world.hostile.said.clear()
    # A name of a hostile registry: it listens and is silent, or never ends.
    slow = world.means(whois_servers={"example": "far.example"}, whois_seconds=0.2)
    silent = capture(ASKED, NOW, slow)
    inside = capture("http://127.0.0.1/", NOW, world.means(rdap="http://far.example"))

    record_property("attempts", len(away))
    record_property("escapes", world.sentinel.calls)
    assert {(one.outcome, one.whois) for one in (*found, silent)} == {("captured", None)}
    assert (inside.outcome, inside.whois) == ("refused_inside", None)
    assert world.sentinel.calls == 0
    assert {address for address, _ in world.called} == {PUBLIC}
