"""What the sender wrote anew, told apart from quotations and signatures; nothing is lost, it is folded."""

from __future__ import annotations

import re

OPENERS = re.compile(
    r"^\s*(?:"
    r"(?:เมื่อ|ในวันที่|ใน|วันที่|เวลา)\s?.{1,300}?(?:เขียนว่า|ได้เขียนว่า|ได้เขียน|เขียน)\s*:?"
    r"|On\s.{1,300}?\swrote\s*:"
    r"|-{2,}\s*(?:Original (?:Message|Appointment)|ข้อความ(?:เดิม|ต้นฉบับ|ดั้งเดิม|แรกเริ่ม)|Original-Nachricht)\s*-{2,}"
    r"|_{20,}"
    r")\s*$",
    re.IGNORECASE,
)
HEAD = re.compile(r"^\s*\*?(?:From|จาก)\s*:\*?\s*\S")
HEAD_NEXT = re.compile(
    r"^\s*\*?(?:Sent|Date|To|Cc|Subject|ส่งเมื่อ|ส่ง|วันที่|ถึง|สำเนาถึง|สำเนา|หัวเรื่อง|ชื่อเรื่อง|เรื่อง)\s*:", re.IGNORECASE
)
# Only together with the name of a thing that mail is sent from: a parcel, too, is sent from somewhere.
SIGNATURE = re.compile(
    r"^\s*(?:--\s?"
    r"|(?:ส่งจาก|ส่งมาจาก|ส่งด้วย|Sent (?:from|via|with|using)).{0,40}?"
    r"(?:iphone|ipad|samsung|galaxy|huawei|oppo|vivo|xiaomi|redmi|realme|yahoo|outlook|android|windows|gmail|proton|\bmail\b"
    r"|phone|mobile|blackberry|สมาร์ทโฟน|โทรศัพท์|มือถือ|แท็บเล็ต|อุปกรณ์|จดหมาย|เมล).{0,80}"
    r"|(?:Get Outlook for|ดาวน์โหลด Outlook|รับ Outlook สำหรับ|ขอ Outlook สำหรับ).{0,80})$",
    re.IGNORECASE,
)
HEAD_LINES = 2
SIGNATURE_LINES = 12
LONGEST = 200_000


def fold(text: str) -> tuple[str, str]:
    """The new words and the folded rest; folding never leaves nothing, and a book is not folded."""
    if len(text) > LONGEST:
        return text.strip(), ""
    lines = text.split("\n")
    start = next((number for number in range(len(lines)) if _opens(lines, number)), len(lines))
    new, rest = lines[:start], lines[start:]
    if between := _answers_between(rest):
        rest, new = [line for number, line in enumerate(rest) if number not in between], [
            *new, *(rest[number] for number in sorted(between))
        ]  # fmt: skip
    kept, quoted = [line for line in new if not line.startswith(">")], [line for line in new if line.startswith(">")]
    kept, signature = _signature(kept)
    folded = "\n".join([*quoted, *signature, *rest]).strip()
    words = "\n".join(kept).strip()
    return (words, folded) if words else (text.strip(), "")


def _opens(lines: list[str], number: int) -> bool:
    line = lines[number]
    if OPENERS.match(line):
        return True
    # A long opening line is broken in two by the sender's program.
    if number + 1 < len(lines) and re.match(r"^\s*(?:On|เมื่อ|ในวันที่|วันที่)\s", line):
        following = lines[number + 1]
        if not following.startswith(">") and OPENERS.match(f"{line.rstrip()} {following.strip()}"):
            return True
    return bool(HEAD.match(line)) and sum(map(bool, map(HEAD_NEXT.match, lines[number + 1 : number + 5]))) >= HEAD_LINES


def _answers_between(rest: list[str]) -> set[int]:
    """Words under a quotation whose lines are marked, or between them, are new ones: where they stand."""
    marked = [number for number, line in enumerate(rest) if line.startswith(">")]
    if not marked or any(line.strip() for line in rest[2 : marked[0]]):
        return set()
    below = {number for number in range(marked[0], len(rest)) if not rest[number].startswith(">")}
    return below if any(rest[number].strip() for number in below) else set()


def _signature(lines: list[str]) -> tuple[list[str], list[str]]:
    first = max(len(lines) - SIGNATURE_LINES, 0)
    for number in range(first, len(lines)):
        if SIGNATURE.match(lines[number]):
            return lines[:number], lines[number:]
    return lines, []
