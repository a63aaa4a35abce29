# SPDX-License-Identifier: GPL-3.0-or-later
"""How an event becomes one line of the log, as key=value or as JSON: the one place that renders.

No text of others begins a line, ends a field, or reaches a terminal as a command: what is not plain
is quoted as JSON has it, and control characters are spelt out.
"""

import json
import logging
import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, cast

from server.logbook import Said

# C0, DEL, C1, and what ends a line, turns its direction or is not seen at all by some who read it.
_CONTROL: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
)
_PLAIN: Final = re.compile(r"[A-Za-z0-9_.,/:@+~%\[\]\\-]+")
_BYTE: Final = re.compile("[\udc80-\udcff]")  # of a file's name, where that is no text (PEP 383)

# How the systemd journal is told a line's level (sd-daemon(3)).
_PRIORITY: Final = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3}

_Value = str | int | float | bool | list[str]


@dataclass(frozen=True, slots=True)
class Form:
    """How lines look.

    Attributes:
        is_json: one JSON object a line.
        for_journal: the systemd journal reads them, which notes time and level itself.
        fixed: fields that every line has.
    """

    is_json: bool = False
    for_journal: bool = False
    fixed: Mapping[str, object] = field(default_factory=dict[str, object])


class LineFormatter(logging.Formatter):
    """Makes a line of whatever is logged, by others too."""

    def __init__(self, form: Form) -> None:
        """Lines of this form."""
        super().__init__()
        self._form = form

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        form = self._form
        head: dict[str, _Value] = {}
        if form.is_json or not form.for_journal:
            head["time"] = _time(record.created)
            head["level"] = record.levelname.lower()
        head["msg"] = _text(record.getMessage())
        fields = {**head, **self._fields(record)}
        line = _json(fields) if form.is_json else _pairs(fields)
        return f"<{_PRIORITY.get(record.levelno, 6)}>{line}" if form.for_journal else line

    def _fields(self, record: logging.LogRecord) -> dict[str, _Value]:
        said = record.msg
        found: dict[str, object] = {"event": "other", "logger": record.name}
        if isinstance(said, Said):
            found = {"event": said.event, **said.fields}
        found = {**found, **{n: v for n, v in self._form.fixed.items() if n not in found}}
        if record.exc_info:
            found["trace"] = self.formatException(record.exc_info)
        return {name: _value(value) for name, value in found.items() if value is not None}


def reads_journal(descriptor: int, environment: Mapping[str, str]) -> bool:
    """Whether what is written to `descriptor` goes to the systemd journal (systemd.exec(5))."""
    try:
        found = os.fstat(descriptor)
    except OSError:
        return False
    return environment.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


def _time(created: float) -> str:
    """ISO 8601, in UTC, to the millisecond."""
    moment = datetime.fromtimestamp(created, UTC)
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def _value(value: object) -> _Value:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON has no such number
    if isinstance(value, tuple):
        return [_text(str(name)) for name in cast("tuple[object, ...]", value)]
    return value if isinstance(value, bool | int | float) else _text(str(value))


def _text(text: str) -> str:
    """The same, with the bytes of a file's name that are no text spelt out in hexadecimal."""
    text = _BYTE.sub(lambda found: f"\\x{ord(found[0]) - 0xDC00:02x}", text)
    return text.encode(errors="backslashreplace").decode()


def _pairs(fields: Mapping[str, _Value]) -> str:
    return " ".join(f"{name}={_pair(value)}" for name, value in fields.items())


def _pair(value: _Value) -> str:
    if isinstance(value, list):
        value = ",".join(value)
    if isinstance(value, str) and not _PLAIN.fullmatch(value):
        return _json(value)
    return value if isinstance(value, str) else _json(value)


def _json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
