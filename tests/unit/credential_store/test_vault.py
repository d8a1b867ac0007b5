import pytest
from cryptography.exceptions import InvalidTag

from conferral.contracts.ids import is_id
from services.credential_store.adapters.hashing import Argon2Hasher
from services.credential_store.adapters.vault import FileKeyVault, multibase
from services.credential_store.domain.accounts import organisation_did

VAULT = FileKeyVault(b"k" * 32)


def test_a_wrapped_key_opens_for_its_organisation_and_id_only():
    public, wrapped = VAULT.create_signing_key("org", "key")
    private = VAULT.unwrap("org", "key", wrapped)
    assert multibase(b"\xed\x01" + private.public_key().public_bytes_raw()) == public
    assert public.startswith("z6Mk")
    for organisation, key in [("other", "key"), ("org", "other"), ("or", "gkey")]:
        with pytest.raises(InvalidTag):
            VAULT.unwrap(organisation, key, wrapped)
    with pytest.raises(InvalidTag):
        FileKeyVault(b"x" * 32).unwrap("org", "key", wrapped)


def test_derived_ids_are_ids_and_depend_on_parts_and_key():
    assert is_id(VAULT.derive_id("a", "b"))
    assert VAULT.derive_id("a", "b") == VAULT.derive_id("a", "b")
    assert len({VAULT.derive_id("a", "b"), VAULT.derive_id("ab", ""), FileKeyVault(b"x" * 32).derive_id("a", "b")}) == 3


def test_multibase_agrees_with_a_published_example():
    # Controlled Identifiers 1.0, example of an Ed25519 Multikey
    raw = bytes.fromhex("ed01") + bytes(32)
    assert multibase(raw) == "z6MkeTG3bFFSLYVU7VqhgZxqr6YzpaGrQtFMh1uvqGy1vDnP"


def test_a_password_matches_its_own_hash_only():
    hasher = Argon2Hasher()
    encoded = hasher.hash("correct horse battery")
    assert encoded.startswith("$argon2id$")
    assert hasher.verify(encoded, "correct horse battery")
    assert not hasher.verify(encoded, "wrong")
    assert not hasher.verify(None, "nobody has this password")
    assert not hasher.verify("no hash", "wrong")


def test_a_did_holds_port_and_path_of_the_public_address():
    assert organisation_did("http://127.0.0.1:8801", "abc") == "did:web:127.0.0.1%3A8801:o:abc"
    assert organisation_did("https://example.org/x", "abc") == "did:web:example.org:x:o:abc"
