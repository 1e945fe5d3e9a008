"""One word for an address however it is written; what lies inside or is none is refused."""

from __future__ import annotations

import pytest

from complaints.domain.errors import InvalidInput
from complaints.domain.web_address import read_address, shown

# What somebody writes, and the word that is the same for everybody.
SAME = {
    "https://www.Example.com/Lottery?utm_source=x": "example.com",
    "hxxp://example[.]com:80/": "example.com",
    "HTTP://EXAMPLE.com.": "example.com",
    "example.com:8080/a/../b//": "example.com:8080",
    "http://name:word@example.net/": "example.net",
    "https://m.facebook.com/Page.Name/?mibextid=abc": "facebook.com/page.name",
    "fb.com/page.name": "facebook.com/page.name",
    "https://www.facebook.com/profile.php?ref=x&id=100": "facebook.com/profile.php?id=100",
    "https://telegram.me/SomeGroup/": "t.me/somegroup",
    "https://t.me/+AbCd": "t.me/+AbCd",
    "https://line.me/R/ti/p/@Abc": "line.me/R/ti/p/@Abc",
    "https://school.ac.th/slot/?x=1&fbclid=2": "school.ac.th/slot?x=1",
    "https://หวย.ไทย/ก": "xn--z3cjl.xn--o3cw4h",
    "XN--Z3CJL.xn--o3cw4h": "xn--z3cjl.xn--o3cw4h",
    "http://8.8.8.8/": "8.8.8.8",
    "http://0x8.010.8.8": "8.8.8.8",
    "http://[2606:4700::1111]/": "[2606:4700::1111]",
}
INSIDE = [
    "http://localhost/",
    "http://printer.local",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f.1",
    "http://[::1]/",
    "intranet",
    "http://[::ffff:10.0.0.1]/",
    "http://169.254.169.254/latest",
    "http://10.0.0.5:8080/",
    "http://224.0.0.1",
    "http://a.localhost.",
]
NONE = [
    "ftp://example.com",
    "javascript:alert(1)",
    "mailto:a@example.com",
    "http://",
    "ข้อความ",
    "http://example.com:99999/",
    "http://-bad-.com",
    "http://1.2.3.4.5/",
    "http://a..b",
    "http://[::1",
    "http://exa_mple",
]


def test_an_address_is_one_word_however_it_is_written() -> None:
    assert {text: read_address(text).key for text in SAME} == SAME


def test_what_is_fetched_is_what_was_reported_without_what_tracks() -> None:
    found = read_address("https://www.example.com/win/?aff=7&page=2#top")
    assert (found.url, found.host, found.page) == ("https://www.example.com/win/?page=2", "www.example.com", False)
    assert read_address("http://t.me/name").page
    assert shown("xn--z3cjl.xn--o3cw4h/a") == "หวย.ไทย/a (xn--z3cjl.xn--o3cw4h)"


@pytest.mark.parametrize(
    ("texts", "reason"),
    [(INSIDE, "website_inside"), (NONE, "website_bad"), (["http://example.com/" + "a" * 500], "website_long")],
)
def test_what_cannot_be_looked_at_is_refused_by_reason(texts: list[str], reason: str) -> None:
    for text in texts:
        with pytest.raises(InvalidInput) as error:
            read_address(text)
        assert (error.value.field, error.value.values["reason"]) == ("address", reason), text
