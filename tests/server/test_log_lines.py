# SPDX-License-Identifier: GPL-3.0-or-later
"""One line an event, as key=value and as JSON; and no text of others that forges one."""

import json
import logging
import math
import os
import re
import shlex
import sys
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.log_lines import Form, LineFormatter, reads_journal
from server.logbook import Logbook, Said

TEXT = Form()
JSON = Form(is_json=True)
FORMS = (TEXT, JSON, Form(for_journal=True), Form(is_json=True, for_journal=True))
MOMENT = 1_700_000_000.25
OPENED = Said(
    "session_opened", "session {session} opened from {peer}", {"session": 7, "peer": "::1"}
)


def line(form: Form, said: object, *, level: int = logging.INFO, trace: bool = False) -> str:
    """What is logged, as a line."""
    record = logging.LogRecord(
        "antiphon.server", level, "", 0, said, (), sys.exc_info() if trace else None
    )
    record.created = MOMENT
    return LineFormatter(form).format(record)


def broken(text: str) -> NoReturn:
    """Raises ValueError with this text."""
    raise ValueError(text)


def pairs(text: str) -> dict[str, str]:
    """A line of key=value, read by somebody else's rules: JSON strings, or no blanks."""
    found = re.findall(r'([a-z_]+)=("(?:[^"\\]|\\.)*"|[^ "]+)(?: |$)', text)
    assert " ".join(f"{key}={value}" for key, value in found) == text, "something stands between"
    assert len({key for key, _ in found}) == len(found)
    return {key: json.loads(value) if value[0] == '"' else value for key, value in found}


def test_key_and_value() -> None:
    assert line(TEXT, OPENED) == (
        'time=2023-11-14T22:13:20.250Z level=info msg="session 7 opened from ::1"'
        " event=session_opened session=7 peer=::1"
    )


def test_json() -> None:
    assert json.loads(line(JSON, OPENED)) == {
        "time": "2023-11-14T22:13:20.250Z",
        "level": "info",
        "msg": "session 7 opened from ::1",
        "event": "session_opened",
        "session": 7,
        "peer": "::1",
    }


def test_the_time_is_one_that_others_read() -> None:
    told = datetime.fromisoformat(json.loads(line(JSON, OPENED))["time"])
    assert told == datetime.fromtimestamp(MOMENT, UTC)


def test_the_journal_notes_time_and_level_itself() -> None:
    journal = Form(for_journal=True)
    assert line(journal, OPENED) == (
        '<6>msg="session 7 opened from ::1" event=session_opened session=7 peer=::1'
    )
    found = [line(journal, OPENED, level=level)[:3] for level in (10, 20, 30, 40)]
    assert found == ["<7>", "<6>", "<4>", "<3>"]
    # Who reads JSON reads a line alone.
    assert json.loads(line(Form(is_json=True, for_journal=True), OPENED)[3:])["level"] == "info"


def test_what_every_line_has() -> None:
    assert pairs(line(Form(fixed={"worker": 3}), OPENED))["worker"] == "3"
    assert json.loads(line(Form(is_json=True, fixed={"worker": 3}), "by others"))["worker"] == 3


def test_an_event_may_be_about_another_one() -> None:
    started = Said("worker_started", "worker {worker} is process 9", {"worker": 2})
    for fixed in ({"worker": None}, {"worker": 3}):
        assert pairs(line(Form(fixed=fixed), started))["worker"] == "2"


def test_what_others_log_is_told_as_theirs() -> None:
    assert json.loads(line(JSON, "100 %"))["event"] == "other"
    assert pairs(line(TEXT, "100 %"))["logger"] == "antiphon.server"


@pytest.mark.parametrize("form", FORMS)
def test_what_an_event_has_not_is_left_out(form: Form) -> None:
    assert "user" not in line(form, Said("x", "y", {"user": None}))


@pytest.mark.parametrize("form", FORMS)
def test_a_traceback_is_in_the_line(form: Form) -> None:
    try:
        broken("a\nevent=shutting_down\x1b[2J")
    except ValueError:
        text = line(form, Said("defect", "a defect of the server", {}), trace=True)
    assert "\n" not in text
    assert "\x1b" not in text
    assert "Traceback" in text
    if form is TEXT:
        assert pairs(text)["event"] == "defect"
        assert "ValueError: a\nevent=shutting_down" in pairs(text)["trace"]


NASTY = (
    'a" event=shutting_down msg="b',
    "a\nlevel=error event=defect",
    "a\r\x1b[31m\x9bc\u2028d\u202e",
    "a\\",
    '\\" x=1',
    "x=1",
    "",
    " ",
    "\x00",
    "ä\udcff.mp3",
    "{session}",
    "%s",
    "Für Elise",
    "\udcff\udcfebad.mp3",
    "a\u200e\u200f\u061c\u200b\u2060\ufeffb",
)


@pytest.mark.parametrize("nasty", NASTY)
def test_no_text_forges_a_line_or_a_field(nasty: str) -> None:
    check(nasty)


@given(st.text())
def test_nor_does_any_other(text: str) -> None:
    check(text)


def check(nasty: str) -> None:
    """It is one field, which is read as it was, in all forms."""
    said = Said(
        "song_begun", "station {station} plays {title}", {"station": "main", "title": nasty}
    )
    readable = nasty.encode(errors="surrogateescape").decode(errors="backslashreplace")
    for form in FORMS:
        text = line(form, said)
        assert len(text.splitlines()) == 1
        assert not {unicodedata.category(char) for char in text} & {"Cc", "Zl", "Zp"}
        assert not set(text) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
        assert not set(text) & set("\u061c\u200b\u200e\u200f\u2060\ufeff")
        text = text.removeprefix("<6>")
        found = json.loads(text) if form.is_json else pairs(text)
        assert found["title"] == readable
        assert found["msg"] == f"station main plays {readable}"
        assert found["event"] == "song_begun"
        head = {"time", "level"} if form.is_json or not form.for_journal else set[str]()
        assert set(found) == head | {"msg", "event", "station", "title"}


def test_numbers_stay_numbers() -> None:
    fields = {"n": 3, "ratio": 0.5, "yes": True, "odd": math.nan, "path": Path("/srv/a b")}
    assert line(Form(for_journal=True), Said("x", "y", fields)) == (
        '<6>msg=y event=x n=3 ratio=0.5 yes=true odd=nan path="/srv/a b"'
    )
    found = json.loads(line(JSON, Said("x", "y", fields)), parse_constant=pytest.fail)
    assert (found["n"], found["ratio"], found["yes"], found["odd"]) == (3, 0.5, True, "nan")


def test_names_are_a_list() -> None:
    said = Said("reloaded", "y", {"changed": ("grace", "host"), "restart": ("a b",)})
    assert line(Form(for_journal=True), said) == (
        '<6>msg=y event=reloaded changed=grace,host restart="a b"'
    )
    found = json.loads(line(JSON, said))
    assert (found["changed"], found["restart"]) == (["grace", "host"], ["a b"])


def test_bytes_of_a_name_are_shown_as_such() -> None:
    said = Said("left_out", "y", {"path": "/m/\udcff\udcfebad.mp3"})
    assert line(Form(for_journal=True), said) == r"<6>msg=y event=left_out path=/m/\xff\xfebad.mp3"
    assert json.loads(line(JSON, said))["path"] == r"/m/\xff\xfebad.mp3"


def test_a_shell_reads_the_fields() -> None:
    said = Said("x", "it's y", {"path": "/srv/a b"})
    assert "path=/srv/a b" in shlex.split(line(TEXT, said))


def test_whether_the_journal_reads() -> None:
    reading, writing = os.pipe()
    found = os.fstat(writing)
    journal = {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"}
    assert reads_journal(writing, journal)
    assert not reads_journal(writing, {})
    assert not reads_journal(writing, {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino + 1}"})
    os.close(reading)
    os.close(writing)
    assert not reads_journal(writing, journal)


class TestLogbook:
    """What the parts of the server say."""

    def test_each_level(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        book = Logbook("antiphon.test")
        for say in (book.debug, book.info, book.warning, book.error):
            say("opened", "{path} was opened", path="/x")
        assert [record.levelname for record in caplog.records] == [
            *("DEBUG", "INFO", "WARNING", "ERROR")
        ]
        assert set(caplog.messages) == {"/x was opened"}

    def test_what_nobody_wants_is_not_told(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.WARNING)
        Logbook("antiphon.test").info("opened", "{nothing}")
        assert caplog.records == []

    def test_a_defect_has_its_trace(self, caplog: pytest.LogCaptureFixture) -> None:
        try:
            broken("of the test")
        except ValueError:
            Logbook("antiphon.test").defect("a defect; {peer}", peer="::1")
        (record,) = caplog.records
        assert isinstance(record.msg, Said)
        assert record.msg.event == "defect"
        assert "of the test" in LineFormatter(TEXT).format(record)
