# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's options, each once: its name, what parses its value, and what `--help` says."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from common.constants import DEFAULT_PORT
from server.config import DEFAULT_DATA_PORTS, Limits, Timers
from server.congestion import PREFERRED, SYSTEM
from server.option_values import (
    address,
    congestion_control,
    endpoint,
    existing,
    keeping,
    networks,
    ports,
    stations,
    store,
    whole,
)
from server.relay.allowed import RelayPlan

EPILOG: Final = f"""\
examples:
  antiphon-server ./music                    every address, port {DEFAULT_PORT}
  antiphon-server 8080 ./music               another port
  antiphon-server --host 127.0.0.1 ./music   this machine only
  antiphon-server --station main --station jazz=Jazz ./music
  antiphon-server --config /etc/antiphon.toml
  antiphon-server user --help                who may listen; a folder called user is ./user
  antiphon-server certificate --help         makes a certificate for TLS
  antiphon-server check ./music              would a server start? With any other options, too

In the file, each option is a key without its dashes, at the top level:
  folder = "/srv/music"
  port = 8080
  data-ports = "{DEFAULT_DATA_PORTS}"
  station = ["main", "jazz=Jazz"]

A firewall has to admit the control port and the data ports. SIGTERM lets what is playing arrive
and takes nothing new; Ctrl-C, or a second signal, says goodbye to everybody at once. SIGHUP reads
the file again.
"""


@dataclass(frozen=True, slots=True)
class Option:
    """One setting, with what turns its text or TOML value into the wanted type."""

    name: str
    parse: Callable[[Any], Any]
    metavar: str
    help: str
    default: Any = None
    repeats: bool = False  # on the command line; `parse` gets a list


_SECONDS = whole(1, 65535)
MOST_WORKERS: Final = 256

OPTIONS: Final = (
    Option("host", address, "ADDRESS", "listen on this address only (default: all of them)", ""),
    Option(
        "data-ports",
        ports,
        "LOW-HIGH",
        f"data ports; any: whatever is free (default: {DEFAULT_DATA_PORTS}, on loopback any)",
    ),
    Option(
        "state",
        keeping,
        "DIR",
        "keeps track ids and indexes; none: forget them at the end "
        "(default: a folder below $XDG_STATE_HOME or ~/.local/state)",
    ),
    Option(
        "users",
        existing,
        "FILE",
        "only they may listen (`antiphon-server user add NAME --file FILE` makes it)",
    ),
    Option(
        "station",
        stations,
        "NAME[=WHAT]",
        "a radio station that plays on for all who tune in; WHAT is a folder or an .m3u playlist "
        "inside FOLDER, without it the station plays everything; may be given again",
        (),
        repeats=True,
    ),
    Option(
        "station-store",
        store,
        "URL",
        "keep the stations' schedules in this Redis, so that several servers play the same "
        "(redis://HOST[:PORT][/N] or unix:///PATH)",
    ),
    Option(
        "fan-out",
        whole(1, 100),
        "K",
        "other listeners that a listener feeds at most, if it offers that; 1: a chain",
        RelayPlan().fan_out,
    ),
    Option(
        "station-feeds",
        whole(0, 1_000_000),
        "N",
        "listeners of a station that the server feeds itself, as long as others have room; "
        "0: any number",
        RelayPlan().feeds,
    ),
    Option(
        "proxy-protocol",
        networks,
        "ADDRESS",
        "connections from there begin with a header of the PROXY protocol, version 2, which says "
        "for whom they are; an address or a network, such as 10.0.0.0/24; may be given again",
        (),
        repeats=True,
    ),
    Option("rescan", _SECONDS, "SECONDS", "look through the whole folder this often", 300),
    Option(
        "congestion",
        congestion_control,
        "NAME",
        f"congestion control of the sound, where the kernel has it; {SYSTEM}: its default",
        PREFERRED,
    ),
    Option(
        "certificate",
        existing,
        "FILE",
        "speak TLS with this certificate, in PEM form (`antiphon-server certificate` makes one)",
    ),
    Option("key", existing, "FILE", "the certificate's key, where that is in a file of its own"),
    Option(
        "metrics",
        endpoint,
        "[HOST:]PORT",
        "answer Prometheus there, at /metrics, and at /healthz; without HOST to this machine only",
    ),
    Option(
        "workers",
        whole(1, MOST_WORKERS),
        "N",
        "processes that share the port, the data ports and --max-sessions, one for each core; a "
        "limit for one address holds in each of them, and the Kth answers Prometheus on PORT+K-1",
        1,
    ),
    Option(
        "max-sessions",
        whole(1, 1_000_000),
        "N",
        "listeners in all; with --workers, each has its part of them, and refuses more though "
        "another has room",
        Limits().sessions,
    ),
    Option(
        "max-sessions-per-address",
        whole(0, 1_000_000),
        "N",
        "listeners from one address; 0: any number",
        Limits().sessions_per_address,
    ),
    Option(
        "max-waiting",
        whole(1, 100_000),
        "N",
        "connections that have not said HELLO or ATTACH yet",
        Limits().waiting,
    ),
    Option(
        "max-waiting-per-address",
        whole(0, 100_000),
        "N",
        "those of them from one address; 0: any number",
        Limits().waiting_per_address,
    ),
    Option("hello-timeout", _SECONDS, "SECONDS", "time to say HELLO", Timers().hello_timeout),
    Option("ticket-lifetime", _SECONDS, "SECONDS", "time to attach", Timers().ticket_lifetime),
    Option("heartbeat", _SECONDS, "SECONDS", "silence before a PING", Timers().heartbeat),
    Option("dead-after", _SECONDS, "SECONDS", "silence before giving up", Timers().dead_after),
    Option("grace", whole(0, 65535), "SECONDS", "keep a lost session", Timers().grace),
    Option("idle-timeout", _SECONDS, "SECONDS", "end an idle session", Timers().idle_timeout),
    Option("stall-timeout", _SECONDS, "SECONDS", "a peer that never reads", Timers().stall_timeout),
    Option(
        "drain-timeout",
        whole(0, 65535),
        "SECONDS",
        "time for what is playing to arrive, after SIGTERM",
        Timers().drain_timeout,
    ),
)

# What each does that is off, unless the line or the file say so.
FLAGS: Final = {
    "verbose": "tell of every session",
    "log-json": "log one JSON object a line",
    "follow-links": "serve also what links in the folder lead to elsewhere",
    "insecure": "ask for passwords without TLS too, and say nothing of what others can read",
    "no-relays": "feed everybody from here, and let no listener feed another",
    "reuse-port": "listen where another server of this user does that was started so too; wait "
    "until it drains and gives up the state directory",
}
