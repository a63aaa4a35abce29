# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates and keys out of files, and what is said where they cannot be used."""

import hashlib
import os
import ssl
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from common.small_file import NO_FILE
from server import make_certificate
from server.certificate import MOST_BYTES, CertificateError, Identity
from tests.certificates import papers


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    return papers().write(tmp_path)


def refusal(certificate: Path, key: Path | None) -> str:
    with pytest.raises(CertificateError) as error:
        Identity(certificate, key)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_two_files(files: tuple[Path, Path]) -> None:
    identity = Identity(*files)
    assert identity.fingerprint.replace(":", "").lower() == papers().fingerprint
    assert identity.context.minimum_version is ssl.TLSVersion.TLSv1_3
    assert identity.context.num_tickets == 0


def test_one_file_with_both_and_what_vouches_for_it(tmp_path: Path) -> None:
    both = tmp_path / "both.pem"
    other = papers(serial=1)
    both.write_text("words in front\n" + papers().certificate + papers().key + other.certificate)
    assert Identity(both, None).fingerprint.replace(":", "").lower() == papers().fingerprint


def test_no_such_file(files: tuple[Path, Path], tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere.pem"
    said = f"cannot read {nowhere}: No such file or directory"
    assert refusal(nowhere, files[1]) == said
    assert refusal(files[0], nowhere) == said


def test_a_folder(files: tuple[Path, Path], tmp_path: Path) -> None:
    assert refusal(tmp_path, files[1]) == f"cannot read {tmp_path}: Is a directory"


def test_what_has_no_end(files: tuple[Path, Path], tmp_path: Path) -> None:
    pipe, zero = tmp_path / "pipe", Path("/dev/zero")
    os.mkfifo(pipe)
    for path in (pipe, zero):
        assert refusal(path, files[1]) == f"cannot read {path}: {NO_FILE}"
        assert refusal(files[0], path) == f"cannot read {path}: {NO_FILE}"
    large = tmp_path / "large.pem"
    large.write_bytes(b"#" * MOST_BYTES + files[0].read_bytes())
    assert refusal(large, files[1]) == f"cannot read {large}: it has more than 1 MiB"


def test_a_pipe_at_a_reload_makes_nobody_wait(files: tuple[Path, Path]) -> None:
    identity = Identity(*files)
    before = identity.context, identity.fingerprint
    for path in files:
        content = path.read_bytes()
        path.unlink()
        os.mkfifo(path)
        with pytest.raises(CertificateError, match="it is a pipe"):
            identity.reload()
        path.unlink()
        path.write_bytes(content)
    assert (identity.context, identity.fingerprint) == before


def test_another_key(files: tuple[Path, Path], tmp_path: Path) -> None:
    other = papers(serial=1).write(tmp_path / "other")[1]
    said = f"the key in {other} is not that of the certificate in {files[0]}"
    assert refusal(files[0], other) == said


def test_an_encrypted_key(files: tuple[Path, Path]) -> None:
    key = load_pem_private_key(papers().key.encode(), None)
    locked = BestAvailableEncryption(b"open sesame")
    files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked))
    assert refusal(*files).startswith(f"the key in {files[1]} is encrypted: openssl pkey ")


def test_files_that_hold_something_else(files: tuple[Path, Path]) -> None:
    certificate, key = files
    assert "holds no private key in PEM form; give it with --key" in refusal(certificate, None)
    assert refusal(certificate, certificate) == f"{certificate} holds no private key in PEM form"
    empty = key.with_name("empty.pem")
    empty.touch()
    assert refusal(certificate, empty) == f"{empty} holds no private key in PEM form"
    assert refusal(key, key) == f"{key} holds no certificate in PEM form"
    certificate.write_bytes(os.urandom(100))
    assert refusal(*files) == f"{certificate} holds no certificate in PEM form"
    certificate.write_text(papers().certificate.replace("M", "N"))
    assert str(certificate) in refusal(*files)


def test_a_reload_that_fails_changes_nothing(files: tuple[Path, Path]) -> None:
    identity = Identity(*files)
    before = identity.context, identity.fingerprint
    files[1].unlink()
    with pytest.raises(CertificateError):
        identity.reload()
    assert (identity.context, identity.fingerprint) == before


def test_one_is_made_that_can_be_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new" / "papers"
    assert make_certificate.main(["--out", str(out), "radio.example", "192.0.2.7", "müsli"]) == 0
    identity = Identity(out / "certificate.pem", out / "key.pem")
    said = capsys.readouterr().out
    assert identity.fingerprint in said
    assert f"--certificate {out}/certificate.pem --key {out}/key.pem" in said
    assert stat.S_IMODE((out / "key.pem").stat().st_mode) == 0o600
    found = ssl._ssl._test_decode_cert(str(out / "certificate.pem"))  # type: ignore[attr-defined]
    assert found["subjectAltName"] == (
        ("DNS", "radio.example"),
        ("IP Address", "192.0.2.7"),
        ("DNS", "xn--msli-0ra"),
    )


def test_none_is_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("certificate.pem", "key.pem"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / name).write_text("precious")
        assert make_certificate.main(["--out", str(folder), "localhost"]) == 1
        assert f"{folder / name} is there already" in capsys.readouterr().err
        assert [path.name for path in folder.iterdir()] == [name]
        assert (folder / name).read_text() == "precious"


@pytest.mark.parametrize("host", ["a b", "", "a/b", "a..b", "*"])
def test_what_is_no_name_gets_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], host: str
) -> None:
    assert make_certificate.main(["--out", str(tmp_path), host]) == 2
    assert "is no name of a host" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_an_empty_folder_is_not_the_current_one(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        make_certificate.main(["--out", "", "localhost"])
    assert refused.value.code == 2
    assert "--out: a folder is wanted, not nothing" in capsys.readouterr().err
    assert not Path("certificate.pem").exists()


def test_it_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert make_certificate.main(["--out", str(tmp_path / "file" / "in"), "localhost"]) == 1
    assert capsys.readouterr().err.startswith("antiphon-server: cannot write ")


@pytest.mark.parametrize("days", ["0", "-1", "x", "36501", "٣"])
def test_a_number_of_days_that_cannot_be(days: str) -> None:
    with pytest.raises(SystemExit):
        make_certificate.main(["--days", days, "localhost"])


def test_the_fingerprint_is_of_the_certificate_alone() -> None:
    der = ssl.PEM_cert_to_DER_cert(papers().certificate)
    assert papers().fingerprint == hashlib.sha256(der).hexdigest()
