# SPDX-License-Identifier: GPL-3.0-or-later
"""RFC.md's tables of constants, timers, codes and types against the code, cell by cell."""

import re

from common import constants
from common.errors import ErrorCode, is_fatal
from common.fields import Writer
from control.framing import MESSAGES
from control.heard import FIGURES
from control.message import Extension, Type
from control.music_messages import TrackEntry
from control.states import CLASS_OF, CLIENT_TABLE, SERVER_TABLE, ClientState, Received, ServerState
from data.frame_header import HEADER, FrameType
from data.frames import Deframer as FrameDeframer
from tests.rfc.document import RFC, tables

TABLES = tables()
SECONDS = {
    "HEARTBEAT",
    "DEAD_AFTER",
    "GRACE",
    "LINGER",
    "START_BACK",
    "RING",
    "MAX_BEHIND",
    "PARENT_SILENT",
    "REPORT_EVERY",
}
TIMERS = {
    name
    for name in vars(constants)
    if name.endswith(("_TIMEOUT", "_LIFETIME", "_TIME")) or name in SECONDS
}


def defined() -> dict[str, float]:
    return {name: value for name, value in vars(constants).items() if name.isupper()}


def test_no_table_is_missed() -> None:
    text = RFC.read_text()
    assert len(TABLES) == len(re.findall(r"^Table: ", text, re.MULTILINE)) == 25


def test_constants() -> None:
    written = {row["Name"]: int(row["Value"], 0) for row in TABLES["Constants"]}
    assert written == {k: v for k, v in defined().items() if k not in TIMERS}


def test_timers() -> None:
    rows = TABLES["Timers, with their default values"]
    written = {row["Name"]: float(row["Seconds"]) for row in rows}
    assert written == {k: v for k, v in defined().items() if k in TIMERS}


def test_error_codes() -> None:
    rows = TABLES["Error codes"]
    written = [(int(row["Code"], 16), row["Name"], row["Fatal"] == "yes") for row in rows]
    assert written == [(code.value, code.name, is_fatal(code)) for code in ErrorCode]
    assert all(row["Fatal"] in {"yes", "no"} for row in rows)
    assert all(row["What the client does next"] for row in rows)


def test_codes_named_in_the_text_exist() -> None:
    text = RFC.read_text()
    for name in re.findall(r"ERROR ([A-Z]+_[A-Z_]+)", text):
        assert name in ErrorCode.__members__, name


def takes(received: Received, *, server: bool) -> bool:
    """Whether the role has a use for such a message in any state."""
    if server:
        actions = [SERVER_TABLE.step(state, received)[1] for state in ServerState]
    else:
        actions = [CLIENT_TABLE.step(state, received)[1] for state in ClientState]
    return any(action.name not in {"REFUSE", "NOTHING"} for action in actions)


class TestMessageTypes:
    """The table of control message types."""

    rows = (
        TABLES["Control message types"]
        + TABLES["Control message types of stations"]
        + TABLES["Control message types of relays"]
    )

    def test_type_and_name(self) -> None:
        written = [(int(row["Type"], 16), row["Name"]) for row in self.rows]
        assert written == [(kind.value, kind.name) for kind in Type]
        assert set(MESSAGES) == set(Type)
        for row in self.rows:
            assert MESSAGES[int(row["Type"], 16)].TYPE.name == row["Name"]

    def test_from(self) -> None:
        for row in self.rows:
            received = CLASS_OF[Type[row["Name"]]]
            senders = {
                (True, True): "both",
                (True, False): "client",
                (False, True): "server",
            }
            way = takes(received, server=True), takes(received, server=False)
            assert senders[way] == row["From"], row

    def test_requests_and_what_answers_them(self) -> None:
        requests = {row["Name"] for row in self.rows if row["Is"] == "request"}
        answers = {row["Name"] for row in self.rows if row["Is"].startswith("answer")}
        notices = {row["Name"] for row in self.rows if row["Is"] == "notice"}
        assert requests | answers | notices == set(Type.__members__)
        answered_by = {row["Name"]: row["Answered by"] for row in self.rows}
        for name in requests:
            first = answered_by[name].split()[0].strip(",")
            assert first in answers | {"nothing"}, name
        assert all(not answered_by[name] for name in answers | notices)

    def test_each_has_a_section_with_its_number(self) -> None:
        sections = re.findall(
            r"([A-Z_]+) \(0x([0-9A-F]{4})\)",
            "\n".join(re.findall(r"^##+ .*", RFC.read_text(), re.MULTILINE)),
        )
        assert {(name, int(number, 16)) for name, number in sections} == {
            (kind.name, kind.value) for kind in Type
        }


def test_extension_fields() -> None:
    rows = TABLES["Extension fields"]
    assert [(int(row["Type"], 16), row["Name"]) for row in rows] == [
        (kind.value, kind.name) for kind in Extension
    ]
    found = [re.findall(r"1 to (\d+) bytes|(empty|nine u32)", row["Value"])[0] for row in rows]
    most = [constants.MAX_USER, constants.MAX_PASSWORD, constants.MAX_STATION]
    assert found == [*((str(limit), "") for limit in most), ("", "nine u32"), ("", "empty")]
    assert FIGURES == 9
    assert [row["In"] for row in rows] == ["HELLO", "HELLO", "LIST", "BYE", "TUNE"]


def payload_lengths(payload: str) -> list[int]:
    """The least and the most bytes of a payload, as the tables of data frame types say it."""
    bounds = re.search(r"(\d+) to (\d+) bytes", payload)
    if bounds:
        return [int(bound) for bound in bounds.groups()]
    if payload == "audio, not empty":
        return [1, constants.MAX_PAYLOAD]
    if "text(255)" in payload:
        return [4, 4 + constants.MAX_TEXT]
    octets = sum(int(size) for size in re.findall(r"bytes\[(\d+)\]", payload))
    return [octets + sum(int(bits) // 8 for bits in re.findall(r"\bu(\d+)", payload))]


class TestFrameTypes:
    """The tables of data frame types, and what a receiver makes of every other header."""

    rows = (
        TABLES["Data frame types"]
        + TABLES["Data frame types of stations"]
        + TABLES["Data frame types of relays"]
    )

    def test_type_and_name(self) -> None:
        written = [(int(row["Type"], 16), row["Name"]) for row in self.rows]
        assert written == [(kind.value, kind.name) for kind in FrameType]

    def accepts(self, kind: int, *, stream: int, offset: int, length: int) -> bool:
        try:
            list(FrameDeframer().feed(HEADER.pack(length, kind, 7, stream, offset)))
        except Exception:  # noqa: BLE001 whatever it is, it is no acceptance
            return False
        return True

    def test_what_a_header_may_say(self) -> None:
        for row in self.rows:
            kind = int(row["Type"], 16)
            lengths = payload_lengths(row["Payload"])
            number = row["Stream"]
            stream = 0 if number == "0" else 1
            for length in lengths:
                assert self.accepts(kind, stream=stream, offset=0, length=length), row
            for length in {min(lengths) - 1, max(lengths) + 1} - {-1}:
                assert not self.accepts(kind, stream=stream, offset=0, length=length), row
            fits = self.accepts(kind, stream=1 - stream, offset=0, length=lengths[0])
            assert fits is (number == "number or 0"), row
            fits = self.accepts(kind, stream=stream, offset=1 << 63, length=lengths[0])
            assert fits is (row["Offset"] != "0"), row


def test_the_fields_of_a_track() -> None:
    rows = TABLES["A track in TRACKS"]
    body = Writer()
    TrackEntry(1, 2, "t", "a", "b").write(body)
    sizes = {"u32": 4, "text(255)": 3}
    assert len(body.finish()) == sum(sizes[row["Type"]] for row in rows)
    fields = tuple(row["Field"].lower() for row in rows)
    assert fields == TrackEntry.__match_args__


def test_what_is_known_lies_in_the_range_of_its_section() -> None:
    ranges = {
        range(int(low, 16), int(high, 16) + 1): row["For"].split()[0]
        for row in TABLES["Reserved ranges"]
        for low, high in [row["Range"].split(" - ")]
    }
    for kind in (*Type, *FrameType, *Extension):
        number = kind & ~constants.MAY_IGNORE
        (area,) = [area for numbers, area in ranges.items() if number in numbers] or [""]
        assert area == {0x02: "Stations", 0x03: "Relays"}.get(number >> 8, ""), kind.name
