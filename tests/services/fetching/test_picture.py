"""The browser that draws a page gets out by our door only, whatever the page tries; without a picture nothing fails."""

from __future__ import annotations

import io
import shutil
import socket
from contextlib import closing

import pytest
from PIL import Image

from complaints.services.fetching import picture
from complaints.services.fetching.capture import capture
from complaints.services.fetching.door import Door
from complaints.services.fetching.line import Budget
from complaints.services.fetching.proxy import MOST_REFUSALS, Proxy
from tests.browser.conftest import CHROMIUMS
from tests.services.fetching.attacks import WHOLE, WRITTEN
from tests.services.fetching.hostile import NOW, PUBLIC, SHOP, answer, redirect

GREEN, RED = (0, 128, 0), (255, 0, 0)
# Every way out of a page that we know of, with the sentinel's port at 0 and the datagram sentinel's at UDP.
TRIES = """<html><title>Trap</title><body style="background:green">
<link rel="dns-prefetch" href="//dns.inside.example:0/"><link rel="preconnect" href="http://127.0.0.1:0/">
<link rel="prefetch" href="http://127.0.0.1:0/"><link rel="stylesheet" href="http://10.0.0.1:0/a.css">
<link rel="icon" href="http://127.0.0.1:0/favicon.ico"><img src="http://169.254.169.254/latest/meta-data/">
<img src="http://127.0.0.1:0/"><img src="http://[::1]:0/"><img src="http://localhost:0/"><img src="http://0x7f.1:0/">
<img src="https://127.0.0.1:0/"><img src="/led"><img src="http://rebind.example/"><img src="file://FILE">
<iframe src="http://127.0.0.1:0/"></iframe><iframe src="file://FILE" width="600" height="600"></iframe>
<iframe src="view-source:file://FILE"></iframe><object data="file://FILE"></object><embed src="http://127.0.0.1:0/">
<video src="http://127.0.0.1:0/"></video><audio src="http://127.0.0.1:0/"></audio>
<iframe srcdoc="&lt;meta http-equiv=refresh content='0;url=http://127.0.0.1:0/'&gt;"></iframe>
<form id="f" action="http://127.0.0.1:0/" method="post" target="g"></form><iframe name="g"></iframe>
<script>
const tries = [
  () => fetch("http://127.0.0.1:0/", {mode: "no-cors"}), () => fetch("http://localhost:0/", {mode: "no-cors"}),
  () => fetch("file://FILE"), () => navigator.sendBeacon("http://127.0.0.1:0/", "a"),
  () => fetch("/led-307", {method: "POST", body: "a"}),
  () => new WebSocket("ws://127.0.0.1:0/"), () => new WebSocket("ws://localhost:0/"),
  () => new WebSocket("wss://127.0.0.1:0/"),
  () => new EventSource("http://127.0.0.1:0/"), () => new WebTransport("https://127.0.0.1:UDP/"),
  () => new Worker("http://127.0.0.1:0/"), () => window.open("http://127.0.0.1:0/"),
  () => document.getElementById("f").submit(),
  () => { const peer = new RTCPeerConnection({iceServers: [{urls: "stun:127.0.0.1:UDP"},
      {urls: ["turn:127.0.0.1:UDP?transport=udp", "turn:127.0.0.1:0?transport=tcp"], username: "a", credential: "b"}]});
    peer.createDataChannel("a"); peer.createOffer().then(offer => peer.setLocalDescription(offer)); },
];
for (const one of tries) { try { const made = one(); if (made && made.catch) made.catch(() => 0); } catch (error) {} }
</script></body></html>"""


@pytest.fixture
def browser():
    path = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if path is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    return path


@pytest.fixture
def datagrams():
    """A sentinel for what is sent without a connection."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(0)
        yield sock


@pytest.mark.xdist_group("browser")
def test_a_page_full_of_traps_is_drawn_and_reaches_nothing_inside(world, browser, datagrams, tmp_path, record_property):
    secret = tmp_path / "secret.html"
    secret.write_text('<body style="background:red">')
    page = TRIES.replace(":0/", f":{world.sentinel.port}/").replace(":0?", f":{world.sentinel.port}?")
    page = page.replace("UDP", str(datagrams.getsockname()[1])).replace("FILE", str(secret))
    world.names["rebind.example"] = [["127.0.0.1"], [PUBLIC]]
    world.hostile.said |= {
        "/trap": answer(page.encode()),
        "/led": redirect(f"http://127.0.0.1:{world.sentinel.port}/"),
        "/led-307": redirect(f"http://127.0.0.1:{world.sentinel.port}/", "307 Temporary Redirect"),
    }
    means = world.means(browser=browser, browser_sandbox=False)

    found = capture(f"{SHOP}/trap", NOW, means)
    away = capture(f"{SHOP}/trap", NOW, world.means(browser=f"{tmp_path}/no-browser"))

    record_property("attempts", page.count("127.0.0.1") + page.count("localhost") + page.count("file://"))
    record_property("escapes", world.sentinel.calls)
    assert (found.outcome, world.sentinel.calls) == ("captured", 0)
    assert {address for address, _ in world.called} == {PUBLIC}
    with pytest.raises(BlockingIOError):
        datagrams.recv(1)
    with Image.open(io.BytesIO(found.picture)) as image:
        colours = {colour for _, colour in image.convert("RGB").getcolors(1 << 24)}
    assert GREEN in colours
    assert RED not in colours
    # The traps were sprung: the page itself got at least these, each refused by name.
    in_vain = "\n".join(found.notes)
    for host in ("169.254.169.254", "127.0.0.1", "[::1]", "localhost", "10.0.0.1", "rebind.example"):
        assert f"in vain for http://{host}" in in_vain or f"in vain for {host}" in in_vain, (host, in_vain)
    assert (away.outcome, away.picture, len(away.notes)) == ("captured", None, 1)


@pytest.mark.xdist_group("browser")
def test_a_page_that_never_ends_is_drawn_or_left_out_in_time(world, browser):
    world.hostile.said["/slow"] = answer(b'<body style="background:green"><img src="/silent"><img src="/endless">')

    found = capture(f"{SHOP}/slow", NOW, world.means(browser=browser, browser_sandbox=False, picture_seconds=6.0))
    hasty = capture(f"{SHOP}/slow", NOW, world.means(browser=browser, browser_sandbox=False, picture_seconds=0.05))

    assert (found.outcome, found.picture is None) == ("captured", False)
    assert (hasty.outcome, hasty.picture) == ("captured", None)


def ask(port, words):
    """What the proxy says to somebody who talks to it directly."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(words)
        line.shutdown(socket.SHUT_WR)
        with line.makefile("rb") as said:
            return said.read()


def test_the_proxy_leads_nowhere_inside_whoever_asks(world, record_property):
    port = world.sentinel.port
    tunnels = [f"CONNECT {host}:{port} HTTP/1.1" for host in WRITTEN]
    whole = [f"GET {whole.replace(':0', f':{port}')} HTTP/1.1" for whole in WHOLE]
    world.names["rebind.example"] = [["127.0.0.1"], [PUBLIC]]
    odd = ["GET / HTTP/1.1", "CONNECT shop.example:22 HTTP/1.1", "CONNECT shop.example HTTP/2.0", "", "CONNECT", "\0"]
    rebound = [f"CONNECT rebind.example:{port} HTTP/1.1", "GET http://rebind.example/ HTTP/1.1"]
    tries = [*tunnels, *whole, *odd, *rebound]
    with Proxy(Door(world.means()), Budget(20, 1 << 20)) as proxy:
        said = [ask(proxy.port, f"{line}\r\nHost: shop.example\r\n\r\n".encode()) for line in tries]
        own = ask(proxy.port, f"GET http://127.0.0.1:{proxy.port}/ HTTP/1.1\r\n\r\n".encode())
        page = ask(proxy.port, b"POST http://a@shop.example:80/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nab")
        tunnel = ask(proxy.port, b"CONNECT shop.example:80 HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n")
        large = ask(proxy.port, b"POST http://shop.example/ HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n")

    escapes = world.sentinel.calls
    record_property("attempts", len(tries))
    record_property("escapes", escapes)
    assert (escapes, {address for address, _ in world.called}) == (0, {PUBLIC})
    assert {one.split(b"\r\n")[0] for one in said} <= {b"HTTP/1.1 403 Forbidden", b"HTTP/1.1 200 OK", b""}
    # The one address that is the shop's, as browsers read it.
    assert sum(b"200 OK" in one for one in said) == 1
    assert own.startswith(b"HTTP/1.1 403")
    assert page.startswith(b"HTTP/1.1 200 OK")
    assert (tunnel, large) == (b"HTTP/1.1 200 Connection established\r\n\r\n", b"")
    assert world.hostile.heard[-1].startswith(b"POST / HTTP/1.1\r\nHost: shop.example\r\n")
    assert world.hostile.heard[-1].endswith(b"Connection: close\r\n\r\na")
    assert len(proxy.refused) == MOST_REFUSALS


RTC = """<html><body style="background:green"><img src="/silent"><script>
const peer = new RTCPeerConnection({iceServers: [{urls: "stun:127.0.0.1:UDP"}]});
peer.createDataChannel("a"); peer.createOffer().then(offer => peer.setLocalDescription(offer));
</script></body></html>"""


@pytest.mark.parametrize("without", [False, True], ids=["as we call it", "without the flags"])
@pytest.mark.xdist_group("browser")
def test_only_the_flags_keep_a_page_from_sending_datagrams(world, browser, datagrams, monkeypatch, without):
    """Without them the sentinel hears the page: so the silence with them is their doing."""
    world.hostile.said["/rtc"] = answer(RTC.replace("UDP", str(datagrams.getsockname()[1])).encode())
    if without:
        monkeypatch.setattr(picture, "FLAGS", [flag for flag in picture.FLAGS if "webrtc" not in flag.lower()])
    means = world.means(browser=browser, browser_sandbox=False, picture_seconds=8.0)
    capture(f"{SHOP}/rtc", NOW, means)
    try:
        heard = bool(datagrams.recv(2048))
    except BlockingIOError:
        heard = False
    assert heard is without
