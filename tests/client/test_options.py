# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line, right and wrong."""

from pathlib import Path

import pytest

from client.language import COMMANDS
from client.option_values import split_address
from client.options import Options, read_options
from client.trust import Trust
from data.watermark import Limits
from tests.certificates import papers


def test_a_host_is_enough() -> None:
    assert read_options(["localhost"], {}) == Options(host="localhost", port=55353)


def test_everything_can_be_said() -> None:
    flags = ["--json", "--sink", "wav:x.wav", "--start", "2.5", "--history", "h"]
    flags += ["--read-ahead", "30", "--user", "alice", "--password-file", "p", "--insecure"]
    flags += ["--tune", "Late Night", "--no-report"]
    arguments = [*flags, "-c", "list", "-c", "quit", "127.0.0.1", "8080"]
    assert read_options(arguments, {}) == Options(
        host="127.0.0.1",
        port=8080,
        commands=("list", "quit"),
        station="Late Night",
        json=True,
        sink="wav:x.wav",
        start_seconds=2.5,
        read_ahead=30.0,
        history=Path("h"),
        user="alice",
        password_file=Path("p"),
        insecure=True,
        tells=False,
    )


@pytest.mark.parametrize(
    ("arguments", "limits"),
    [
        ([], Limits(1.0, 0.5, 4.0, 2.0, 120.0)),
        (["--least", "0"], Limits(0.0, 0.0, 4.0, 0.0, 120.0)),
        (["--least", "3"], Limits(3.0, 3.0, 4.0, 6.0, 120.0)),
        (["--most", "0"], Limits(1.0, 0.5, 4.0, 2.0, 0.0)),
        (["--most", "3600"], Limits(1.0, 0.5, 4.0, 2.0, 3600.0)),
        (["--least", "3600", "--most", "3600"], Limits(3600.0, 3600.0, 4.0, 7200.0, 3600.0)),
    ],
)
def test_the_mark_has_limits_at_both_ends(arguments: list[str], limits: Limits) -> None:
    options = read_options([*arguments, "h"], {})
    assert (options.start_seconds, options.limits) == (None, limits)


def test_each_way_to_trust_asks_for_tls(tmp_path: Path) -> None:
    certificate, _ = papers().write(tmp_path)
    digest = papers().fingerprint
    for arguments, trust in (
        ([], None),
        (["--tls"], Trust()),
        (["--ca", str(certificate)], Trust(authorities=papers().certificate)),
        (["--fingerprint", digest], Trust(fingerprint=bytes.fromhex(digest))),
        (["--tls", "--fingerprint", digest], Trust(fingerprint=bytes.fromhex(digest))),
    ):
        assert read_options([*arguments, "localhost"], {}).trust == trust


def test_options_may_stand_behind_the_address() -> None:
    options = read_options(["h", "8080", "-c", "play 2", "-c", "wait"], {})
    assert (options.port, options.commands) == (8080, ("play 2", "wait"))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("localhost", ("localhost", None)),
        ("localhost:8080", ("localhost", 8080)),
        ("192.0.2.7:1", ("192.0.2.7", 1)),
        ("::1", ("::1", None)),
        ("2001:db8::7", ("2001:db8::7", None)),
        ("[::1]", ("::1", None)),
        ("[2001:db8::7]:65535", ("2001:db8::7", 65535)),
    ],
)
def test_an_address_is_taken_apart(text: str, address: tuple[str, int | None]) -> None:
    assert split_address(text) == address


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "required: HOST"),
        ([""], "the host is missing"),
        ([":8080"], "the host is missing"),
        (["h:"], "the port is missing"),
        (["[::1]:"], "the port is missing"),
        (["[::1"], "is no address"),
        (["[::1]8080"], "is no address"),
        (["h:x"], "“x” is no port; ports are 1 to 65535"),
        (["h", "--ca", ""], "--ca: a file is wanted, not nothing"),
        (["h", "--history", " "], "--history: a file is wanted, not nothing"),
        (["h", "--user", "u", "--password-file", ""], "--password-file: a file is wanted"),
        (["h", "0"], "“0” is no port"),
        (["h", "65536"], "“65536” is no port"),
        (["h:0333333333"], "“0333333333” is no port"),
        (["h", "1" * 5000], "is no port"),
        (["h:1", "2"], "two ports are given: 1 and 2"),
        (["h", "1", "2"], "unrecognized arguments: 2"),
        (["--start", "nan", "h"], "“nan” is not a number from 0 to 60"),
        (["--start", "-1", "h"], "is not a number from 0 to 60"),
        (["--start", "soon", "h"], "is not a number from 0 to 60"),
        (["--least", "-1", "h"], "“-1” is not a number from 0 to 3600"),
        (["--most", "3601", "h"], "“3601” is not a number from 0 to 3600"),
        (["--read-ahead", "0.5", "h"], "“0.5” is not a number from 1 to 3600"),
        (["--least", "5", "--most", "4", "h"], "--least 5 is more than --most 4"),
        (["--least", "121", "h"], "--least 121 is more than --most 120"),
        (["--start", "2", "--least", "1", "h"], "--start leaves nothing to --least and --most"),
        (["--start", "2", "--most", "9", "h"], "--start leaves nothing to --least and --most"),
        (["h", "\uff11\uff12"], "is no port"),
        (["h:\uff11\uff12"], "is no port"),
        (["h", "--sink", "gramophone"], "there is no sink “gramophone”; there are auto, alsa,"),
        (["h", "--sink", "wav:"], "the name of the file is missing in “wav:”; write wav:FILE"),
        (["h", "--volume"], "unrecognized arguments: --volume"),
        (["h", "--user", "a\nb"], "a name has 1 to 64 bytes of UTF-8, and no control characters"),
        (["h", "--password-file", "f"], "--password-file wants --user NAME too"),
        (["h", "--password", "geheim"], "unrecognized arguments: --password"),
        (["h", "--tune", "a" * 65], "No station has a name of more than 64 bytes"),
        (["h", "--tune", "a\nb"], "There is a control character in the name"),
        (["h", "--fingerprint", "AB"], "64 hexadecimal digits"),
    ],
)
def test_a_wrong_command_line_gets_a_sentence_and_status_2(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ending:
        read_options(arguments, {})
    assert ending.value.code == 2
    printed = capsys.readouterr()
    assert words in printed.err
    assert "Try `antiphon --help`." in printed.err
    assert printed.out == ""


@pytest.mark.parametrize("name", ["nowhere.pem", "."])
def test_a_file_that_cannot_be_used_gets_a_sentence_and_status_1(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ending:
        read_options(["--ca", str(tmp_path / name), "h"], {})
    assert ending.value.code == 1
    assert capsys.readouterr().err.startswith(f"antiphon: cannot read {tmp_path / name}: ")


@pytest.mark.parametrize(
    ("environment", "history"),
    [
        ({"XDG_STATE_HOME": "/x", "HOME": "/h"}, Path("/x/antiphon/history")),
        ({"HOME": "/h"}, Path("/h/.local/state/antiphon/history")),
        ({"XDG_STATE_HOME": "relative", "HOME": "/h"}, Path("/h/.local/state/antiphon/history")),
        ({}, None),
    ],
)
def test_the_history_is_where_the_desktop_keeps_state(
    environment: dict[str, str], history: Path | None
) -> None:
    assert read_options(["h"], environment).history == history


def test_no_history_can_be_asked_for() -> None:
    assert read_options(["--history", "none", "h"], {"HOME": "/h"}).history is None


def test_the_help_names_every_option_and_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ending:
        read_options(["--help"], {})
    assert ending.value.code == 0
    text = capsys.readouterr().out
    words = ["-c COMMAND", "--json", "--sink", "--start", "--history", "--version", "55353"]
    words += ["--least", "--most", "--read-ahead", "default: 600", "default: 120", "play --now"]
    for word in words:
        assert word in " ".join(text.split())
    assert all(row.name in text for row in COMMANDS)


def test_the_version_can_be_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ending:
        read_options(["--version"], {})
    assert ending.value.code == 0
    assert capsys.readouterr().out.startswith("antiphon ")
