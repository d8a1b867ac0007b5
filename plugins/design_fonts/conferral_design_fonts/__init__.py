"""Open fonts for designs, sliced by Unicode range, so that every script is drawn alike on a machine without fonts."""

from conferral_design_fonts.catalogue import Slice, Style, families, manifest, slice_bytes
from conferral_design_fonts.choosing import Item, families_covering, itemise, missing, nearest_face, slices_for
from conferral_design_fonts.clusters import clusters, is_invisible

__all__ = [
    "Item",
    "Slice",
    "Style",
    "clusters",
    "families",
    "families_covering",
    "is_invisible",
    "itemise",
    "manifest",
    "missing",
    "nearest_face",
    "slice_bytes",
    "slices_for",
]
