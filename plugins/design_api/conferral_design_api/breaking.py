"""Where a line may end: a plain reading of UAX 14 for names, titles and short statements."""

import re
import unicodedata

from conferral_design_fonts import clusters

_IDEOGRAPHIC = re.compile(
    "[\u2e80-\u303f\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)
_NOT_AT_LINE_START = frozenset("、。,.，．・：；？！!?…‥ー々ゝゞヽヾァィゥェォッャュョヮヵヶぁぃぅぇぉっゃゅょゎゕゖ～")  # noqa: RUF001 - East Asian
_HYPHENS = frozenset("-\u2010\u2013\u2014/")
_MINIMUM_BEFORE_HYPHEN = 3


def segments(text: str, *, hyphens: bool = True) -> list[str]:
    """Split text into pieces between which a line may end; a space stays with the piece before it.

    Between ideographs a line may end anywhere but before closing and after opening punctuation; elsewhere after
    spaces, and, if ``hyphens``, after a hyphen or slash inside a word.
    """
    pieces: list[str] = []
    previous = ""
    for cluster in clusters(text):
        if pieces and not _may_break(pieces[-1], previous, cluster, hyphens=hyphens):
            pieces[-1] += cluster
        else:
            pieces.append(cluster)
        previous = cluster
    return pieces


def _may_break(piece: str, previous: str, cluster: str, *, hyphens: bool) -> bool:
    if cluster.isspace():
        return False
    if previous.isspace() and previous != "\u00a0":
        return True
    if previous in _HYPHENS:
        return hyphens and len(piece) >= _MINIMUM_BEFORE_HYPHEN and cluster.isalpha()
    if not (_IDEOGRAPHIC.match(previous) or _IDEOGRAPHIC.match(cluster)):
        return False
    closes = cluster[0] in _NOT_AT_LINE_START or unicodedata.category(cluster[0]) in {"Pe", "Pf"}
    opens = unicodedata.category(previous[-1]) in {"Ps", "Pi"}
    return not closes and not opens
