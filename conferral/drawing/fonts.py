"""A font manifest's slices as CSS."""

import re
from collections.abc import Callable, Iterable

from conferral.contracts.edition import FontManifest, FontSlice
from conferral.drawing.svg import css_string

_UNICODE_RANGE = re.compile(r"U\+[0-9A-Fa-f?]{1,6}(-[0-9A-Fa-f]{1,6})?(, ?U\+[0-9A-Fa-f?]{1,6}(-[0-9A-Fa-f]{1,6})?)*")
_URL = re.compile(r"[A-Za-z0-9:/._~?=&%;,+@-]+")


def css_font_faces(manifest: FontManifest, keys: Iterable[str], url_for: Callable[[str], str]) -> str:
    """Return one ``@font-face`` rule per slice, in the order of the keys.

    A key that the manifest does not have is left out: the text is then drawn by the next family.

    :param url_for: digest of a WOFF2 file to the URL that serves it.
    :raises ValueError: a range or URL cannot stand in a style sheet as it is.
    """
    return "\n".join(_rule(manifest.slices[key], url_for) for key in dict.fromkeys(keys) if key in manifest.slices)


def _rule(piece: FontSlice, url_for: Callable[[str], str]) -> str:
    url = url_for(piece.digest)
    if not _URL.fullmatch(url):
        raise ValueError(f"not a plain URL: {url!r}")
    if piece.unicode_range and not _UNICODE_RANGE.fullmatch(piece.unicode_range):
        raise ValueError(f"not a unicode-range: {piece.unicode_range!r}")
    characters = f"unicode-range:{piece.unicode_range};" if piece.unicode_range else ""
    return (
        f"@font-face{{font-family:{css_string(piece.family)};font-style:{piece.style};font-weight:{piece.weight};"
        f'font-display:swap;src:url("{url}") format("woff2");{characters}}}'
    )
