"""One normal form of a web address: the same site, or the same page of a shared host, is one word however written.

An address that no report may make the centre fetch, of a host inside or of none at all, is refused here already; the
fetcher refuses again what a name turns out to lead to.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

import yaml

from complaints.domain.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence
    from urllib.parse import SplitResult

_DATA = Path(__file__).parent / "data" / "shared_hosts.yaml"
LONGEST = 500
LONGEST_HOST = 253
_SCHEME = re.compile(r"^h(?:tt|xx)p(s?):(?://|\\\\)", re.IGNORECASE)
_OTHER_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*:(?!\d{1,5}(?:/|$))", re.IGNORECASE)
_DEFUSED = re.compile(r"[\[({](?:\.|dot)[\])}]", re.IGNORECASE)
_LABEL = re.compile(r"^(?!-)[a-z0-9_-]{1,63}(?<!-)$")
_NUMBER = re.compile(r"^(?:0x[0-9a-f]*|\d+)$")
_PORTS = (80, 443)
_INSIDE_NAMES = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "localdomain", "onion", "arpa")
_SAFE = "/%?&=:+,;@!$'()*~."


@dataclass(frozen=True, slots=True)
class WebAddress:
    """`key` is the same for everybody, `host` in ASCII, `url` what is fetched, `page` that it is one of many there."""

    key: str
    host: str
    url: str
    page: bool


@dataclass(frozen=True, slots=True)
class _Rules:
    """What the data file says."""

    hosts: dict[str, dict[str, Any]]
    names: dict[str, str]
    by_page: tuple[str, ...]
    tracking: frozenset[str]
    starts: tuple[str, ...]


@cache
def _rules() -> _Rules:
    told = yaml.safe_load(_DATA.read_text("utf-8"))
    names = {name: host for host, about in told["hosts"].items() for name in (host, *about.get("also", ()))}
    by_page = tuple(f".{name}" for name in told["page_by_page"])
    return _Rules(told["hosts"], names, by_page, frozenset(told["tracking"]), tuple(told["tracking_starts"]))


def read_address(text: str) -> WebAddress:
    """The normal form of what somebody wrote; raises `InvalidInput` on `address` with the reason why it is none."""
    typed = _DEFUSED.sub(".", "".join(text.split()))
    secure = _SCHEME.match(typed)
    if not secure and _OTHER_SCHEME.match(typed):
        raise InvalidInput("address", reason="website_bad")
    bare = typed[secure.end() :] if secure else typed.lstrip("/")
    try:
        parts = urlsplit(f"//{bare.replace(chr(92), '/')}")
        host, port = _host(parts.hostname or ""), parts.port
    except (ValueError, UnicodeError):
        raise InvalidInput("address", reason="website_bad") from None
    place = f"[{host}]" if ":" in host else host
    if port is not None and port not in _PORTS:
        place += f":{port}"
    path, query = _path(parts.path), _untracked(parts)
    told = f"{path}/" if not path or parts.path.endswith("/") else path
    url = f"http{'s' if secure and secure[1] else ''}://{place}{told}{'?' + urlencode(query) if query else ''}"
    key, page = _key(place, host, path, query)
    if len(url) > LONGEST or len(key) > LONGEST:
        raise InvalidInput("address", reason="website_long", limit=LONGEST)
    return WebAddress(key, host, url, page)


def shown(key: str) -> str:
    """The address as people read it: a name in other letters than Latin ones in those, with what it is in ASCII."""
    host = key.split("/", 1)[0]
    if "xn--" not in host:
        return key
    try:
        read = host.encode("ascii").decode("idna")
    except UnicodeError:
        return key
    return f"{read}{key[len(host) :]} ({host})"


def _host(name: str) -> str:
    """In ASCII and small letters; raises `InvalidInput` for a place inside, `ValueError` for none."""
    name = unquote(name).rstrip(".").lower()
    if ":" in name:
        return _outside(ipaddress.ip_address(name))
    name = name.encode("idna").decode("ascii").lower() if not name.isascii() else name
    labels = name.split(".")
    if labels[-1] in _INSIDE_NAMES or (len(labels) == 1 and labels[0].isalpha()):
        raise InvalidInput("address", reason="website_inside")
    if _NUMBER.match(labels[-1]):
        return _outside(ipaddress.IPv4Address(_as_number(labels)))
    if len(labels) == 1 or len(name) > LONGEST_HOST or not all(_LABEL.match(label) for label in labels):
        raise ValueError(name)
    return name


def _as_number(labels: Sequence[str]) -> int:
    """The parts of an address in figures as browsers read them: fewer than four, in octal or hexadecimal."""
    if len(labels) > 4 or not all(_NUMBER.match(label) for label in labels):  # noqa: PLR2004 - the parts of IPv4
        raise ValueError(labels)
    *first, last = [_figure(label) for label in labels]
    if any(part > 255 for part in first) or last >= 256 ** (4 - len(first)):  # noqa: PLR2004 - one byte each
        raise ValueError(labels)
    return sum(part << 8 * (3 - at) for at, part in enumerate(first)) + last


def _figure(label: str) -> int:
    if label.startswith("0x"):
        return int(label[2:] or "0", 16)
    return int(label, 8) if len(label) > 1 and label.startswith("0") else int(label)


def _outside(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    mapped = getattr(address, "ipv4_mapped", None)
    if not (mapped or address).is_global or address.is_multicast:
        raise InvalidInput("address", reason="website_inside")
    return str(address)


def _path(path: str) -> str:
    """Without dots that lead nowhere, doubled or last slashes, each letter written in one way."""
    kept: list[str] = []
    for part in path.split("/"):
        if part == "..":
            kept = kept[:-1]
        elif part not in {"", "."}:
            kept.append(quote(unquote(part), safe=_SAFE.replace("/", "").replace("?", "")))
    return "/" + "/".join(kept) if kept else ""


def _untracked(parts: SplitResult) -> list[tuple[str, str]]:
    rules = _rules()
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    return [
        (name, value)
        for name, value in pairs
        if name.lower() not in rules.tracking and not name.lower().startswith(rules.starts)
    ]


def _key(place: str, host: str, path: str, query: list[tuple[str, str]]) -> tuple[str, bool]:
    """What is the same for everybody, and whether it is one page of many."""
    rules = _rules()
    shared = next((rules.names[end] for end in _ends(host) if end in rules.names), None)
    if shared is not None and place == host:
        about = rules.hosts[shared]
        path = _folded(path) if about.get("fold") else path
        query = [pair for pair in query if pair[0] in about["keep"]]
        return shared + path + ("?" + urlencode(sorted(query)) if query else ""), True
    place = place.removeprefix("www.")
    if host.endswith(rules.by_page):
        return place + path + ("?" + urlencode(sorted(query)) if query else ""), True
    return place, False


def _ends(host: str) -> list[str]:
    labels = host.split(".")
    return [".".join(labels[at:]) for at in range(len(labels) - 1)]


def _folded(path: str) -> str:
    """The first part in small letters, unless it is an invitation, whose letters count."""
    first, slash, rest = path.removeprefix("/").partition("/")
    return f"/{first if first.startswith('+') else first.lower()}{slash}{rest}" if first else path
