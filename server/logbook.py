# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server logs: events with a name, a sentence and fields, which `log_lines` renders.

A text of others goes into a field, and never into the sentence's template. A sentence may name, out
of the fields, what is short: a number, a name, an address. What is long stands in its field alone,
so that a line says it once. Passwords, secrets, tickets and keys go nowhere.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

# Said of every event, so no field of one is called so.
RESERVED: Final = frozenset({"time", "level", "msg", "event", "logger", "trace"})

# What can be long, or is a text of others: no sentence has it as well.
LONG: Final = frozenset(
    {"path", "reason", "title", "source", "entries", "aside", "fingerprint", "changed", "restart"}
)


@dataclass(frozen=True, slots=True)
class Said:
    """One event.

    Attributes:
        event: its name, by which programs know it.
        template: its sentence, with the names of fields in braces.
        fields: by their names; None where an event of this name can have one, and this has not.
    """

    event: str
    template: str
    fields: Mapping[str, object]

    def __str__(self) -> str:
        """The sentence."""
        return self.template.format_map(self.fields)


class Logbook:
    """Takes the events of one part of the server.

    Fields that say the same of different events are called the same: `session`, `peer` (an
    address, where a connection comes from), `user`, `station`, `path`, `reason`.
    """

    __slots__ = ("_logger",)

    def __init__(self, name: str) -> None:
        """`name` is that of a logger of `logging`, whose level holds."""
        self._logger = logging.getLogger(name)

    def debug(self, event: str, template: str, /, **fields: object) -> None:
        """What only `--verbose` tells."""
        self._say(logging.DEBUG, event, template, fields)

    def info(self, event: str, template: str, /, **fields: object) -> None:
        """What is as it should be."""
        self._say(logging.INFO, event, template, fields)

    def warning(self, event: str, template: str, /, **fields: object) -> None:
        """What the operator may want to do something about."""
        self._say(logging.WARNING, event, template, fields)

    def error(self, event: str, template: str, /, **fields: object) -> None:
        """What has failed."""
        self._say(logging.ERROR, event, template, fields)

    def defect(self, template: str, /, **fields: object) -> None:
        """A fault of the program; for use where an exception is handled, which is told too."""
        self._say(logging.ERROR, "defect", template, fields, trace=True)

    def _say(
        self,
        level: int,
        event: str,
        template: str,
        fields: Mapping[str, object],
        *,
        trace: bool = False,
    ) -> None:
        if self._logger.isEnabledFor(level):
            self._logger.log(level, Said(event, template, fields), exc_info=trace)
