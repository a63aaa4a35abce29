# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m bench resume`: how long a broken link goes unnoticed, and how soon a song goes on.

Real programs at both ends of an emulated link (`bench.links`); bench/README.md tells the rest.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from bench.command_line import CommandLine, new_file
from bench.links.listener import Listener
from bench.links.origins import antiphon_server
from bench.links.path import Path as LinkPath
from bench.links.peers import Stage
from bench.links.programs import ProgramError
from bench.links.relay import CLIENT_ADDRESS, SERVER_ADDRESS
from bench.links.songs import make_songs
from bench.links.wire import LinkError, Side, Wire, wire
from bench.report import text_table, write_json
from bench.serving import headline
from bench.songs import SongError

ROUND_TRIP: Final = 0.1  # seconds
SONG: Final = 150  # seconds
KBPS: Final = 128
READ_AHEAD: Final = 10.0  # seconds of sound that the client holds
SETTLED: Final = 8.0  # seconds from the first sound, until as much is held
LOOK: Final = 0.01  # seconds between two looks
PATIENCE: Final = 40.0  # seconds for sound to come again
SOUND: Final = 6000  # bytes that are more than the two connections say of themselves
OTHER_ADDRESS: Final = "10.77.0.3"
_PEER: Final = re.compile(rf"{re.escape(SERVER_ADDRESS)}:(\d+)\s*$")


@dataclass(slots=True)
class Found:
    """What one trial has shown; seconds, None where it did not happen.

    Attributes:
        noticed_by_client: from the break until the client said that the link is lost.
        noticed_by_server: until it had closed both connections.
        first_packet: from the repair until a packet got through.
        resumed: from that packet until sound came; without a loss, when more was asked for.
        link_back: from the repair until the client had both connections again.
        gaps: silences that were heard.
    """

    trial: str
    noticed_by_client: float | None = None
    noticed_by_server: float | None = None
    first_packet: float | None = None
    resumed: float | None = None
    link_back: float | None = None
    gaps: list[float] = field(default_factory=list[float])


class Scene:
    """A listener in the middle of a song, and the link."""

    def __init__(self, stack: ExitStack, folder: Path, songs: Path) -> None:
        """Raises ProgramError, LinkError."""
        one_way = LinkPath(delay=ROUND_TRIP / 2)
        self.link: Wire = stack.enter_context(wire(one_way, one_way, kind="tun"))
        stop = threading.Event()
        self.server_log = folder / "server.log"
        port = stack.enter_context(antiphon_server(self.link, songs, folder, stop))
        stage = Stage(self.link, dict(os.environ), folder, stop, stack)
        self.listener = Listener(stage, port, ("--sink", "null", "--read-ahead", str(READ_AHEAD)))
        self.control_port = port
        self.server, self.client = _process("server"), _process("client")
        self.listener.tell("play 1")
        self.listener.wait_for(lambda fields: fields["event"] == "started", since=0)
        time.sleep(SETTLED)

    def ports(self) -> list[int]:
        """The server's ports that the client is connected to: control first."""
        said = self.inside(Side.CLIENT, "ss", "-tnH", "state", "established")
        found = [int(match[1]) for line in said.splitlines() if (match := _PEER.search(line))]
        return sorted(found, key=lambda port: port != self.control_port)

    def inside(self, side: Side, *words: str) -> str:
        """Run a program at one end; what it says."""
        command = self.link.command(side, words)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ProgramError(f"{' '.join(words)}: {done.stderr.strip()}")
        return done.stdout

    def is_given_up(self) -> bool:
        """Whether the server holds neither of the connections any more."""
        return not self.inside(Side.SERVER, "ss", "-tnH", "state", "established")


def _process(module: str) -> int:
    """The process of ours that runs this room's program."""
    for children in Path("/proc/self/task").glob("*/children"):
        for child in children.read_text().split():
            words = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
            if words[1:3] == [b"-m", module.encode()]:
                return int(child)
    raise ProgramError(f"There is no {module}.")


@dataclass(frozen=True, slots=True)
class Trial:
    """One way to break things, and how long they stay broken."""

    name: str
    seconds: float
    breaks: Callable[[Scene], None]
    mends: Callable[[Scene], None]


def perform(trial: Trial, songs: Path) -> Found:
    """Break, mend and look; raises ProgramError, LinkError."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="resume-")))
        scene = Scene(stack, folder, songs)
        found = Found(trial.name)
        broken_at = time.monotonic()
        trial.breaks(scene)
        while time.monotonic() < broken_at + trial.seconds:
            now = time.monotonic() - broken_at
            if found.noticed_by_server is None and scene.is_given_up():
                found.noticed_by_server = round(now, 2)
            time.sleep(LOOK)
        before = scene.link.passed()
        trial.mends(scene)
        mended_at = time.monotonic()
        _watch(scene, found, before.down.delivered, before.up.delivered, mended_at)
        for event in scene.listener.events("link_lost")[:1]:
            found.noticed_by_client = round(event.at - broken_at, 2)
        for event in scene.listener.events("link_back")[-1:]:
            found.link_back = round(event.at - mended_at, 2)
        time.sleep(READ_AHEAD / 2)  # whether the sound that is there reaches the sound that came
        stalls = scene.listener.events("continued")
        found.gaps = [round(stall.fields["stalled_ms"] / 1000, 2) for stall in stalls]
        return found


def _watch(scene: Scene, found: Found, down: int, up: int, mended_at: float) -> None:
    """Wait for the first packet, and then for sound."""
    first: float | None = None
    sound_from = 0
    while (now := time.monotonic()) < mended_at + PATIENCE:
        passed = scene.link.passed()
        if first is None and (passed.down.delivered > down or passed.up.delivered > up):
            first = now
            sound_from = passed.down.delivered_bytes
            found.first_packet = round(now - mended_at, 2)
        if first is not None and passed.down.delivered_bytes > sound_from + SOUND:
            found.resumed = round(now - first, 2)
            return
        time.sleep(LOOK)


# -- ways to break things


def _cut(scene: Scene) -> None:
    scene.link.block_all()


def _cut_control(scene: Scene) -> None:
    scene.link.block(scene.ports()[0])


def _cut_data(scene: Scene) -> None:
    scene.link.block(scene.ports()[1])


def _unblock(scene: Scene) -> None:
    scene.link.block()


def _reset(scene: Scene, port: int, side: Side) -> None:
    name = "dport" if side is Side.CLIENT else "sport"
    scene.inside(side, "ss", "-K", "-tnH", "state", "established", name, "=", f":{port}")


def _reset_control(scene: Scene) -> None:
    _reset(scene, scene.ports()[0], Side.SERVER)


def _reset_data(scene: Scene) -> None:
    _reset(scene, scene.ports()[1], Side.SERVER)


def _change_address(scene: Scene) -> None:
    network = SERVER_ADDRESS.rpartition(".")[0] + ".0/24"
    scene.inside(Side.CLIENT, "ip", "address", "del", f"{CLIENT_ADDRESS}/24", "dev", "link")
    for words in (
        ("address", "add", f"{OTHER_ADDRESS}/24", "dev", "link", "noprefixroute"),
        ("route", "replace", network, "dev", "link", "src", OTHER_ADDRESS),
    ):
        scene.inside(Side.CLIENT, "ip", *words)


def _stop_client(scene: Scene) -> None:
    os.kill(scene.client, signal.SIGSTOP)


def _stop_server(scene: Scene) -> None:
    os.kill(scene.server, signal.SIGSTOP)


def _go_on(scene: Scene) -> None:
    for process in (scene.client, scene.server):
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGCONT)


def _nothing(_scene: Scene) -> None:
    pass


TRIALS: Final = (
    Trial("cut of 5 s", 5.0, _cut, _unblock),
    Trial("cut of 15 s", 15.0, _cut, _unblock),
    Trial("cut of 40 s", 40.0, _cut, _unblock),
    Trial("control cut for 15 s", 15.0, _cut_control, _unblock),
    Trial("data cut for good", 0.0, _cut_data, _nothing),
    Trial("control reset", 0.0, _reset_control, _nothing),
    Trial("data reset", 0.0, _reset_data, _nothing),
    Trial("address changed", 0.0, _change_address, _nothing),
    Trial("client stopped for 15 s", 15.0, _stop_client, _go_on),
    Trial("server stopped for 15 s", 15.0, _stop_server, _go_on),
)
HEADER: Final = (
    *("trial", "client noticed", "server noticed"),
    *("first packet", "resumed", "link back", "gaps"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and report; the exit status: 1 where a trial failed, 2 where none can be made."""
    parser = CommandLine("resume", __doc__)
    add = parser.add_argument
    add("--only", metavar="WORDS", default="", help="trials whose name has these")
    add("--json", metavar="FILE", type=new_file, help="write the figures there, too")
    options = parser.parse_args(arguments)
    trials = [trial for trial in TRIALS if options.only in trial.name]
    head = headline(f"{ROUND_TRIP:g} s round trip, {READ_AHEAD:g} s of sound held")
    print(head)
    found: list[Found] = []
    failed: list[str] = []
    with tempfile.TemporaryDirectory(prefix="resume-songs-") as folder:
        try:
            songs = make_songs(Path(folder) / "songs", kbps=KBPS, seconds=SONG, seed=1)[0].parent
        except SongError as error:
            print(f"resume: {error}", file=sys.stderr)
            return 2
        for trial in trials:
            try:
                found.append(perform(trial, songs))
            except (ProgramError, LinkError, OSError) as error:
                failed.append(f"{trial.name}: {error}")
                print(f"resume: {failed[-1]}", file=sys.stderr)
    print(text_table(HEADER, [row(one) for one in found]))
    if options.json is not None:
        write_json(options.json, {"headline": head, "trials": _objects(found), "failed": failed})
    return 1 if failed else 0


def row(found: Found) -> tuple[str, ...]:
    """What the table says of a trial, in the order of HEADER."""
    times = (
        found.noticed_by_client,
        found.noticed_by_server,
        found.first_packet,
        found.resumed,
        found.link_back,
    )
    said = ["-" if seconds is None else f"{seconds:.2f} s" for seconds in times]
    return (found.trial, *said, " ".join(f"{gap:g}" for gap in found.gaps) or "none")


def _objects(found: Sequence[Found]) -> list[dict[str, Any]]:
    return [asdict(one) for one in found]


if __name__ == "__main__":
    sys.exit(main())
