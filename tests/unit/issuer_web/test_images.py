"""Uploaded pictures: what is refused, and what is left of one that is taken."""

import struct
import zlib
from io import BytesIO
from random import Random

import pytest
from PIL import Image

from services.issuer_web.adapters.images import MOST_UPLOADED_BYTES, Refused, written_anew


def made(size=(40, 30), mode="RGB", kind="PNG", **options):
    buffer = BytesIO()
    Image.new(mode, size, "#336699").save(buffer, kind, **options)
    return buffer.getvalue()


def noise(size, mode="RGB"):
    """What no way of writing makes small."""
    channels = {"RGB": 3, "RGBA": 4}[mode]
    buffer = BytesIO()
    Image.frombytes(mode, size, Random(7).randbytes(size[0] * size[1] * channels)).save(buffer, "PNG")
    return buffer.getvalue()


def png_that_claims(width, height, pixels=b""):
    """A few bytes that say they are large."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_picture_is_written_anew_as_png_or_jpeg(kind):
    written = written_anew(made(kind=kind), 640, 120_000)
    with Image.open(BytesIO(written)) as picture:
        assert picture.format in {"PNG", "JPEG"}
        assert picture.size == (40, 30)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_large_picture_is_made_to_fit(mode):
    written = written_anew(noise((900, 700), mode), 640, 120_000)
    assert len(written) <= 120_000
    with Image.open(BytesIO(written)) as picture:
        assert max(picture.size) <= 640
        assert picture.has_transparency_data == (mode == "RGBA")


def test_nothing_else_of_the_file_is_kept():
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    written = written_anew(made(kind="JPEG", exif=exif) + b"<script>alert(1)</script>", 640, 120_000)
    assert b"taken at home" not in written
    assert b"script" not in written


def test_a_picture_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    with Image.open(BytesIO(written_anew(made(kind="JPEG", exif=exif), 640, 120_000))) as picture:
        assert picture.size == (30, 40)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "PNG, JPEG, WebP or GIF"),
        (b"not a picture at all", "PNG, JPEG, WebP or GIF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "PNG, JPEG, WebP or GIF"),
        (made(kind="TIFF"), "PNG, JPEG, WebP or GIF"),
        (made()[:60], "damaged"),
        (png_that_claims(60_000, 60_000), "too many pixels"),
        (png_that_claims(9_999, 9_999), "too many pixels"),
        (png_that_claims(20_000, 10), "too many pixels"),
        (png_that_claims(2_000, 20), "too narrow"),
        (png_that_claims(5_000, 5_000), "damaged"),
        (made() + bytes(MOST_UPLOADED_BYTES), "larger than 3 MB"),
    ],
    ids=["empty", "text", "svg", "tiff", "cut", "bomb", "large", "wide", "narrow", "hollow", "heavy"],
)
def test_what_cannot_be_used_is_refused_with_what_to_do(raw, said):
    with pytest.raises(Refused, match=said):
        written_anew(raw, 640, 120_000)
