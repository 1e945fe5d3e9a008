"""The only way out: a name is resolved once, its answers are checked, and the very address checked is called."""

from __future__ import annotations

import ssl
import threading
from typing import TYPE_CHECKING

from complaints.services.fetching.addresses import inside, read_address
from complaints.services.fetching.ended import Ended
from complaints.services.fetching.line import Line

if TYPE_CHECKING:
    from complaints.services.fetching.line import Budget
    from complaints.services.fetching.means import Means

# Names that mean something else in every network, so that asking for them tells nothing about the world.
INSIDE_ENDINGS = frozenset(
    {"localhost", "local", "internal", "intranet", "lan", "corp", "home", "private", "arpa", "onion", "invalid", "test"}
)
MOST_TRIES = 3
TRY_SECONDS = 6.0


class Door:
    """The way out of one capture; browser, WHOIS and page go through the same one."""

    def __init__(self, means: Means) -> None:
        """Nobody was asked yet."""
        self.means = means
        self._answers: dict[str, tuple[str, ...]] = {}
        self._lock = threading.Lock()

    def answers(self, host: str, budget: Budget) -> tuple[str, ...]:
        """The addresses of a host, asked for once: who would answer otherwise at a second ask has none."""
        if read_address(host) is not None:
            return (host,)
        with self._lock:
            known = self._answers.get(host)
        if known is not None:
            return known
        if "." not in host or host.rpartition(".")[2] in INSIDE_ENDINGS:
            raise Ended("refused_inside", f"{host} is a name of an inside network")
        try:
            found = tuple(self.means.resolver(host, budget.seconds()))
        except TimeoutError:
            raise Ended("too_slow", f"the name {host} was not resolved in time") from None
        except OSError as error:
            raise Ended("unreachable", f"the name {host} was not resolved: {error.strerror or error}") from None
        with self._lock:
            return self._answers.setdefault(host, found)

    def open(self, host: str, port: int, budget: Budget) -> Line:
        """Call a host at one of its addresses outside; raises `Ended`. What else it answers is not called."""
        answers = self.answers(host, budget)
        refusals = {address: self._refusal(address) for address in answers}
        outside = [address for address, why in refusals.items() if not why]
        if answers and not outside:
            raise Ended("refused_inside", f"{host} is at {answers[0]}: {refusals[answers[0]]}")
        failure = "the name has no address"
        for address in outside[:MOST_TRIES]:
            try:
                return self.call(address, port, budget)
            except OSError as error:
                failure = f"{address}: {error.strerror or error}"
        budget.seconds()
        raise Ended("unreachable", failure)

    def call(self, address: str, port: int, budget: Budget) -> Line:
        """Connect to an address; checked here once more, so that no caller can forget to. Raises `OSError`."""
        why = self._refusal(address)
        if why:
            raise Ended("refused_inside", f"{address}: {why}")
        try:
            return Line(self.means.connector(address, port, min(budget.seconds(), TRY_SECONDS)), address, budget)
        except PermissionError as error:
            raise Ended("refused_inside", f"{address}: {error}") from None

    def _refusal(self, address: str) -> str:
        """Why this address is not called; empty when it may be."""
        plain = read_address(address)
        if plain is not None and any(plain in net for net in self.means.allowed):
            return ""
        return inside(address, self.means.denied)

    def open_strictly(self, host: str, port: int, budget: Budget) -> Line:
        """Call a host with TLS whose certificate must be right; raises `Ended`."""
        line = self.open(host, port, budget)
        try:
            return _wrap(line, host, ssl.create_default_context())
        except ssl.SSLError as error:
            raise Ended("unreachable", f"no safe connection to {host}: {error.reason or error}") from None

    def open_safely(self, host: str, port: int, budget: Budget) -> tuple[Line, str]:
        """Call a host with TLS: the line, and what is wrong with its certificate, which is no reason to stop."""
        line = self.open(host, port, budget)
        try:
            return _wrap(line, host, ssl.create_default_context()), ""
        except ssl.SSLCertVerificationError as error:
            flaw = error.verify_message or "not valid"
        again = self.call(line.address, port, budget)
        # Evidence against a page is not less true when its certificate is bad; nothing secret is sent.
        careless = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        careless.check_hostname = False
        careless.verify_mode = ssl.CERT_NONE
        return _wrap(again, host, careless), flaw


def _wrap(line: Line, host: str, context: ssl.SSLContext) -> Line:
    sock = line.sock
    try:
        sock.settimeout(line.budget.seconds())
        line.sock = context.wrap_socket(sock, server_hostname=host)
    except TimeoutError:
        sock.close()
        raise Ended("too_slow", "the encrypted connection was not made in time") from None
    except BaseException:
        sock.close()
        raise
    return line
