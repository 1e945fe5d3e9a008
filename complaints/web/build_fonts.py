"""Build hook: cut the Sarabun web fonts out of the PyPI package while this project is being installed.

A page may load nothing from another host, and the whole family is 1.5 MB: two weights, cut down to the characters
that Thai and English pages use, are about 35 KB.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import fontpkg_sarabun
from fontTools.subset import Options, Subsetter, load_font, save_font
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FONTS_DIR = "complaints/web/static/fonts"
WEIGHTS = {"sarabun-regular": "Sarabun-Regular.ttf", "sarabun-bold": "Sarabun-Bold.ttf"}
CHARACTERS = (
    (0x0020, 0x007E),  # basic Latin
    (0x00A0, 0x00FF),  # accents, quotation marks, multiplication sign
    (0x0E01, 0x0E5B),  # Thai with its digits and the baht sign
    (0x200B, 0x200D),  # the breaks that the cutter puts between Thai words
    (0x2010, 0x2027),  # dashes, quotation marks, bullet, ellipsis
    (0x2030, 0x203A),
    (0x20AC, 0x20AC),
    (0x2122, 0x2122),
    (0x2190, 0x2193),
    (0x2212, 0x2212),
    (0x2248, 0x2265),
    (0x25CC, 0x25CC),  # what a tone mark stands on when it is shown alone
)
FEATURES = ("ccmp", "locl", "mark", "mkmk", "kern", "liga", "calt", "lnum", "tnum")


class FontBuildHook(BuildHookInterface[Any]):
    """Runs for wheels and for editable installs; a second run with the same sources does nothing."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the fonts and their licence, and tell hatchling to take them although git ignores them."""
        del version
        target = Path(self.root) / FONTS_DIR
        build_data["artifacts"].append(f"{FONTS_DIR}/*")
        package = Path(fontpkg_sarabun.__file__).parent
        stamp = _stamp(package)
        stamp_file = target / "stamp.txt"
        made = [target / f"{name}.woff2" for name in WEIGHTS]
        if all(path.exists() for path in made) and stamp_file.exists() and stamp_file.read_text() == stamp:
            return
        target.mkdir(parents=True, exist_ok=True)
        for path, source in zip(made, WEIGHTS.values(), strict=True):
            cut(package / "files" / source, path)
        (target / "OFL.txt").write_bytes((package / "LICENSE").read_bytes())
        stamp_file.write_text(stamp)


def cut(source: Path, target: Path) -> None:
    """Write the characters we use out of `source` as WOFF2."""
    options = Options()
    options.flavor = "woff2"
    options.layout_features = list(FEATURES)
    options.hinting = False
    font = load_font(source, options)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[code for first, last in CHARACTERS for code in range(first, last + 1)])
    subsetter.subset(font)
    # Written aside and moved, so that two installs at once never leave half a font.
    aside = target.with_suffix(".part")
    save_font(font, aside, options)
    aside.replace(target)


def _stamp(package: Path) -> str:
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for source in WEIGHTS.values():
        digest.update((package / "files" / source).read_bytes())
    return digest.hexdigest()
