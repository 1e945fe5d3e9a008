"""An address as somebody wrote it, read the way browsers read it (https://url.spec.whatwg.org), into one plain form.

Nothing after this module sees the words that were written: what is resolved, checked, connected and sent to the other
side is the plain form, so that no two readers can understand one address differently.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote, unquote, urljoin

from complaints.services.fetching.addresses import read_address
from complaints.services.fetching.ended import Ended

LONGEST = 4096
LONGEST_NAME, LONGEST_LABEL = 253, 63
PORTS = {"http": 80, "https": 443}
HIGHEST_PORT = 2**16 - 1
DROPPED = str.maketrans("", "", "\t\r\n")
EDGES = "".join(map(chr, range(0x21)))
WEB = re.compile(r"(https?):[/\\]*(.*)", re.IGNORECASE | re.DOTALL)
# `shop.example/a` and `shop.example:8080`, as people write them; `tel:` and `javascript:` look otherwise.
BARE = re.compile(r"[^/\\?#:]+(?::\d{1,5})?(?:[/\\?#].*)?", re.DOTALL)
LEFT_ALONE = "%/:=&?~+!$,;'@()*[]|"
# What browsers overlook in a name: soft hyphen, zero width, byte order mark, variation selectors; full stops of others.
OVERLOOKED = {0xAD: None, 0x200B: None, 0x2060: None, 0xFEFF: None, **dict.fromkeys(range(0xFE00, 0xFE10))}
LABEL = re.compile(r"[a-z0-9_-]+")
NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
MOST_PARTS = 4
HIGHEST_BYTE = 0xFF
NO_NUMBER = "the host is a number that is no address"


@dataclass(frozen=True, slots=True)
class Target:
    """One plain address: a host in lower-case ASCII or an IP address in its usual form, and an ASCII path."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host and, where it is not the scheme's own, port: what stands in the Host line."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole in one line."""
        return f"{self.scheme}://{self.authority}{self.path}"


def read_url(text: str) -> Target:
    """Read an address; raises `Ended` as a bad one. Names and passwords before an @ are left out."""
    if len(text) > LONGEST:
        raise Ended("bad_address", "the address is too long")
    text = text.strip(EDGES).translate(DROPPED)
    found = WEB.fullmatch(text)
    if found is None and BARE.fullmatch(text):
        scheme, rest = "http", text
    elif found is not None:
        scheme, rest = found[1].lower(), found[2]
    else:
        raise Ended("bad_address", "only http and https are fetched")
    authority = re.split(r"[/\\?#]", rest, maxsplit=1)[0]
    host, port = _split(authority.rpartition("@")[2], scheme)
    return Target(scheme, host, port, _path(rest[len(authority) :]))


def read_redirect(location: str, base: Target) -> Target:
    """Where an answer sends the asker; raises `Ended` as a bad address."""
    if len(location) > LONGEST:
        raise Ended("bad_address", "the address is too long")
    # Before a question mark browsers take a backslash for a slash.
    path, mark, query = location.strip(EDGES).translate(DROPPED).partition("?")
    try:
        whole = urljoin(base.url, path.replace("\\", "/") + mark + query)
    except ValueError:
        raise Ended("bad_address", "the redirect leads to no address") from None
    if WEB.fullmatch(whole) is None:
        raise Ended("bad_address", f"the redirect leads to {whole[:80]!r}: only http and https are fetched")
    return read_url(whole)


def _path(tail: str) -> str:
    tail = tail.partition("#")[0]
    path, mark, query = tail.partition("?")
    path = path.replace("\\", "/") or "/"
    return quote(path + mark + query, safe=LEFT_ALONE, errors="replace")


def _split(authority: str, scheme: str) -> tuple[str, int]:
    if authority.startswith("["):
        name, bracket, rest = authority.partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise Ended("bad_address", "the brackets of the host do not close")
        return _sixth(name[1:]), _port(rest[1:], scheme)
    name, _, port = authority.partition(":")
    return _host(name), _port(port, scheme)


def _port(text: str, scheme: str) -> int:
    if not text:
        return PORTS[scheme]
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) <= HIGHEST_PORT):  # noqa: PLR2004 - digits of the highest port
        raise Ended("bad_address", "the port is no number of a port")
    return int(text)


def _sixth(text: str) -> str:
    address = read_address(text)
    if not isinstance(address, IPv6Address):
        raise Ended("bad_address", "what stands in brackets is no IPv6 address")
    return str(address)


def _host(text: str) -> str:
    plain = unicodedata.normalize("NFKC", unquote(text, errors="replace").translate(OVERLOOKED)).lower()
    plain = plain.replace("。", ".").removesuffix(".")
    labels = plain.split(".")
    if NUMBER.fullmatch(labels[-1]):
        return _fourth(labels)
    name = ".".join(_label(label) for label in labels)
    if len(name) > LONGEST_NAME:
        raise Ended("bad_address", "the host's name is too long")
    return name


def _label(label: str) -> str:
    """One part of a name; other letters than ASCII in Punycode, as the DNS holds them."""
    if not label.isascii() and all(
        sign.isalnum() or unicodedata.category(sign)[0] in "MS" for sign in label if sign != "-"
    ):
        label = f"xn--{label.encode('punycode').decode('ascii')}"
    if LABEL.fullmatch(label) is None or len(label) > LONGEST_LABEL:
        raise Ended("bad_address", "the host has no proper name")
    return label


def _fourth(labels: list[str]) -> str:
    """An IPv4 address in any form that browsers know: fewer parts, octal, hexadecimal."""
    *heads, last = (_number(label) for label in labels)
    if len(labels) > MOST_PARTS or any(number > HIGHEST_BYTE for number in heads):
        raise Ended("bad_address", NO_NUMBER)
    # The last part fills all bytes that the others leave.
    if last >= 1 << 8 * (MOST_PARTS - len(heads)):
        raise Ended("bad_address", NO_NUMBER)
    return str(IPv4Address(last + sum(number << 8 * (3 - place) for place, number in enumerate(heads))))


def _number(text: str) -> int:
    try:
        if text.startswith("0x"):
            return int(text[2:] or "0", 16)
        return int(text, 8) if text.startswith("0") else int(text)
    except ValueError:
        raise Ended("bad_address", NO_NUMBER) from None
