# SPDX-License-Identifier: GPL-3.0-or-later
"""Every metric of the server, each once: its name, its kind, its labels and its help. Pure."""

from dataclasses import dataclass
from enum import Enum
from typing import Final


class Kind(Enum):
    """How Prometheus adds it up."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric; a counter's samples are called `name`_total, as Prometheus wants it."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()

    @property
    def samples(self) -> tuple[str, ...]:
        """The names under which its values are found."""
        match self.kind:
            case Kind.COUNTER:
                return (f"{self.name}_total",)
            case Kind.HISTOGRAM:
                return (f"{self.name}_bucket", f"{self.name}_count", f"{self.name}_sum")
            case Kind.GAUGE:
                return (self.name,)


METRICS: Final = (
    Metric(
        "antiphon_sessions",
        Kind.GAUGE,
        "Sessions, by whether their control connection is there (connected) or lost.",
        ("state",),
    ),
    Metric(
        "antiphon_sessions_begun",
        Kind.COUNTER,
        "Sessions that were opened, and resumed on another control connection.",
        ("how",),
    ),
    Metric(
        "antiphon_streams",
        Kind.GAUGE,
        "Streams that have not ended, of a song, or of a station that the server sends.",
        ("of",),
    ),
    Metric(
        "antiphon_streams_begun",
        Kind.COUNTER,
        "Streams that PLAY (song) and TUNE (station) have begun.",
        ("of",),
    ),
    Metric(
        "antiphon_sent_bytes",
        Kind.COUNTER,
        "Bytes given to the kernel on data connections, before TLS, headers included.",
    ),
    Metric(
        "antiphon_credit_stalls",
        Kind.COUNTER,
        "Times that a song could not be sent any further until the listener gave more credit.",
    ),
    Metric(
        "antiphon_first_byte_seconds",
        Kind.HISTOGRAM,
        "Time from PLAY or TUNE until the kernel had the first sound of the stream.",
    ),
    Metric("antiphon_library_tracks", Kind.GAUGE, "Tracks that can be played."),
    Metric(
        "antiphon_errors",
        Kind.COUNTER,
        "ERRORs and FAILs that were sent, by the name of the code.",
        ("code",),
    ),
    Metric(
        "antiphon_station_listeners", Kind.GAUGE, "Sessions tuned in to a station.", ("station",)
    ),
    Metric(
        "antiphon_station_fed",
        Kind.GAUGE,
        "Listeners of a station that the server feeds itself.",
        ("station",),
    ),
    Metric(
        "antiphon_station_depth",
        Kind.GAUGE,
        "Levels of a station's tree below the server: 1 where no listener feeds another.",
        ("station",),
    ),
    Metric(
        "antiphon_station_lag_seconds",
        Kind.GAUGE,
        "How far the last of a station's listeners is behind its live edge.",
        ("station",),
    ),
    Metric(
        "antiphon_heard_reports",
        Kind.COUNTER,
        "Listeners that told in their BYE what they heard; what follows is their word.",
    ),
    Metric(
        "antiphon_heard_seconds",
        Kind.COUNTER,
        "Seconds of sound that listeners say they heard.",
    ),
    Metric(
        "antiphon_heard_stalls",
        Kind.COUNTER,
        "Times that sound broke off for a listener, because nothing was there to be played.",
    ),
    Metric(
        "antiphon_heard_stalled_seconds",
        Kind.COUNTER,
        "Seconds for which sound was broken off.",
    ),
    Metric(
        "antiphon_heard_starts",
        Kind.COUNTER,
        "Songs, and stations, that began to sound at a listener's word.",
        ("of",),
    ),
    Metric(
        "antiphon_heard_start_median_seconds",
        Kind.HISTOGRAM,
        "Time from a listener's word to the first sample heard: the median of each listener.",
        ("of",),
    ),
    Metric(
        "antiphon_heard_start_worst_seconds",
        Kind.HISTOGRAM,
        "The same: the worst of each listener.",
        ("of",),
    ),
    Metric(
        "antiphon_event_loop_lag_seconds",
        Kind.HISTOGRAM,
        "By how much a timer of the event loop came late, looked at once a second.",
    ),
)
