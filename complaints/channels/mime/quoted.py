"""What the sender wrote anew, told apart from quotations and signatures; nothing is lost, it is folded."""

from __future__ import annotations

import re

OPENERS = re.compile(
    r"^\s*(?:"
    r"(?:เมื่อ|ในวันที่|วันที่|เวลา)\s?.{1,200}?(?:เขียนว่า|ได้เขียนว่า|เขียน)\s*:?"
    r"|On\s.{1,200}?\swrote\s*:"
    r"|-{2,}\s*(?:Original Message|ข้อความเดิม|ข้อความต้นฉบับ|ข้อความดั้งเดิม|Original-Nachricht)\s*-{2,}"
    r"|_{20,}"
    r")\s*$",
    re.IGNORECASE,
)
HEAD = re.compile(r"^\s*\*?(?:From|จาก)\s*:\*?\s*\S")
HEAD_NEXT = re.compile(r"^\s*\*?(?:Sent|Date|To|Subject|ส่ง|ส่งเมื่อ|วันที่|ถึง|เรื่อง)\s*:")
SIGNATURE = re.compile(
    r"^\s*(?:--\s?|(?:ส่งจาก|ส่งมาจาก|Sent from|Get Outlook for|ดาวน์โหลด Outlook|รับ Outlook สำหรับ).{0,80})$",
    re.IGNORECASE,
)
HEAD_LINES = 2
SIGNATURE_LINES = 12


def fold(text: str) -> tuple[str, str]:
    """The new words and the folded rest; folding never leaves nothing."""
    lines = text.split("\n")
    start = next((number for number in range(len(lines)) if _opens(lines, number)), len(lines))
    new, rest = lines[:start], lines[start:]
    below = _answers_below(rest)
    if below:
        rest, new = rest[: len(rest) - len(below)], [*new, *below]
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


def _answers_below(rest: list[str]) -> list[str]:
    """Words under a marked quotation are new ones."""
    marked = [number for number, line in enumerate(rest) if line.startswith(">")]
    if not marked or any(line.strip() for line in rest[2 : marked[0]]):
        return []
    below = rest[marked[-1] + 1 :]
    return below if any(line.strip() for line in below) else []


def _signature(lines: list[str]) -> tuple[list[str], list[str]]:
    first = max(len(lines) - SIGNATURE_LINES, 0)
    for number in range(first, len(lines)):
        if SIGNATURE.match(lines[number]):
            return lines[:number], lines[number:]
    return lines, []
