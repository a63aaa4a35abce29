# SPDX-License-Identifier: GPL-3.0-or-later
"""Every event that the server's sources can log: its name, its sentence, its fields."""

import ast
import logging
import re
import string
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from deploy.source import ROOT
from server.log_lines import Form, LineFormatter
from server.logbook import LONG, RESERVED, Said

LEVELS = {"debug", "info", "warning", "error"}
LONGEST = 120  # characters of a sentence, before it names anything
# What must never be a field, whatever is in it.
SECRET = re.compile("password|secret|ticket|token|seed|key|credential|login")


@dataclass(frozen=True, slots=True)
class Call:
    """One place that logs."""

    where: str
    level: str
    events: tuple[str, ...]
    templates: tuple[str, ...]
    fields: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.where} {self.events[0]}"


def words(node: ast.expr) -> tuple[str, ...]:
    """The one text that it is, or the two of which it is one."""
    match node:
        case ast.Constant(str() as text):
            return (text,)
        case ast.IfExp(_, one, other):
            return words(one) + words(other)
        case _:
            raise AssertionError(f"line {node.lineno}: made of others, where it must be written")


def method(function: ast.expr, tree: ast.Module) -> str:
    """The method of a Logbook that is called; empty where it is none."""
    match function:
        case ast.Attribute(ast.Name("EVENTS" | "_events"), name):
            return name
        case ast.Name("tell") if "_events" in ast.dump(tree) or "EVENTS" in ast.dump(tree):
            return "tell"
        case _:
            return ""


def logged() -> Iterator[Call]:
    for path in sorted((ROOT / "server").rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not (level := method(node.func, tree)):
                continue
            where = f"{path.relative_to(ROOT)}:{node.lineno}"
            if level == "tell" and not (node.args and isinstance(node.args[0], ast.Constant)):
                continue  # somebody else's
            fields = [keyword.arg for keyword in node.keywords if keyword.arg is not None]
            if len(fields) < len(node.keywords):
                fields += ["session", "peer"]  # **self._whom
            if level == "defect":
                yield Call(where, level, ("defect",), words(node.args[0]), tuple(fields))
            else:
                event, template = node.args
                yield Call(where, level, words(event), words(template), tuple(fields))


CALLS = list(logged())


def test_all_of_them_were_found() -> None:
    assert len(CALLS) > 60
    sources = [path.read_text("utf-8") for path in (ROOT / "server").rglob("*.py")]
    said = sum(
        len(re.findall(r"\b(?:EVENTS|_events)\.(?:debug|info|warning|error|defect)\(", source))
        for source in sources
    )
    told = sum(call.level == "tell" for call in CALLS)
    assert said + told == len(CALLS)


def test_nothing_is_logged_another_way() -> None:
    for path in (ROOT / "server").rglob("*.py"):
        if path.name not in {"logbook.py", "log.py"}:
            assert "getLogger" not in path.read_text("utf-8"), path


@pytest.mark.parametrize("call", CALLS, ids=str)
class TestEach:
    """One place that logs."""

    def test_its_names_are_words(self, call: Call) -> None:
        assert call.level in {*LEVELS, "defect", "tell"}
        assert all(re.fullmatch("[a-z]+(_[a-z]+)*", name) for name in (*call.events, *call.fields))
        assert not RESERVED & set(call.fields)
        assert len(set(call.fields)) == len(call.fields)

    def test_it_has_no_field_for_a_secret(self, call: Call) -> None:
        assert [name for name in call.fields if SECRET.search(name)] == []

    def test_its_sentence_can_be_said(self, call: Call) -> None:
        fields = dict.fromkeys(call.fields, "x")
        for event in call.events:
            for template in call.templates:
                named = {name for _, name, _, _ in string.Formatter().parse(template) if name}
                assert named <= set(fields), template
                said = Said(event, template, fields)
                for form in (Form(), Form(is_json=True)):
                    record = _record(said)
                    assert event in LineFormatter(form).format(record)

    def test_what_is_long_stands_in_its_field_alone(self, call: Call) -> None:
        for template in call.templates:
            named = {name for _, name, _, _ in string.Formatter().parse(template) if name}
            assert not named & LONG, template
            assert len(template) <= LONGEST

    def test_its_sentence_reads_like_one(self, call: Call) -> None:
        for template in call.templates:
            assert template == template.strip()
            assert template
            assert "\n" not in template
            assert not template.endswith(".")


def _record(said: Said) -> logging.LogRecord:
    return logging.LogRecord("x", logging.INFO, "", 0, said, (), None)


def test_an_event_has_the_same_fields_wherever_it_is_said() -> None:
    """But for who tells of it: what one place does not know, it leaves out."""
    found: dict[str, list[Call]] = defaultdict(list)
    for call in CALLS:
        for event in call.events:
            found[event].append(call)
    for event, calls in found.items():
        if event not in {"defect", "login_failed"}:
            assert len({call.fields for call in calls}) == 1, event
