"""What a capture may use and how far it may go, put together once from the settings."""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from complaints.services.fetching.addresses import read_networks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from complaints.services.fetching.addresses import Network
    from config import Settings

    # A name and the seconds there are -> its addresses, in the order to try them. Raises OSError.
    Resolver = Callable[[str, float], Sequence[str]]
    # An address that was checked, a port, the seconds there are -> a connected socket. Raises OSError.
    Connector = Callable[[str, int, float], socket.socket]


def resolve(name: str, seconds: float) -> Sequence[str]:
    """Ask the machine's own resolver, for no longer than that."""
    answers: list[str] = []
    errors: list[OSError] = []

    def ask() -> None:
        try:
            # The last dot keeps the machine's search list out: `intranet` is no name of ours.
            found: list[Any] = socket.getaddrinfo(f"{name}.", None, type=socket.SOCK_STREAM)
            answers.extend(dict.fromkeys(str(entry[4][0]) for entry in found))
        except (OSError, UnicodeError) as error:
            errors.append(error if isinstance(error, OSError) else OSError(str(error)))

    # The library's resolver cannot be interrupted; it gives up by itself, after what resolv.conf says.
    asking = threading.Thread(target=ask, name="resolve", daemon=True)
    asking.start()
    asking.join(seconds)
    if asking.is_alive():
        raise TimeoutError("the name was not resolved in time")
    if errors:
        raise errors[0]
    return answers


def connect(address: str, port: int, seconds: float) -> socket.socket:
    """Connect to a checked address; one that is this machine's own, public as it may be, is inside."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        # Connecting a datagram socket sends nothing: it tells which way a packet would go.
        probe.connect((address, port))
        if probe.getsockname()[0] == address:
            raise PermissionError("the address is this machine's own")
    line = socket.socket(family, socket.SOCK_STREAM)
    try:
        line.settimeout(seconds)
        line.connect((address, port))
    except BaseException:
        line.close()
        raise
    return line


@dataclass(frozen=True, slots=True)
class Means:
    """Limits, ways and helpers of a capture. Only tests set `resolver` and `connector`.

    `allowed` are networks inside that may be called all the same: none for what strangers name. `page_bytes` counts the
    page as unpacked; `picture_bytes` all that the browser may move for one picture.
    """

    seconds: float = 20.0
    page_bytes: int = 5 * 1024 * 1024
    hops: int = 10
    ports: frozenset[int] = frozenset({80, 443, 8000, 8080, 8443, 8888})
    agent: str = ""
    denied: tuple[Network, ...] = ()
    allowed: tuple[Network, ...] = ()
    browser: str = ""
    browser_sandbox: bool = True
    picture_seconds: float = 25.0
    picture_bytes: int = 30 * 1024 * 1024
    rdap: str = ""
    whois_servers: Mapping[str, str] = field(default_factory=dict)
    whois_seconds: float = 8.0
    resolver: Resolver = resolve
    connector: Connector = connect

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """What the operator has set; raises `ValueError` for networks or servers that cannot be read."""
        return cls(
            seconds=settings.fetch_seconds,
            page_bytes=settings.fetch_page_bytes,
            hops=settings.fetch_hops,
            ports=read_ports(settings.fetch_ports),
            agent=settings.fetch_agent,
            denied=read_networks(settings.fetch_deny),
            browser=settings.browser,
            browser_sandbox=settings.browser_sandbox,
            picture_seconds=settings.picture_seconds,
            picture_bytes=settings.picture_bytes,
            rdap=settings.rdap,
            whois_servers=read_servers(settings.whois_servers),
        )


def read_ports(text: str) -> frozenset[int]:
    """Ports between commas; raises `ValueError`."""
    return frozenset(int(part) for part in text.split(",") if part.strip())


def read_servers(text: str) -> dict[str, str]:
    """WHOIS servers by ending, as in `th=whois.thnic.co.th,com=whois.verisign-grs.com`; raises `ValueError`."""
    pairs = [part.strip().lower().partition("=") for part in text.split(",") if part.strip()]
    if any(not ending or not server for ending, _, server in pairs):
        raise ValueError("write WHOIS servers as ending=server, between commas")
    return {ending.strip(".").strip(): server.strip() for ending, _, server in pairs}
