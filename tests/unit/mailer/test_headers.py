import email
import unicodedata
from email import policy
from email.header import decode_header, make_header
from email.headerregistry import AddressHeader

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.mailer.domain import headers

NAMES = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=120).filter(
    lambda name: "=?" not in name
)


def parsed(line: bytes, field: str) -> AddressHeader:
    header = email.message_from_bytes(line + b"\r\n", policy=policy.default)[field]
    assert isinstance(header, AddressHeader)
    return header


def display_name(line: bytes) -> str:
    """The name as RFC 2047 reads it. Python 3.11's policy.default keeps the space between two encoded words."""
    unfolded = line.decode("ascii").partition(": ")[2].replace("\r\n ", " ").rstrip("\r\n")
    return str(make_header(decode_header(unfolded))).rpartition("<")[0].rstrip(" ")


@given(NAMES.map(lambda name: name.strip(" ")))
@settings(max_examples=400, deadline=None)
@example("Ngozi Ọkafor")
@example("李小龙")
@example('Dr. "Bob" O\\Brien, Jr.')
@example("محمد بن سعيد بن عبد الله الحارثي المعروف بأبي الحسن الأصفهاني")
def test_a_name_comes_back_as_it_went_in(name: str) -> None:
    line = headers.mailbox("To", name, "someone@example.org").header
    assert all(len(part) <= headers.LINE for part in line.split(b"\r\n"))
    addresses = parsed(line, "To").addresses
    assert [address.addr_spec for address in addresses] == ["someone@example.org"]
    read = addresses[0].display_name
    assert read == name or (line.count(b"=?utf-8") > 1 and display_name(line) == name)


@given(st.text(max_size=300))
@settings(max_examples=400, deadline=None)
@example("Your certificate: Introduction to Pollen Analysis, with all that belongs to it and then some more words")
@example("x" * 200)
@example("=?utf-8?q?a=0d=0aBcc=3a?=")
def test_a_subject_comes_back_with_its_white_space_made_single(text: str) -> None:
    line = headers.subject(text)
    assert line.isascii()
    assert all(len(part) <= headers.LINE for part in line.split(b"\r\n"))
    message = email.message_from_bytes(line + b"\r\n", policy=policy.default)
    assert message.keys() == ["Subject"]
    kept = "".join(c if unicodedata.category(c) not in {"Cc", "Cs", "Zl", "Zp"} else " " for c in text)
    expected = " ".join(part for part in kept.split(" ") if part)
    unfolded = line.decode("ascii").removeprefix("Subject: ").replace("\r\n ", " ").removesuffix("\r\n")
    assert str(make_header(decode_header(unfolded))) == expected


@pytest.mark.parametrize(
    "name",
    [
        "=?utf-8?q?a=0d=0aBcc=3a=20victim=40example.org=0d=0a?=",
        "Eve\r\nBcc: victim@example.org",
        "Eve\nX: y",
        "Eve\x00",
        "Eve\u2028Bcc: victim@example.org",
        "Eve\x85",
        "\ud800",
    ],
)
def test_a_name_that_could_become_a_header_is_refused(name: str) -> None:
    with pytest.raises(headers.UnsafeHeader) as refused:
        headers.mailbox("To", name, "eve@example.org")
    assert "victim" not in str(refused.value)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "no-at-sign",
        "a@b@c",
        "a b@example.org",
        "a@example.org>\r\nRCPT TO:<victim@example.org",
        "a@example.org\r\nBcc: x",
        "a,b@example.org",
        '"quoted"@example.org',
        "=?utf-8?q?a?=@example.org",
    ],
)
def test_an_address_that_does_not_fit_into_a_header_is_refused(address: str) -> None:
    with pytest.raises(headers.UnsafeHeader):
        headers.mailbox("To", "", address)


def test_an_international_domain_travels_in_ascii() -> None:
    box = headers.mailbox("To", "Jörg", "joerg@bücher.example")
    assert box.address == "joerg@xn--bcher-kva.example"
    assert box.header.isascii()
    assert not box.utf8


def test_an_international_local_part_needs_smtputf8() -> None:
    box = headers.mailbox("To", "", "jörg@bücher.example")
    assert box.address == "jörg@xn--bcher-kva.example"
    assert box.utf8


@pytest.mark.parametrize("identifier", ["", "a@b", "<a@b>\r\nBcc: x", "<a b@c>", "<ä@b>", "<a@b><c@d>"])
def test_a_message_id_is_checked(identifier: str) -> None:
    with pytest.raises(headers.UnsafeHeader):
        headers.message_id(identifier)


def test_a_language_is_checked() -> None:
    assert headers.content_language("zh-Hant-TW") == b"Content-Language: zh-Hant-TW\r\n"
    with pytest.raises(headers.UnsafeHeader):
        headers.content_language("en\r\nBcc: x")
