"""The small code of a transfer slip: read when it is whole, and never guessed."""

from __future__ import annotations

import pytest

from complaints.services.evidence.slips import Slip, checksum, read_slip
from tests.filing import slip_code

CODE = "0041000600000101030040220014221082547BPM049885102TH9104"


def test_the_checksum_is_the_known_one() -> None:
    # The check value of CRC-16/CCITT-FALSE in every catalogue of checksums.
    assert checksum("123456789") == "29B1"


def test_bank_and_reference_are_read() -> None:
    assert read_slip(CODE + checksum(CODE)) == Slip("004", "014221082547BPM04988")
    assert read_slip(f" {CODE}{checksum(CODE).lower()}\n") == Slip("004", "014221082547BPM04988")
    assert read_slip(slip_code("025", "KMA269911180747wmUervZjtn")) == Slip("025", "KMA269911180747wmUervZjtn")


@pytest.mark.parametrize(
    "code",
    [
        "",
        "https://line.me/ti/p/abc",
        CODE + "0000",
        CODE[:-4] + checksum(CODE),
        CODE.replace("TH", "LA") + checksum(CODE.replace("TH", "LA")),
        slip_code("004", "1234567890")[:-1],
        slip_code("004", "12345"),
        slip_code("4", "1234567890"),
        slip_code("004", "<script>alert(1)"),
        "0041" + "9" * 30,
        "๐๐๔๑",
    ],
)
def test_what_is_no_whole_slip_is_none(code: str) -> None:
    assert read_slip(code) is None


def test_every_single_mistake_is_noticed() -> None:
    whole = slip_code("004", "014221082547BPM04988")
    for at, letter in enumerate(whole):
        for other in "07AT":
            if other not in {letter, letter.upper()}:
                assert read_slip(whole[:at] + other + whole[at + 1 :]) is None, at


def test_a_payment_code_is_no_slip() -> None:
    text = "00020101021129370016A000000677010111011300668123456785802TH53037646304"
    assert read_slip(text + checksum(text)) is None
