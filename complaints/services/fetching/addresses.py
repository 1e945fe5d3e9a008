"""Which addresses lie outside: only what the whole Internet reaches at one place, and nothing of the operator's own.

The lists are those of IANA's special-purpose registries (RFC 6890), written out: `ipaddress.is_global` changed its mind
between versions of Python, and knows neither wrapped addresses nor what hosting companies put at public ones.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

INSIDE_4 = {
    "0.0.0.0/8": "this network",
    "10.0.0.0/8": "private",
    "100.64.0.0/10": "carrier's own",
    "127.0.0.0/8": "loopback",
    "168.63.129.16/32": "a hosting company's inside service",
    "169.254.0.0/16": "link-local",
    "172.16.0.0/12": "private",
    "192.0.0.0/24": "protocol assignments",
    "192.0.2.0/24": "documentation",
    "192.31.196.0/24": "reserved",
    "192.52.193.0/24": "reserved",
    "192.88.99.0/24": "6to4 relay",
    "192.168.0.0/16": "private",
    "192.175.48.0/24": "reserved",
    "198.18.0.0/15": "benchmarks",
    "198.51.100.0/24": "documentation",
    "203.0.113.0/24": "documentation",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved",
}
# Beyond 2000::/3 no IPv6 address is global unicast: loopback, mapped, local, link-local, multicast lie there.
UNICAST_6 = IPv6Network("2000::/3")
INSIDE_6 = {
    "2001::/23": "protocol assignments, Teredo among them",
    "2001:db8::/32": "documentation",
    "2002::/16": "6to4",
    "2620:4f:8000::/48": "reserved",
    "3fff::/20": "documentation",
}
# A network without IPv4 sees every IPv4 host behind this prefix (RFC 6052): what is wrapped is judged.
NAT64 = IPv6Network("64:ff9b::/96")
# ISATAP writes an IPv4 address behind these four bytes (RFC 5214); the first may have its lowest bits set.
ISATAP, ISATAP_MASK = 0x00005EFE, 0xFCFFFFFF
IPV4_MASK = 0xFFFFFFFF

_inside_4 = tuple((IPv4Network(net), why) for net, why in INSIDE_4.items())
_inside_6 = tuple((IPv6Network(net), why) for net, why in INSIDE_6.items())


def read_address(text: str) -> Address | None:
    """An address in its usual form; a zone as in `fe80::1%eth0` names an interface of ours and makes it none."""
    try:
        return None if "%" in text else ip_address(text)
    except ValueError:
        return None


def inside(text: str, denied: Iterable[Network] = ()) -> str:
    """Why nothing at this address may be asked; empty for an address outside."""
    address = read_address(text)
    if address is None:
        return "no address"
    if any(address in net for net in denied):
        return "denied by the operator"
    if isinstance(address, IPv4Address):
        return _among(address, _inside_4)
    return _inside_sixth(address, denied)


def _inside_sixth(address: IPv6Address, denied: Iterable[Network]) -> str:
    if address in NAT64:
        return inside(str(IPv4Address(int(address) & IPV4_MASK)), denied)
    if address not in UNICAST_6:
        return "loopback" if address.is_loopback else "not global unicast"
    if (int(address) >> 32) & ISATAP_MASK == ISATAP:
        return "ISATAP"
    return _among(address, _inside_6)


def _among(address: Address, nets: Iterable[tuple[Network, str]]) -> str:
    return next((why for net, why in nets if address in net), "")


def read_networks(text: str) -> tuple[Network, ...]:
    """Networks and single addresses between commas; raises `ValueError`."""
    return tuple(ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())
