# SPDX-License-Identifier: GPL-3.0-or-later
"""A schedule as JSON, for a place where anybody may have written; nothing odd is let in."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar, cast

from server.station.schedule import Crowd, Entry, Schedule, Wish, check_voter

FORMAT: Final = 1  # rises with whatever an older server would misread
MAX_ENCODED: Final = 4 * 1024 * 1024  # bytes; every bound of a schedule reached at once is less
# Every number has room to grow for good: none that comes in makes the next schedule impossible.
MAX_NUMBER: Final = 2**62
MAX_DIGITS: Final = 20  # of a number that is worth being read

T = TypeVar("T")
_Reader = Callable[[object], Any]


def encode(schedule: Schedule) -> bytes:
    """The schedule as one JSON object in UTF-8, the same bytes for the same schedule."""
    return json.dumps(
        {
            "format": FORMAT,
            "version": schedule.version,
            "station_id": schedule.station_id.hex(),
            "seed": schedule.seed.hex(),
            "entries": [_fields(entry, _ENTRY) for entry in schedule.entries],
            "queue": [_fields(wish, _WISH) for wish in schedule.queue],
            "votes_for": schedule.votes_for,
            "votes": sorted(schedule.votes),
            "crowds": [_fields(crowd, _CROWD) for crowd in schedule.crowds],
            "silent": schedule.silent,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()


def decode(data: bytes) -> Schedule:
    """The schedule that `encode` made these bytes from.

    Raises:
        ValueError: they are none, or one of another format; the sentence says what is wrong.
    """
    if len(data) > MAX_ENCODED:
        raise ValueError(f"the schedule has more than {MAX_ENCODED} bytes")
    try:
        found: object = json.loads(
            data.decode(),
            object_pairs_hook=_object,
            parse_int=_digits,
            parse_float=_refuse_number,
            parse_constant=_refuse_number,
        )
    except RecursionError:
        raise ValueError("the schedule is nested too deeply") from None
    if not isinstance(found, dict):
        raise ValueError("the schedule is no JSON object")  # noqa: TRY004 - one class per remedy
    values = cast("dict[str, object]", found)
    form = values.pop("format", None)
    if form != FORMAT or isinstance(form, bool):
        raise ValueError(f"the schedule has format {form!r:.40}, and this server knows {FORMAT}")
    return Schedule(**_read(values, _SCHEDULE, "the schedule"))


def _fields(thing: object, table: Mapping[str, _Reader]) -> dict[str, object]:
    values = {name: getattr(thing, name) for name in table}
    return {name: v.hex() if isinstance(v, bytes) else v for name, v in values.items()}


def _read(values: dict[str, object], table: Mapping[str, _Reader], where: str) -> dict[str, Any]:
    """Every field of the table and no other, each through its reader."""
    if odd := sorted(values.keys() ^ table.keys()):
        what = "has an unknown" if odd[0] in values else "lacks its"
        raise ValueError(f"{where} {what} field {odd[0]!r:.40}")
    read: dict[str, Any] = {}
    for name, reader in table.items():
        try:
            read[name] = reader(values[name])
        except ValueError as error:
            raise ValueError(f"{where}, {name}: {error}") from None
    return read


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError("a field is there twice")
    return values


def _digits(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ValueError("a number is too large")
    return int(text)


def _refuse_number(text: str) -> object:
    raise ValueError(f"{text:.40} is no whole number")


def _of(kind: type[T], name: str) -> Callable[[object], T]:
    def reader(value: object) -> T:
        # Not isinstance: true is an int there.
        if type(value) is not kind:
            raise ValueError(f"this is no {name}")
        return value

    return reader


_any_int = _of(int, "number")
_str = _of(str, "text")
_bool = _of(bool, "truth value")
_list = cast("Callable[[object], list[object]]", _of(list, "list"))
_dict = cast("Callable[[object], dict[str, object]]", _of(dict, "object"))


def _int(value: object) -> int:
    number = _any_int(value)
    if not 0 <= number <= MAX_NUMBER:
        raise ValueError(f"{number} is not between 0 and {MAX_NUMBER}")
    return number


def _bytes(value: object) -> bytes:
    text = _str(value)
    data = bytes.fromhex(text)
    if data.hex() != text:
        raise ValueError("this is not hexadecimal as it is written here")
    return data


def _tuple(kind: Callable[..., T], table: Mapping[str, _Reader]) -> Callable[[object], Any]:
    def reader(value: object) -> tuple[T, ...]:
        things = enumerate(_list(value), 1)
        return tuple(kind(**_read(_dict(one), table, f"item {place}")) for place, one in things)

    return reader


def _votes(value: object) -> frozenset[str]:
    texts = [_str(one) for one in _list(value)]
    if len(set(texts)) < len(texts):
        raise ValueError("a voter is there twice")
    for text in texts:
        check_voter(text)
    return frozenset(texts)


_ENTRY: Final[Mapping[str, _Reader]] = {
    "number": _int,
    "begins_us": _int,
    "offset": _int,
    "digest": _bytes,
    "total": _int,
    "playing_us": _int,
    "sample_rate": _int,
    "channels": _int,
    "delay": _int,
    "padding": _int,
    "has_gapless": _bool,
    "title": _str,
    "artist": _str,
    "album": _str,
    "by": _str,
    "until": _int,
    "lasts_us": _int,
}
_WISH: Final[Mapping[str, _Reader]] = {
    "digest": _bytes,
    "title": _str,
    "artist": _str,
    "by": _str,
    "playing_us": _int,
    "passes": _int,
}
_CROWD: Final[Mapping[str, _Reader]] = {"server": _str, "listeners": _int, "expires_us": _int}
_SCHEDULE: Final[Mapping[str, _Reader]] = {
    "version": _int,
    "station_id": _bytes,
    "seed": _bytes,
    "entries": _tuple(Entry, _ENTRY),
    "queue": _tuple(Wish, _WISH),
    "votes_for": _int,
    "votes": _votes,
    "crowds": _tuple(Crowd, _CROWD),
    "silent": _bool,
}
