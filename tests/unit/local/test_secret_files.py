import base64
import stat
from dataclasses import astuple
from pathlib import Path

from conferral.local.secret_files import load_secrets


def test_secrets_stay_the_same_from_start_to_start(tmp_path: Path) -> None:
    assert load_secrets(tmp_path) == load_secrets(tmp_path)


def test_two_installations_share_no_secret(tmp_path: Path) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
    first, second = map(load_secrets, folders)
    assert not set(astuple(first)) & set(astuple(second))


def test_every_secret_is_a_file_that_only_its_owner_may_read(tmp_path: Path) -> None:
    load_secrets(tmp_path)
    files = list(tmp_path.iterdir())
    assert len(files) == 6
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_the_key_encryption_key_is_32_bytes_in_base64(tmp_path: Path) -> None:
    assert len(base64.b64decode(load_secrets(tmp_path).kek_file.read_bytes(), validate=True)) == 32
