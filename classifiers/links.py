"""Web addresses and LINE names. E-mail addresses, file names and handles of other networks are told apart."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from classifiers.reading import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifiers.reading import Reading

_TLDS = frozenset((Path(__file__).parent / "data" / "tlds.txt").read_text("ascii").split())
# Endings that are both a top level domain and the end of a file's name, a unit or an abbreviation.
_FILES = frozenset(
    ["zip", "mov", "py", "sh", "md", "ps", "pl", "rs", "so", "cab", "pub", "prof", "inc", "ltd", "am", "pm"]
)
_MAIL = re.compile(r"(?<![a-z0-9])[a-z0-9][a-z0-9._%+-]{0,63}+@[a-z0-9-]++(?:\.[a-z0-9-]++)++")
_SCHEME = re.compile(r"(?<![a-z0-9])(?:h(?:tt|xx)ps?|ftp):(?://|\\\\)(?=[a-z0-9ก-๙\[])")
_HOST = re.compile(r"(?<![a-z0-9@._-])[a-z0-9][a-z0-9-]*+(?:\.[a-z0-9-]++)++(?!@)")
_THAI_HOST = re.compile(r"(?<![ก-๙a-z0-9.-])[ก-๙a-z0-9-]++\.(?:ไทย|คอม)(?![ก-๙])")
_PORT = re.compile(r":\d{2,5}(?!\d)")
_ADDRESS_SIGNS = re.compile(r"[a-z0-9._~:/?#\[\]@!$&'()*+,;=%|-]++")
_TRAILING = ".,;:!?'\"*[]()<>=&|-"
_LINK_WORD = re.compile(r"เว[็]?[บปพ]|ลิ้?[งก]ค?์?ก?์?|ลิ้ง|โดเมน|url|link|web|site|domain|เข้าที่|ยูอาร์แอล")

_LINE = re.compile(
    r"(?<!ออน)(?<!ออ)(?<!สตีม)(?<!แอร์)ไล(?:น์|น(?![ก-๙])|์น)(?!์)|(?<![a-z])line(?:\s?official|\s?oa)?(?![a-z])"
)
_OTHER_NETWORK = re.compile(
    r"ไอจี|อินสตา|เฟ[ซสช]|ติ[๊ก]?๊?ก[ -]?ต[็๊]?อ[กค]|ทวิต|เทเลแกรม|ดิส?คอร์?ด|ยูทู[บป]|วีแชต|วอตส์?แอป|เธรด|บลูสกาย|แอคหลุม"
    r"|(?<![a-z])(?:ig|instagram|facebook|fb|tiktok|tik tok|twitter|x|telegram|tg|discord|youtube|whatsapp"
    r"|wechat|threads|messenger)(?![a-z])"
)
_HANDLE = re.compile(r"(?<![a-z0-9._@/-])@[a-z0-9][a-z0-9._-]*+(?!@)")
_FILLER = (
    r"(?:(?:id|oa|official|account|acc|name|username|user|add|is|at|me|on|was|[ ])(?![a-z0-9._-])|(?:ไอดี|ไอ้ดี"
    r"|ไอ ดี|ยูส|แอด|มา|ไป|ชื่อ|คือ|ว่า|ที่|ทัก|คุย|ใช้|ติดต่อ|กลับ|ส่วนตัว|ผู้ขาย|คนขาย|แม่ค้า|พ่อค้า|แอดมิน|ผู้ร้อง"
    r"|ร้าน|ของ|ผม|หนู|ดิฉัน|ฉัน|เรา|เค้า|เขา|มัน|พี่|นี้|ใหม่|ใน|ทาง|ได้|ผ่าน|เลย|นะ|ค่ะ|ครับ|คะ|จ้า|ค่า|ด้วย|ผู้ก่อเหตุ|อาจารย์|คนร้าย"
    r"|มิจ|โจร"
    r"|ออฟฟิเชียล|ทางการ|ตัว|ดูแล|คน|แล้ว|เป็น|เปน|ซึ่ง|สายตรง|ศูนย์|คลินิก|บริษัท|โครงการ|เพื่อน|เพิ่ม|หมอ|ครู|โค้ช|ทีม|งาน|เจ้าหน้าที่"
    r"|จนท|หลัก|สำรอง|เดิม|ปลอม|บัญชี|กลาง|เบอร์|หรือ"
    r"|ผจก|ผู้จัดการ|เจ้าของ|จอง|สั่ง|สอบถาม|ขอ|เก่า|แอค|แอคเคาท์|[ \n:=\-–.,'\"(\[/?!]|👉|➡))"
)
_AFTER_LINE = re.compile(rf"{_FILLER}{{0,14}}+")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*+(?![@:/])")
_NAME_SIGN = re.compile(r"[0-9._-]")
_ID_CUE = re.compile(r"(?:id|ไอดี|ไอ้ดี|ไอ ดี|:|คือ|ชื่อ|@|=)")
_NOT_NAMES = frozenset(
    [
        "shop",
        "group",
        "openchat",
        "open",
        "chat",
        "official",
        "pay",
        "man",
        "today",
        "id",
        "oa",
        "line",
        "app",
        "pc",
        "web",
        "call",
        "video",
        "voip",
        "notify",
        "bk",
        "account",
        "apk",
        "qr",
        "code",
        "add",
        "on",
        "at",
        "is",
        "and",
        "or",
        "of",
        "to",
        "from",
        "the",
        "for",
        "with",
        "they",
        "he",
        "she",
        "it",
        "was",
        "has",
        "chats",
        "messages",
        "message",
        "user",
        "users",
        "facebook",
        "fb",
        "ig",
        "tiktok",
        "telegram",
        "instagram",
        "messenger",
        "email",
        "mail",
        "tel",
        "admin",
        "sms",
        "otp",
        "pdf",
        "vip",
        "stickers",
        "sticker",
        "square",
        "wallet",
        "kbank",
        "scb",
        "ktb",
        "bbl",
        "bay",
        "ttb",
        "gsb",
    ]
)
_BRACKETED_LINE = re.compile(
    r"[ ]?[(\[][ ]?(?:ใน|ทาง)?(?:แอด)?(?:ไลน์|line)[^)\]\n]{0,12}[)\]]|[ ]?(?:ใน|ทาง)(?:ไลน์|line)|[ ]on line(?![a-z])"
)
_ID_LINE = re.compile(r"ไอ้?ดี[ ]?ไลน์|ไลน์[ ]?ไอ้?ดี|(?:id|ไอดี)[ ]?line|line[ ]?(?:id|ไอดี)|ไลน์[ ]?id|id[ ]?ไลน์")
_LATER_NAME = re.compile(r"[^a-z0-9@\n]*+([a-z][a-z0-9._-]{3,}+)(?![@:/])")
_PLAIN_NAME = re.compile(r"(?<![a-z0-9._@/:-])[a-z][a-z0-9._-]{3,}+(?![@:/a-z0-9])")
_BEFORE_CODE = re.compile(r"กลุ่ม|พัสดุ|ออเดอร์|รหัส|รุ่น|อีเมล|เมล|ไฟล์|ทะเบียน|โค้ด")
_LATER = 30
_PHOTO_NETWORK = re.compile(
    r"ไอจี|อินสตา\w*|ติ๊กต[็]?อ[กค]|ทวิต|เธรด|(?<![a-z])(?:ig|instagram|tiktok|twitter|threads)(?![a-z.])"
)
_NEAR = 60
_SHORTEST = 3
_SHORT_FILLER = 8


def _trimmed(text: str, start: int, end: int) -> int:
    """Where an address really ends: marks of the sentence do not belong to it."""
    while end > start and text[end - 1] in _TRAILING:
        if text[end - 1] == ")" and "(" in text[start:end]:
            break
        end -= 1
    return end


def _path_end(folded: str, end: int) -> int:
    port = _PORT.match(folded, end)
    end = port.end() if port else end
    if end < len(folded) and folded[end] in "/?#":
        rest = _ADDRESS_SIGNS.match(folded, end)
        return rest.end() if rest else end
    return end


def _is_host(reading: Reading, start: int, end: int, path: bool) -> bool:  # noqa: FBT001 - one caller
    folded = reading.folded
    labels = folded[start:end].split(".")
    last = labels[-1]
    if not last.isalpha() or not all(labels) or len(last) == 1:
        return False
    before = folded[max(0, start - 25, folded.rfind("\n", max(0, start - 25), start) + 1) : start]
    network = max((match.end() for match in _PHOTO_NETWORK.finditer(before)), default=-1)
    if network >= 0 and not path and not _LINK_WORD.search(before, network):
        return False
    wanted = path or labels[0] == "www" or bool(_LINK_WORD.search(folded, max(0, start - 16), start))
    if last in _FILES and not path:
        return False
    if last not in _TLDS and not (wanted and labels[0] == "www"):
        return False
    if not any(sign.isalpha() for sign in folded[start : end - len(last)]):
        return last not in {"am", "pm"} and len(labels[0]) > 1
    written = reading.clean[end - len(last) : end]
    # "broke.They": the stop of a sentence without its blank.
    return wanted or not (written[0].isupper() and not written.isupper() and written[1:].islower())


def _addresses(reading: Reading) -> Iterator[tuple[int, int]]:
    folded = reading.folded
    done = 0
    for match in _SCHEME.finditer(folded) if "://" in folded or ":\\\\" in folded else ():
        if match.start() < done:
            continue
        thai = _THAI_HOST.match(folded, match.end())
        rest = _ADDRESS_SIGNS.match(folded, match.end())
        done = _path_end(folded, thai.end()) if thai else rest.end() if rest else match.end()
        done = _trimmed(folded, match.end(), done)
        if done > match.end():
            yield match.start(), done
    done = 0
    for match in _HOST.finditer(folded):
        end = match.end()
        while end > match.start() and folded[end - 1] in ".-":
            end -= 1
        whole = _path_end(folded, end) if end == match.end() else end
        if match.start() >= done and _is_host(reading, match.start(), end, whole > end):
            done = _trimmed(folded, end, whole)
            yield match.start(), done
    for match in _THAI_HOST.finditer(folded) if ".ไทย" in folded or ".คอม" in folded else ():
        yield match.start(), _trimmed(folded, match.end(), _path_end(folded, match.end()))


def mails(reading: Reading) -> list[Hit]:
    """E-mail addresses: none of the kinds, but nothing else may be found inside them."""
    if "@" not in reading.folded:
        return []
    return [Hit("", match.start(), match.end(), match[0]) for match in _MAIL.finditer(reading.folded)]


def urls(reading: Reading, taken: list[Hit]) -> list[Hit]:
    """Web addresses outside the places already taken."""
    found: list[Hit] = []
    free = _Free(taken)
    for start, end in sorted(_addresses(reading)):
        if free.take(start, end):
            found.append(Hit("urls", start, end, reading.clean[start:end]))
    return found


class _Free:
    """Which signs are still free; asked in ascending order."""

    def __init__(self, taken: list[Hit]) -> None:
        self._taken = sorted((hit.start, hit.end) for hit in taken)
        self._at = 0
        self._last = 0

    def take(self, start: int, end: int) -> bool:
        while self._at < len(self._taken) and self._taken[self._at][1] <= start:
            self._at += 1
        if start < self._last or (self._at < len(self._taken) and self._taken[self._at][0] < end):
            return False
        self._last = end
        return True


def _says_line(folded: str, start: int, end: int) -> bool:
    """Whether the nearest network named around a handle is LINE."""
    if _BRACKETED_LINE.match(folded, end):
        return True
    window = folded[max(0, start - _NEAR) : start]
    line = max((match.end() for match in _LINE.finditer(window)), default=-1)
    other = max((match.end() for match in _OTHER_NETWORK.finditer(window)), default=-1)
    if line >= 0 or other >= 0:
        return line > other
    after = folded[end : end + _NEAR]
    line_after, other_after = _LINE.search(after), _OTHER_NETWORK.search(after)
    return line_after is not None and (other_after is None or line_after.start() < other_after.start())


def _named(reading: Reading, line: re.Match[str]) -> Hit | None:
    """The LINE name that follows the word LINE, if one does."""
    folded = reading.folded
    gap = _AFTER_LINE.match(folded, line.end(), min(len(folded), line.end() + _NEAR))
    start = gap.end() if gap else line.end()
    name = _NAME.match(folded, start)
    if not name:
        return None
    end = _trimmed(folded, start, name.end())
    word = folded[start:end]
    filler = folded[line.end() : start]
    if len(word) < _SHORTEST or word in _NOT_NAMES or word.replace("-", "").isdigit():
        return None
    host = "." in word and word.rsplit(".", 1)[-1] in _TLDS
    linked = _LINK_WORD.search(folded, max(0, line.start() - 8), end)
    if host and (linked or (len(filler) > _SHORT_FILLER and not _ID_CUE.search(filler))):
        return None
    if "\n" in filler and not _ID_CUE.search(filler) and not _NAME_SIGN.search(word):
        return None
    if line[0].startswith("line") and not (_NAME_SIGN.search(word) or _ID_CUE.search(filler)):
        return None
    return Hit("line_ids", start, end, reading.clean[start:end])


def _named_later(reading: Reading, line: re.Match[str]) -> Hit | None:
    """The name when other words stand between; it must look like a name, and nothing else may be named there."""
    folded = reading.folded
    name = _LATER_NAME.match(folded, line.end(), line.end() + _NEAR)
    if not name or not _NAME_SIGN.search(name[1]) or name[1] in _NOT_NAMES:
        return None
    between = folded[line.end() : name.start(1)]
    asked = bool(_ID_LINE.search(folded, max(0, line.start() - 8), line.end() + 8) or _ID_CUE.search(between))
    if len(between) > _LATER and not asked:
        return None
    if _OTHER_NETWORK.search(between) or _LINK_WORD.search(between) or _BEFORE_CODE.search(between):
        return None
    end = _trimmed(folded, name.start(1), name.end(1))
    if end - name.start(1) < _SHORTEST or (not asked and folded[name.start(1) : end].rsplit(".", 1)[-1] in _TLDS):
        return None
    return Hit("line_ids", name.start(1), end, reading.clean[name.start(1) : end])


def _named_before(reading: Reading) -> Iterator[Hit]:
    """Names that are said to be LINE names afterwards: "nong_99 (ไลน์)", "ไอดี nong_99 ในไลน์"."""
    folded = reading.folded
    for name in _PLAIN_NAME.finditer(folded):
        word = name[0]
        end = _trimmed(folded, name.start(), name.end())
        if (
            _NAME_SIGN.search(word)
            and not word.replace("-", "").replace(".", "").isdigit()
            and _BRACKETED_LINE.match(folded, end)
        ):
            yield Hit("line_ids", name.start(), end, reading.clean[name.start() : end])


def line_ids(reading: Reading) -> list[Hit]:
    """LINE names, also those that look like a web address; handles of other networks get no kind."""
    found: list[Hit] = []
    folded = reading.folded
    if not any(sign in folded for sign in ("@", "line", "ไล")):
        return found
    for match in _HANDLE.finditer(folded):
        end = _trimmed(folded, match.start(), match.end())
        kind = "line_ids" if end - match.start() > _SHORTEST and _says_line(folded, match.start(), end) else ""
        found.append(Hit(kind, match.start(), end, reading.clean[match.start() : end]))
    last = 0
    for line in _LINE.finditer(folded):
        hit = (_named(reading, line) or _named_later(reading, line)) if line.start() >= last else None
        if hit:
            found.append(hit)
            last = hit.end
    taken = _Free(found)
    found.extend(hit for hit in list(_named_before(reading)) if taken.take(hit.start, hit.end))
    return found
