"""DKIM signatures, checked by an implementation that is not ours."""

import time
from base64 import b64encode

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from conferral.contracts.edition import EmailTemplate
from services.mailer.domain.dkim import signer
from services.mailer.domain.headers import UnsafeHeader
from services.mailer.domain.mime import MimeTemplate
from tests.unit.mailer.test_mime import NOW, delivery

PRIVATE = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
PEM = PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
PUBLIC = b64encode(PRIVATE.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
SIGN = signer("academy.example", "conferral-1", PEM)
TEMPLATE = MimeTemplate.compile(
    EmailTemplate(language="en", direction="ltr", subject="{{ x }}", html="<p>{{ x }}</p>", text="{{ x }}\n\n\n")
)


def record(name: bytes, timeout: int = 5) -> bytes:
    assert name.rstrip(b".") == b"conferral-1._domainkey.academy.example"
    return f"v=DKIM1; k=rsa; p={PUBLIC}".encode()


def message(**changes: object) -> bytes:
    return SIGN(TEMPLATE.complete(delivery(values={"x": "Night Sky"}, **changes), NOW)).content


def test_somebody_elses_verifier_accepts_the_signature() -> None:
    signed = message()
    assert signed.startswith(b"DKIM-Signature: v=1; a=rsa-sha256;")
    assert dkim.verify(signed, dnsfunc=record)
    assert max(map(len, signed.split(b"\r\n"))) <= 998


@settings(max_examples=60, deadline=None)
@given(name=st.text(max_size=120), text=st.text(max_size=400))
def test_whatever_names_and_texts_hold_the_signature_holds(name: str, text: str) -> None:
    try:
        mail = TEMPLATE.complete(delivery(to_name=name, from_name=name, values={"x": text}), NOW)
    except UnsafeHeader:
        return
    assert dkim.verify(SIGN(mail).content, dnsfunc=record)


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"Night Sky", b"Night Lie"), (b"Subject: Night", b"Subject: Other"), (b"ngozi@example.org", b"evil@example.org")],
)
def test_a_message_that_was_changed_on_its_way_is_refused(old: bytes, new: bytes) -> None:
    signed = message()
    assert old in signed
    assert not dkim.verify(signed.replace(old, new), dnsfunc=record)


def test_a_message_of_another_domain_is_left_as_it_is() -> None:
    assert b"DKIM-Signature" not in message(from_address="no-reply@elsewhere.example")
    assert b"DKIM-Signature" not in message(from_address="no-reply@notacademy.example")


def test_signing_stays_within_a_few_milliseconds() -> None:
    mail = TEMPLATE.complete(delivery(values={"x": "Night Sky"}), NOW)
    began = time.perf_counter()
    for _ in range(50):
        SIGN(mail)
    assert (time.perf_counter() - began) / 50 < 0.02
