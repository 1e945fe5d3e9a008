"""What a page looks like: Chromium without a screen, with no way out but our proxy, ended with all its processes.

It gets a profile of its own that is thrown away, no display, no variables of ours, and never a second page.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from complaints.services.fetching.ended import Ended
from complaints.services.fetching.line import Budget
from complaints.services.fetching.proxy import Proxy

if TYPE_CHECKING:
    from complaints.services.fetching.door import Door
    from complaints.services.fetching.means import Means

WIDTH, HEIGHT = 1280, 1600
LARGEST = 10 * 1024 * 1024
PNG, PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"
# Of the seconds there are, the part for loading; what is left is for drawing and for the browser's own start.
LOADING = 0.5
FLAGS = (
    "--headless=new",
    # Every request goes to the proxy, to loopback as well, and no name is resolved by the browser.
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--dns-prefetch-disable",
    "--no-pings",
    # Nothing goes past the proxy over UDP.
    "--disable-quic",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-features=MediaRouter,DialMediaRouteProvider,WebTransport,AsyncDns,DnsOverHttps,OptimizationHints,Translate",
    "--disable-blink-features=WebTransport,WebRTC,RTCPeerConnection",
    # Nothing of the browser's own.
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-component-extensions-with-background-pages",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-sync",
    "--no-default-browser-check",
    "--no-first-run",
    "--mute-audio",
    # A page with a bad certificate is evidence like any other.
    "--ignore-certificate-errors",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
    f"--window-size={WIDTH},{HEIGHT}",
)


def picture(url: str, door: Door) -> tuple[bytes | None, list[str]]:
    """Draw a page: a PNG, and what the page asked for in vain. No picture is no error."""
    means = door.means
    budget = Budget(means.picture_seconds, means.picture_bytes)
    with tempfile.TemporaryDirectory(prefix="occ-", ignore_cleanup_errors=True) as name, Proxy(door, budget) as proxy:
        folder = Path(name)
        running = subprocess.Popen(  # noqa: S603 - the operator's own browser; the address is a plain one and comes last
            _command(url, folder, proxy.port, means),
            cwd=folder,
            env={"PATH": os.defpath, "HOME": name, "TMPDIR": name, "LANG": "th_TH.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            with contextlib.suppress(subprocess.TimeoutExpired, Ended):
                running.wait(budget.seconds())
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)
            running.wait()
        return _drawn(folder / "page.png"), list(proxy.refused)


def _command(url: str, folder: Path, port: int, means: Means) -> list[str]:
    return [
        means.browser,
        *FLAGS,
        *([] if means.browser_sandbox else ["--no-sandbox"]),
        f"--proxy-server=http://127.0.0.1:{port}",
        f"--user-agent={means.agent}",
        f"--user-data-dir={folder / 'profile'}",
        f"--screenshot={folder / 'page.png'}",
        f"--timeout={round(means.picture_seconds * LOADING * 1000)}",
        url,
    ]


def _drawn(path: Path) -> bytes | None:
    """The picture, if it was written to its end; a browser may hang after that."""
    if not path.is_file() or path.stat().st_size > LARGEST:
        return None
    content = path.read_bytes()
    return content if content.startswith(PNG) and content.endswith(PNG_END) else None
