# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server counts while it runs, whether anybody asks for it or not. Pure."""

from collections import Counter
from typing import Final

from server.metrics.heard import HeardTally
from server.metrics.histogram import Histogram

# Seconds. The first sound of a song comes in milliseconds where the disk is awake, and late where
# the data connection has to be made first.
FIRST_BYTE: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
LOOP_LAG: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)


class Tally:
    """The counts.

    Attributes:
        sessions: sessions "opened", and "resumed" (RFC.md, "Losing and Resuming").
        streams: streams begun, of a "song" or of a "station".
        errors: ERRORs and FAILs that were sent, by their codes.
        bytes_sent: on data connections, headers included.
        credit_stalls: CREDITs that came when a stream could not go on without.
        first_byte: seconds from PLAY or TUNE until the kernel had the first sound.
        loop_lag: seconds by which a timer of the hub came late.
        heard: what listeners tell of themselves.
    """

    __slots__ = (
        "bytes_sent",
        "credit_stalls",
        "errors",
        "first_byte",
        "heard",
        "loop_lag",
        "sessions",
        "streams",
    )

    def __init__(self) -> None:
        """Nothing has happened yet."""
        self.sessions = Counter(opened=0, resumed=0)
        self.streams = Counter(song=0, station=0)
        self.errors: Counter[int] = Counter()
        self.bytes_sent = 0
        self.credit_stalls = 0
        self.first_byte = Histogram(FIRST_BYTE)
        self.loop_lag = Histogram(LOOP_LAG)
        self.heard = HeardTally()
