"""What is said around a number: the bank's name, and cues for phones, accounts, PromptPay and other numbers."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

WALLET = "TRUEMONEY"
_NAMES: dict[str, list[str]] = json.loads((Path(__file__).parent / "data" / "banks.json").read_text("utf-8"))
_BANK_OF = {name: bank for bank, names in _NAMES.items() for name in names}
# Banks that are called like a town, people or a flower.
_VAGUE = frozenset({"กรุงเทพ", "บัวหลวง", "ทหารไทย", "เพื่อการเกษตร", "เป๋าตัง", "bay"})


def _either(names: list[str]) -> str:
    """A pattern of names, longer ones first; it branches at the first sign, so that most places fail at one look."""
    longest_first = sorted(names, key=len, reverse=True)
    branches: dict[str, list[str]] = {}
    for name in longest_first:
        rest = re.escape(name[1:])
        branches.setdefault(name[0], []).append(
            f"(?<![a-z]{re.escape(name[0])}){rest}(?![a-z])" if name.isascii() else rest
        )
    return "|".join(f"{re.escape(sign)}(?:{'|'.join(rests)})" for sign, rests in branches.items())


_BANK = re.compile(_either(list(_BANK_OF)))
_BANK_WORD = re.compile(
    r"(?:ธนาคาร|ธ\.?|แบ[งบ๊]+[กค]?์?|แบงก์|แบงค์|บัญชี|บช\.?|บ/ช|เข้า|คือ|โอน|เป็น|ไป|bank|:)[ ]?(?:ของ|ที่)?[ ]?$"
)
_BRANCH = re.compile(r"สาขา[ ]?$")
_PLACE = re.compile(r"(?:จังหวัด|จ\.|(?<!โอน)ที่|อยู่|ใน|จาก)[ ]?$")
_PROMPTPAY = (
    r"(?:พร้?อม[ ]?เพ|พร?้อมเพ|พรอ้มเพ)(?:ย์|ย|ล์|ร์|์|(?![ก-๙]))|พอ(?:ร์)?เพย์?|พ้อเพย์?|ปพ\.|(?<![ก-๙])พพ\.?(?![ก-๙])"
    r"|prompt[ -]?pay|promtpay|promppay|(?<![a-z])pp(?![a-z])"
)
_CUES = re.compile(
    rf"(?P<promptpay>{_PROMPTPAY})"
    r"|(?P<phone>เบอร์|เบอ(?!ะ)|เบิร์|โทร|มือถือ|สายเข้า|แฟ[็]?กซ์|ติดต่อ|ทักมา|โทสับ|(?<![a-z])(?:tel|phone|mobile|call"
    r"|contact|fax)(?![a-z]))"
    r"|(?P<account>เลข(?:ที่)?[ ]?(?:บัญชี|บ/?ช)|บัญชี|บ[ชซ]\.?(?![ก-๙])|บช|บ/ช|(?<![a-z])(?:account|acct|acc"
    r"|a/c)(?![a-z]))"
    r"|(?P<transfer>โอน|เข้า|ปลายทาง|รับเงิน|ฝาก|(?<![a-z])(?:transfer|transferred|sent)(?![a-z]))"
    r"|(?P<personal>ประชาชน|ปชช|เลขบัตร|ประจำตัว|citizen|national id|(?<![a-z])id card)"
    r"|(?P<other>พัสดุ|ออ(?:ร์)?เดอร์|คำสั่ง[ซช]ื้อ|แทร[็]?[กค]|เลขเคส|เลขคดี|ซีเรียล|อย\.|จดแจ้ง|ทะเบียน|สารบบ|อ้างอิง|มอก|ฆอ"
    r"|ฆพ|กรมธรรม์"
    r"|โฉนด|บาร์โค้ด|ใบอนุญาต|มิเตอร์|ผู้ใช้ไฟ|ผู้เสียภาษี|ล็อต|เลขสมาชิก|บัตรเครดิต|ธุรกรรม|การจอง|จองห้อง"
    r"|(?<![a-z])(?:order|tracking|track|case|serial|s/n|sn|imei|ref|reference|invoice|parcel|lot|isbn|ticket"
    r"|otp|hn|passport"
    r"|batch|model|code|booking|transaction|txn|trace|bill|document|license|licence|reg)(?![a-z]))"
    r"|(?P<paper>เคส|คดี|รับแจ้ง|เลขรับ|คำร้อง|เรื่องร้อง|ใบเสร็จ|ใบกำกับ|ใบแจ้งหนี้|รหัส|สัญญา|ภาษี|เครื่องหมาย|คำขอ|รายการ|สลิป"
    r"|เอกสาร|บิล"
    r"|แจ้งความ|ประจำวัน|ปจว|รับเรื่อง|หนังสือ|ใบสั่ง|ใบนัด|คิว)"
)
_BANK_AFTER = re.compile(
    r"[ ,:=\-–]{0,3}[(\[]?(?:เป็น|ของ|ชื่อ|คือ|บัญชี|บช\.?|ธนาคาร|ธ\.|แบงก์|แบงค์|แบ้ง|bank|of|at|in|with|[ (\[,:]){0,5}"
)
_BANK_NAMED_AFTER = re.compile(r"(?:ธนาคาร|ธ\.|แบงก์|แบงค์)[ ]?")
_FOLLOWED = re.compile(r"[ :=(\-]{0,3}(?:เลข|เลขที่|บัญชี|ที่|คือ|no\.?|[ :])*\d")
_AFTER_PROMPTPAY = re.compile(rf"[ ,]{{0,2}}[(\[]?(?:เป็น|ผูก|ใช้|คือ|ทาง|แบบ|ระบบ|เบอร์|ที่|[ ]){{0,3}}(?:{_PROMPTPAY})")
_LETTER = re.compile(r"[a-zก-๙]")
_WINDOW = 64
_FAR = 40
NEVER = _WINDOW * 2
_TOUCHING = 2


@dataclass(frozen=True, slots=True)
class Around:
    """What is said before and after a number: how far before it each cue ends."""

    gaps: dict[str, int]
    bank: str | None
    bank_gap: int
    before: str

    def nearest(self, *kinds: str) -> int:
        """How far the nearest of these cues is."""
        return min((self.gaps.get(kind, NEVER) for kind in kinds), default=NEVER)


_PAYMENT_BEFORE = re.compile(rf"(?:{_PROMPTPAY}|{_either(_NAMES[WALLET])})[ ]?[(:]?$")


def _bank_before(before: str) -> tuple[str | None, int]:
    bank, gap = None, NEVER
    for match in _BANK.finditer(before):
        lead = before[: match.start()]
        if _BRANCH.search(lead) or (match[0] in _VAGUE and _PLACE.search(lead)):
            continue
        distance = len(before) - match.end()
        if match[0] in _VAGUE and not _BANK_WORD.search(lead) and distance > _TOUCHING:
            continue
        bank, gap = _BANK_OF[match[0]], distance
    return bank, gap


def bank_after(folded: str, end: int) -> str | None:
    """The bank named right after a number, unless another number follows that name."""
    window = folded[end : end + _FAR]
    gap = _BANK_AFTER.match(window)
    name = _BANK.match(window, gap.end() if gap else 0)
    if not name:
        stop = next((at for at, sign in enumerate(window) if sign.isdigit() or sign == "\n"), len(window))
        named = _BANK_NAMED_AFTER.search(window, 0, stop)
        name = _BANK.match(window, named.end()) if named else None
    if not name or _FOLLOWED.match(window, name.end()):
        return None
    return _BANK_OF[name[0]]


def look(folded: str, start: int, floor: int) -> Around:
    """What is said before a number, back to the number found before it (`floor`)."""
    before = folded[max(floor, start - _WINDOW) : start]
    gaps: dict[str, int] = {}
    if not _LETTER.search(before):
        return Around(gaps, None, NEVER, before)
    for match in _CUES.finditer(before):
        kind = str(match.lastgroup)
        gaps[kind] = len(before) - match.end()
        # "พร้อมเพย์เบอร์ 08..." speaks of PromptPay, "วอลเล็ทเบอร์" of the wallet.
        if kind == "phone" and _PAYMENT_BEFORE.search(before, 0, match.start()):
            del gaps[kind]
    bank, bank_gap = _bank_before(before)
    return Around(gaps, bank, bank_gap, before)


def promptpay_after(folded: str, end: int) -> bool:
    """Whether the words right after a number call it PromptPay, and not the number that follows."""
    said = _AFTER_PROMPTPAY.match(folded, end, end + _FAR)
    return said is not None and not _FOLLOWED.match(folded, said.end(), said.end() + _FAR)
