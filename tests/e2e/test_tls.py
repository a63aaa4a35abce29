# SPDX-License-Identifier: GPL-3.0-or-later
"""Server and client over TLS, both as processes, with a certificate made for the test."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.tls import is_alert
from tests.certificates import Papers, papers
from tests.e2e.cutter import cutter
from tests.e2e.raw_control import connected, read_to_end
from tests.e2e.server_process import PATIENCE, ROOT, ServerProcess, running_server
from tests.server.wires import free_ports

HOSTS = ("127.0.0.1", "127.0.0.2")
SONG = ("-c", "play 3", "-c", "wait")


@pytest.fixture(scope="module")
def mine() -> Papers:
    return papers(*HOSTS)


@pytest.fixture(scope="module")
def files(mine: Papers, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    certificate, key = mine.write(tmp_path_factory.mktemp("papers"))
    return str(certificate), str(key)


@pytest.fixture(scope="module")
def server(files: tuple[str, str]) -> Iterator[ServerProcess]:
    options = ("--certificate", files[0], "--key", files[1], "--verbose")
    with running_server(ROOT / "music", *options) as process:
        yield process


@pytest.fixture(scope="module")
def plain() -> Iterator[ServerProcess]:
    with running_server(ROOT / "music") as process:
        yield process


def run(address: tuple[str, int], *options: str) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of a client."""
    done = subprocess.run(
        (sys.executable, "-m", "client", *options, f"{address[0]}:{address[1]}"),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    return done.returncode, done.stdout, done.stderr


def recorded(address: tuple[str, int], path: Path, *options: str) -> bytes:
    """What a song sounds like."""
    status, _, err = run(address, "--sink", f"wav:{path}", *options, *SONG)
    assert (status, err) == (0, "")
    return path.read_bytes()


@pytest.fixture(scope="module")
def song(plain: ServerProcess, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """As it sounds over plain TCP."""
    return recorded(plain.address, tmp_path_factory.mktemp("plain") / "song.wav")


def test_a_song_is_the_same_over_tls(
    server: ServerProcess, mine: Papers, files: tuple[str, str], song: bytes, tmp_path: Path
) -> None:
    for option in (("--ca", files[0]), ("--tls", "--fingerprint", mine.fingerprint.upper())):
        assert recorded(server.address, tmp_path / "song.wav", *option) == song


def test_a_lost_data_connection_is_continued_at_the_byte(
    files: tuple[str, str], mine: Papers, song: bytes, tmp_path: Path
) -> None:
    data_port = free_ports(1).low
    options = ("--certificate", files[0], "--key", files[1], "--data-ports", str(data_port))
    with running_server(ROOT / "music", *options) as server:
        control = cutter(("127.0.0.2", server.port), server.address)
        data = cutter(("127.0.0.2", data_port), ("127.0.0.1", data_port), 200_000, 1000, 300_000)
        with control, data as wire:
            path = tmp_path / "song.wav"
            trust = ("--fingerprint", mine.fingerprint)
            sink = ("--sink", f"wav:{path}")
            status, _, err = run(("127.0.0.2", server.port), *trust, *sink, *SONG)
            assert status == 0
            assert err.count("The link is back.\n") == 3
            assert path.read_bytes() == song
            assert len(wire.passed) == 4
            assert not wire.cuts


def test_another_fingerprint_is_refused(server: ServerProcess) -> None:
    status, out, err = run(server.address, "--fingerprint", "AB" * 32, "-c", "list")
    assert (status, out) == (1, "")
    assert "which is not the one given" in err
    assert err.count("\n") == 1


def test_nobody_vouches_for_it_and_the_client_says_what_to_do(
    server: ServerProcess, mine: Papers
) -> None:
    status, out, err = run(server.address, "--tls", "-c", "list")
    assert (status, out) == (1, "")
    assert err.count("\n") == 1
    found = re.search("give --fingerprint ([0-9A-F:]+)", err)
    assert found is not None
    assert found[1].replace(":", "").lower() == mine.fingerprint
    assert run(server.address, "--fingerprint", found[1], "-c", "list")[0] == 0


def test_the_server_tells_its_fingerprint(server: ServerProcess, mine: Papers) -> None:
    (said,) = [line for line in server.lines if "event=certificate" in line]
    assert said.rpartition("fingerprint=")[2].replace(":", "").lower() == mine.fingerprint


def test_a_client_of_plain_tcp_is_told_to_speak_tls(server: ServerProcess) -> None:
    status, out, err = run(server.address, "-c", "list")
    assert (status, out) == (1, "")
    assert err == f"{server.host}:{server.port} speaks TLS: give --tls, --ca or --fingerprint.\n"


def test_a_client_of_tls_does_not_speak_plain_tcp(plain: ServerProcess) -> None:
    status, out, err = run(plain.address, "--tls", "-c", "list")
    assert (status, out) == (1, "")
    assert err.startswith(f"{plain.host}:{plain.port} does not speak TLS. ")
    assert err.count("\n") == 1


def test_nonsense_harms_nobody(server: ServerProcess, files: tuple[str, str]) -> None:
    for junk in (b"GET / HTTP/1.1\r\n\r\n", bytes.fromhex("16030100050100000100"), bytes(5000)):
        with connected(server.address) as sock:
            sock.sendall(junk)
            assert is_alert(read_to_end(sock))
    assert run(server.address, "--ca", files[0], "-c", "list")[0] == 0


def test_it_shuts_down_in_order(files: tuple[str, str], mine: Papers) -> None:
    options = ("--certificate", files[0], "--key", files[1])
    with running_server(ROOT / "music", *options) as server:
        silent = connected(server.address)  # in the handshake until the end
        fingerprint = ("--fingerprint", mine.fingerprint)
        assert run(server.address, *fingerprint, "-c", "list")[0] == 0
        assert server.stop() == 0
        silent.close()
        assert "Traceback" not in server.log


def test_a_renewed_certificate_is_read_on_sighup(tmp_path: Path) -> None:
    old, new = papers(*HOSTS, serial=1), papers(*HOSTS, serial=2)
    certificate, key = old.write(tmp_path)
    with running_server(
        ROOT / "music", "--certificate", str(certificate), "--key", str(key)
    ) as server:
        new.write(tmp_path)
        assert run(server.address, "--fingerprint", old.fingerprint, "-c", "list")[0] == 0
        server.signal(signal.SIGHUP)
        shown = ":".join(re.findall("..", new.fingerprint.upper()))
        server.says(f"event=certificate fingerprint={shown}")
        assert run(server.address, "--fingerprint", new.fingerprint, "-c", "list")[0] == 0
        assert run(server.address, "--fingerprint", old.fingerprint, "-c", "list")[0] == 1


def test_from_nothing_to_a_song(song: bytes, tmp_path: Path) -> None:
    made = subprocess.run(
        (sys.executable, "-m", "server", "certificate", "--out", str(tmp_path), "127.0.0.1"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    of_server = re.search("antiphon-server (--certificate .*) FOLDER", made.stdout)
    of_client = re.search("antiphon (--fingerprint .*) 127", made.stdout)
    assert of_server is not None
    assert of_client is not None
    with running_server(ROOT / "music", *of_server[1].split()) as server:
        assert recorded(server.address, tmp_path / "song.wav", *of_client[1].split()) == song


@pytest.mark.parametrize(
    ("options", "words", "status"),
    [
        (("--certificate", "nowhere.pem"), "cannot read nowhere.pem", 1),
        (("--key", "key.pem"), "--key is given without --certificate", 2),
    ],
)
def test_a_certificate_that_cannot_be_used_is_one_sentence(
    options: tuple[str, ...], words: str, status: int
) -> None:
    done = subprocess.run(
        (sys.executable, "-m", "server", "--state", "none", *options, "0", "music"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == status
    assert done.stderr.count("\n") == 1
    assert words in done.stderr
