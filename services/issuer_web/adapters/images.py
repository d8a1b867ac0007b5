"""Uploaded images: decoded within bounds and written anew, so that nothing of the uploaded file itself is kept."""

from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from services.issuer_web.domain.text import marked

FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
MOST_UPLOADED_BYTES = 3 * 1024 * 1024
MOST_PIXELS = 30_000_000
"""Decoded, such an image takes 120 MB for a moment."""
LARGEST_SIDE = 10_000
TOO_LARGE = marked("This picture has too many pixels. Choose one of at most 5000 by 5000.")
_SHRINK = 0.75
_SMALLEST_SIDE = 64
_QUALITY = 88
_COLOURS = 256
_EXTREME = 20
"""Sides of a longer ratio would leave a line of nothing."""


class Refused(ValueError):
    """The file cannot be used; the text says what to do."""


def written_anew(raw: bytes, side: int, most: int) -> bytes:
    """Return the picture as PNG, or as JPEG where that is much smaller, without anything else of the file.

    :param side: pixels that the longer side has at most.
    :param most: bytes that the result has at most.
    :raises Refused: it is no picture, of another kind, or too large.
    """
    if len(raw) > MOST_UPLOADED_BYTES:
        raise Refused(marked("This file is larger than 3 MB. Choose a smaller one."))
    picture = _decoded(raw, side)
    while True:
        picture.thumbnail((side, side), Image.Resampling.LANCZOS)
        for candidate in _written(picture):
            if len(candidate) <= most:
                return candidate
        side = int(side * _SHRINK)
        if side < _SMALLEST_SIDE:
            raise Refused(marked("This picture cannot be made small enough. Choose a simpler one."))


def _decoded(raw: bytes, side: int) -> Image.Image:
    """Return the first picture in the file, upright, with or without transparency."""
    try:
        # the formats are named, so that no other of the library's decoders sees what a stranger sends
        with Image.open(BytesIO(raw), formats=FORMATS) as found:
            _check_size(*found.size)
            found.draft("RGB", (2 * side, 2 * side))  # JPEG alone: decoded at the size that is needed
            upright = ImageOps.exif_transpose(found)
            return upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    except Refused:
        raise
    except UnidentifiedImageError:
        raise Refused(marked("This is not a picture that can be used. Choose a PNG, JPEG, WebP or GIF file.")) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused(TOO_LARGE) from None
    except (OSError, ValueError, SyntaxError, MemoryError, EOFError):
        raise Refused(marked("This picture is damaged. Choose another file.")) from None


def _check_size(width: int, height: int) -> None:
    """Look at the size that the file names, before anything of it is decoded."""
    if max(width, height) > LARGEST_SIDE or width * height > MOST_PIXELS:
        raise Refused(TOO_LARGE)
    if max(width, height) > _EXTREME * min(width, height):
        raise Refused(marked("This picture is too narrow. Choose one that is nearer to a square."))


def _written(picture: Image.Image) -> list[bytes]:
    """Return the picture in the ways it can be written, the best one first."""
    ways = [_saved(picture, "PNG", optimize=True)]
    if picture.mode == "RGB":
        ways.append(_saved(picture, "JPEG", quality=_QUALITY, progressive=True, optimize=True))
    else:
        ways.append(_saved(picture.quantize(_COLOURS, Image.Quantize.FASTOCTREE), "PNG", optimize=True))
    return ways


def _saved(picture: Image.Image, kind: str, **options: int) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()
