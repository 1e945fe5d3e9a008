"""Nothing inside is ever called: by the address of the page, by a name, by a redirect, at the second ask."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from complaints.services.fetching.addresses import INSIDE_4, INSIDE_6, NAT64, inside, read_networks
from complaints.services.fetching.asked import read_url
from complaints.services.fetching.capture import capture
from complaints.services.fetching.means import Means, connect
from tests.services.fetching.attacks import ANSWERED, WHOLE, WRITTEN
from tests.services.fetching.hostile import NOW, PAGE, PUBLIC, PUBLIC_6, SHOP, redirect

REFUSED = {"refused_inside", "bad_address"}


def told(world, record_property, attempts, wrong):
    """Every attempt ended where it should, the sentinel heard nothing, and the suite says how many there were."""
    escapes = world.sentinel.calls
    record_property("attempts", attempts)
    record_property("escapes", escapes)
    assert wrong == []
    assert (escapes, {address for address, _ in world.called} - {PUBLIC, PUBLIC_6}) == (0, set())


def test_an_address_inside_is_refused_however_it_is_written(world, record_property):
    port = world.sentinel.port
    urls = [
        *(f"{scheme}://{host}:{port}/" for host in WRITTEN for scheme in ("http", "https")),
        *(f"http://{host}/" for host in WRITTEN),
        *(whole.replace(":0", f":{port}") for whole in WHOLE),
    ]

    found = [capture(url, NOW, world.means()) for url in urls]

    # `http://shop.example\@127.0.0.1/` is the shop's, as browsers read it; no name inside was even asked for.
    others = [one for one in found if one.outcome not in REFUSED]
    told(world, record_property, len(urls), [one for one in others if one.hops[0].address != PUBLIC])
    assert [one.final for one in others] == [f"{SHOP}/@127.0.0.1:{world.sentinel.port}/"]
    assert set(world.asked) == {"shop.example", *(name for name in world.asked if name.startswith("xn--"))}


def test_a_name_that_answers_an_address_inside_is_refused(world, record_property):
    urls = []
    for number, address in enumerate(ANSWERED):
        world.names[f"a{number}.example"] = [[address]]
        world.names[f"b{number}.example"] = [[address, *ANSWERED]]
        urls += [
            f"{scheme}://{name}{number}.example:{world.sentinel.port}/" for name in "ab" for scheme in ("http", "https")
        ]

    found = [capture(url, NOW, world.means()) for url in urls]

    told(world, record_property, len(urls), [one for one in found if one.outcome != "refused_inside"])
    assert found[4].addresses == (ANSWERED[1],)
    assert ANSWERED[1] in found[4].detail
    assert found[4].hops[0].address is None


def test_a_redirect_leads_nowhere_inside(world, record_property):
    port = world.sentinel.port
    world.names["evil.example"] = [["127.0.0.1"]]
    locations = [
        *(f"http://{host}:{port}/" for host in WRITTEN),
        *(whole.replace(":0", f":{port}") for whole in WHOLE),
        f"http://evil.example:{port}/",
        f"//evil.example:{port}/",
        f"\\\\evil.example:{port}\\",
        f"/\\evil.example:{port}/",
    ]
    wrong = []
    for number, location in enumerate(locations):
        # As raw bytes: what a server of the other side sends is not bound to be a proper line.
        status = ("301 A", "302 A", "303 A", "307 A", "308 A")[number % 5]
        world.hostile.said[f"/{number}"] = (
            f"HTTP/1.1 {status}\r\nLocation: ".encode() + location.encode() + b"\r\nContent-Length: 0\r\n\r\n"
        )
        found = capture(f"{SHOP}/{number}", NOW, world.means())
        if found.outcome not in REFUSED | {"unreachable"} and {hop.address for hop in found.hops} != {PUBLIC}:
            wrong.append((location, found))

    told(world, record_property, len(locations), wrong)
    assert world.hostile.calls >= len(locations)


def test_a_name_that_answers_otherwise_at_the_second_ask_is_pinned(world, record_property):
    inward = [f"http://rebind.example:{world.sentinel.port}/again", "http://rebind.example/again"]
    world.hostile.said["/"] = redirect(inward[0])
    for _ in range(10):
        world.names["rebind.example"] = [[PUBLIC], ["127.0.0.1"]]
        found = capture("http://rebind.example/", NOW, world.means())
        assert (found.outcome, found.html) == ("captured", PAGE)
        assert world.asked.count("rebind.example") == 1
        world.asked.clear()
    # At the next capture the name is inside, and is refused; between two names a fresh answer is checked.
    world.names["rebind.example"] = [["169.254.169.254"]]
    assert capture(inward[1], NOW, world.means()).outcome == "refused_inside"
    world.hostile.said["/"] = redirect(inward[0])
    world.names["rebind.example"] = [["127.0.0.1"], [PUBLIC]]
    last = capture(f"{SHOP}/", NOW, world.means())
    assert [hop.url for hop in last.hops] == [f"{SHOP}/", inward[0]]

    told(world, record_property, 12, [last] if last.outcome != "refused_inside" else [])


def test_of_mixed_answers_only_those_outside_are_called(world, record_property):
    world.names["mixed.example"] = [["127.0.0.1", PUBLIC, "::1"]]
    world.names["sixth.example"] = [["fe80::1", PUBLIC_6]]

    found = [capture(f"http://{name}.example/", NOW, world.means()) for name in ("mixed", "sixth")]

    told(world, record_property, 2, [one for one in found if one.outcome != "captured"])
    assert [one.hops[0].address for one in found] == [PUBLIC, PUBLIC_6]
    assert found[0].addresses == ("127.0.0.1", PUBLIC, "::1")


def test_what_the_operator_denies_and_other_ports_are_inside_too(world, record_property):
    means = world.means(denied=read_networks(f"192.0.43.0/24, {PUBLIC}, 2606:2800::/32"))
    world.names["sixth.example"] = [[PUBLIC_6]]
    wrapped = f"[64:ff9b::{PUBLIC}]"
    denied = [f"{SHOP}/", f"http://{PUBLIC}/", f"http://{wrapped}/", "http://sixth.example/"]
    ports = [f"{SHOP}:{port}/" for port in (22, 25, 3306, 5432, 6379, 11211)]
    world.hostile.said["/port"] = redirect(f"{SHOP}:6379/")

    found = [
        *(capture(url, NOW, means) for url in denied),
        *(capture(url, NOW, world.means()) for url in [*ports, f"{SHOP}/port"]),
    ]

    assert [one.outcome for one in found] == ["refused_inside"] * 4 + ["bad_address"] * 7
    told(world, record_property, len(found), [])
    assert world.called == [(PUBLIC, 80)]


def test_the_surroundings_change_nothing(world, record_property, monkeypatch):
    """Neither a proxy of the environment is used, nor does the product's own connector call this machine."""
    proxy = f"http://127.0.0.1:{world.sentinel.port}"
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy)
    assert capture(f"{SHOP}/", NOW, world.means()).outcome == "captured"

    with pytest.raises(PermissionError):
        connect("127.0.0.1", world.sentinel.port, 1.0)
    told(world, record_property, 2, [])


def nobody(*_arguments):
    """A world in which nobody answers."""
    raise ConnectionRefusedError


NETS_4 = st.sampled_from(read_networks(",".join(INSIDE_4)))
NETS_6 = st.sampled_from(read_networks(",".join((*INSIDE_6, "::/3", "4000::/2", "8000::/1"))))
WRAPS = (
    lambda four: IPv6Address(0xFFFF << 32 | four),
    IPv6Address,
    lambda four: IPv6Address(int(IPv6Address("64:ff9b::")) | four),
    lambda four: IPv6Address(0x2002 << 112 | four << 80),
    lambda four: IPv6Address(0x20010000 << 96 | four << 64 | 1),
    lambda four: IPv6Address(0x20010000 << 96 | 1 << 64 | (four ^ 0xFFFFFFFF)),
    lambda four: IPv6Address(0x2606 << 112 | 0x5EFE << 32 | four),
)


@settings(deadline=None)
@given(NETS_4, st.integers(0, 2**32 - 1), NETS_6, st.integers(0, 2**128 - 1), st.sampled_from(WRAPS))
def test_every_address_of_an_inside_network_is_inside_bare_or_wrapped(net, bits, net_6, bits_6, wrap):
    four = int(net.network_address) | bits & int(net.hostmask)
    sixth = IPv6Address(int(net_6.network_address) | bits_6 & int(net_6.hostmask))

    assert inside(str(IPv4Address(four)))
    assert inside(str(wrap(four)))
    # Beyond the lists only what wraps an address outside is taken from there.
    assert inside(str(sixth)) or sixth in NAT64


@settings(deadline=None)
@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_whatever_is_outside_is_so_for_python_too(address):
    if not inside(str(address)):
        # Python holds the prefix itself for reserved; what is behind it decides.
        told = ip_address(int(address) & 0xFFFFFFFF) if address in NAT64 else address
        assert told.is_global
        assert not any((told.is_multicast, told.is_private, told.is_reserved, told.is_loopback))


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.lists(st.sampled_from((hex, oct, str)), min_size=4, max_size=4))
def test_a_number_is_one_address_in_all_its_forms(number, parts, ways):
    heads = [number >> 8 * (3 - place) & 0xFF for place in range(parts - 1)]
    numbers = [*heads, number & (1 << 8 * (5 - parts)) - 1]
    written = ".".join(way(part).replace("0o", "0") for way, part in zip(ways, numbers, strict=False))

    assert read_url(f"http://{written}/").host == str(IPv4Address(number))


@settings(deadline=None)
@given(st.text(max_size=60), st.sampled_from(("", "http://", "https://shop.example", "http://[", "//")))
def test_whatever_is_asked_is_plain_or_a_bad_address(text, start):
    found = capture(start + text, NOW, Means(resolver=lambda *_: [PUBLIC], connector=nobody))

    assert found.outcome in {"bad_address", "refused_inside", "unreachable"}
    assert all(hop.url.isascii() and hop.url.isprintable() for hop in found.hops)
