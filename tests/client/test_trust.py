# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user says about whom to trust, read once."""

import ssl
from pathlib import Path

import pytest

from client.trust import AuthoritiesError, fingerprint_of, read_authorities, read_fingerprint
from tests.certificates import papers


def test_a_fingerprint_is_read_as_it_is_shown() -> None:
    shown = fingerprint_of(ssl.PEM_cert_to_DER_cert(papers().certificate))
    digest = bytes.fromhex(papers().fingerprint)
    for text in (shown, shown.lower(), papers().fingerprint, shown.replace(":", " ")):
        assert read_fingerprint(text) == digest


@pytest.mark.parametrize("text", ["", "AB", "A" * 63, "A" * 65, "G" * 64, "٣" * 64])
def test_what_is_no_fingerprint(text: str) -> None:
    with pytest.raises(ValueError, match="64 hexadecimal digits"):
        read_fingerprint(text)


def test_authorities_are_read_at_once(tmp_path: Path) -> None:
    certificate, _ = papers().write(tmp_path)
    assert read_authorities(str(certificate)) == papers().certificate
    certificate.write_text("# Prüfstelle\n" + papers().certificate, encoding="utf-8")
    assert read_authorities(str(certificate)).endswith(papers().certificate)


@pytest.mark.parametrize("content", [b"", b"hello", bytes(range(256)), b"-----BEGIN CERTIFICATE--"])
def test_a_file_of_something_else(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "ca.pem"
    file.write_bytes(content)
    with pytest.raises(AuthoritiesError, match=r"ca\.pem holds no certificate in PEM form"):
        read_authorities(str(file))


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(AuthoritiesError, match=r"cannot read .*: No such file"):
        read_authorities(str(tmp_path / "nowhere"))
    with pytest.raises(AuthoritiesError, match=r"cannot read .*: Is a directory"):
        read_authorities(str(tmp_path))
