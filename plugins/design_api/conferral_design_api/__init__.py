"""What a Conferral design is written against. Everything that an author needs can be imported from here."""

from conferral_design_api.colours import contrast, legible, mix, rgb
from conferral_design_api.directions import direction_of, direction_of_language
from conferral_design_api.fitting import Fitted, fit_line, fit_lines, shorten
from conferral_design_api.hookspecs import API_VERSION, ENTRY_POINT_GROUP, PROJECT, hookimpl
from conferral_design_api.locales import DEFAULT_LANGUAGE, best_match, format_date, format_number
from conferral_design_api.markup import escape, plain
from conferral_design_api.measuring import measure
from conferral_design_api.typefaces import SANS, SERIF, Typeface, default_families, typeface
from conferral_design_api.types import (
    Achievement,
    Attribute,
    AttributeType,
    CompiledDesign,
    CompileRequest,
    Completion,
    Design,
    Direction,
    EmailSource,
    Issuer,
    Option,
    Qr,
    Recipient,
    Text,
    WordingPart,
)
from conferral_design_api.wording import direction_of_words, worded

__all__ = [
    "API_VERSION",
    "DEFAULT_LANGUAGE",
    "ENTRY_POINT_GROUP",
    "PROJECT",
    "SANS",
    "SERIF",
    "Achievement",
    "Attribute",
    "AttributeType",
    "CompileRequest",
    "CompiledDesign",
    "Completion",
    "Design",
    "Direction",
    "EmailSource",
    "Fitted",
    "Issuer",
    "Option",
    "Qr",
    "Recipient",
    "Text",
    "Typeface",
    "WordingPart",
    "best_match",
    "contrast",
    "default_families",
    "direction_of",
    "direction_of_language",
    "direction_of_words",
    "escape",
    "fit_line",
    "fit_lines",
    "format_date",
    "format_number",
    "hookimpl",
    "legible",
    "measure",
    "mix",
    "plain",
    "rgb",
    "shorten",
    "typeface",
    "worded",
]
