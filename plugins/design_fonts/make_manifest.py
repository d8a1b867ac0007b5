"""Copy the chosen WOFF2 slices out of unpacked ``@fontsource`` packages and write ``data/manifest.json``.

    python make_manifest.py FOLDER

FOLDER holds one folder per family (``FOLDER/eb-garamond/400.css`` ...). Run it again to take up a new release of a
family; a slice's digest changes with its bytes. Needs fonttools and brotli.
"""

import hashlib
import json
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from fontTools.ttLib import TTFont

DATA = Path(__file__).parent / "conferral_design_fonts" / "data"
URL = re.compile(r"url\(\./(files/[^)]+\.woff2)\)")
RANGE = re.compile(r"unicode-range: ([^;]+);")

FIRST_PRINTABLE = 0x20

# Family folder to the styles that are vendored. CJK in one weight: each weight is 5 MB.
CHOSEN = {
    "eb-garamond": ("400", "500", "600", "400-italic"),
    "cormorant-garamond": ("500", "600"),
    "inter": ("400", "600"),
    "amiri": ("400", "700"),
    "noto-serif-hebrew": ("400", "600"),
    "noto-serif-devanagari": ("400", "600"),
    "noto-serif-bengali": ("400",),
    "noto-serif-tamil": ("400",),
    "noto-serif-thai": ("400",),
    "noto-serif-armenian": ("400",),
    "noto-serif-georgian": ("400",),
    "noto-serif-sc": ("400",),
    "noto-serif-tc": ("400",),
    "noto-serif-jp": ("400",),
    "noto-serif-kr": ("400",),
    "noto-emoji": ("400",),
}


def main(source: Path) -> None:
    """Replace the data folder."""
    shutil.rmtree(DATA, ignore_errors=True)
    slices: dict[str, dict[str, object]] = {}
    for family, styles in CHOSEN.items():
        (DATA / family).mkdir(parents=True)
        shutil.copy(source / family / "LICENSE", DATA / family / "LICENSE")
        for style in styles:
            slices.update(copied(source / family, style))
    text = json.dumps(dict(sorted(slices.items())), ensure_ascii=False, indent=0, sort_keys=True)
    (DATA / "manifest.json").write_text(text + "\n", encoding="utf-8")
    size = sum(path.stat().st_size for path in DATA.rglob("*.woff2"))
    print(f"{len(slices)} slices, {size / 1e6:.1f} MB")  # noqa: T201 - a script that tells what it did


def copied(folder: Path, css_name: str) -> Iterator[tuple[str, dict[str, object]]]:
    """Copy one style's slices; yield their manifest entries."""
    weight, _, style = css_name.partition("-")
    style = style or "normal"
    family = json.loads((folder / "metadata.json").read_text())["family"]
    css = (folder / f"{css_name}.css").read_text()
    for face in re.finditer(r"@font-face \{([^}]*)\}", css):
        body = face[1]
        source = folder / URL.findall(body)[0]
        subset = source.stem.removeprefix(f"{folder.name}-").removesuffix(f"-{weight}-{style}")
        declared = RANGE.findall(body)
        drawn = covered(source, parse(declared[0]) if declared else None)
        if not drawn:
            continue
        file = f"{folder.name}/{subset}-{weight}-{style}.woff2"
        shutil.copy(source, DATA / file)
        yield (
            f"{folder.name}/{weight}/{style}/{subset}",
            {
                "family": family,
                "weight": int(weight),
                "style": style,
                "unicode_range": css_range(drawn),
                "file": file,
                "digest": hashlib.sha256(source.read_bytes()).hexdigest(),
            },
        )


def covered(font: Path, declared: set[int] | None) -> list[int]:
    """Return the declared characters that the font really has.

    Google's ranges are the same for all families, so they promise characters that a family lacks. With the truth in
    the manifest a browser and our measuring choose the same font for every character.
    """
    with TTFont(font, lazy=True) as opened:
        has = set(opened.getBestCmap())
    return sorted(point for point in (has if declared is None else has & declared) if point >= FIRST_PRINTABLE)


def parse(css: str) -> set[int]:
    """Read CSS unicode-range syntax."""
    points: set[int] = set()
    for part in css.split(","):
        first, _, last = part.strip().removeprefix("U+").partition("-")
        points.update(range(int(first, 16), int(last or first, 16) + 1))
    return points


def css_range(points: Iterable[int]) -> str:
    """Write CSS unicode-range syntax."""
    runs: list[list[int]] = []
    for point in points:
        if runs and runs[-1][1] == point - 1:
            runs[-1][1] = point
        else:
            runs.append([point, point])
    return ",".join(f"U+{a:X}" if a == b else f"U+{a:X}-{b:X}" for a, b in runs)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
