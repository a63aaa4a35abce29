# SPDX-License-Identifier: GPL-3.0-or-later
"""The honest listener: plays a song in time in a process of its own, and tells how that went.

As a program: `python -m tests.hostile.player HOST PORT SERVER_PID TRACK SONG_FILE`, and behind
these a user and a password, where the server wants them. It writes a line once it plays, and a
Report in JSON when its standard input ends.
"""

import json
import select
import socket
import sys
import time
from dataclasses import asdict
from pathlib import Path

from control.events import Answer, Closed, Event
from control.framing import encode
from control.music_messages import Credit, List, Play, StartKind, Stream, Tracks
from control.roles import ClientConnection
from control.session_messages import Bye, Hello, Login, Welcome
from data.connection import ClientDataConnection
from data.frames import Attached, Data, End
from data.mpeg import LONGEST_FRAME
from tests.e2e.server_process import PATIENCE
from tests.e2e.songs import FRAME
from tests.hostile.vitals import waited_for_a_core
from tests.hostile.witness import LEAD, Report

SOURCE = "127.0.0.8"  # its address: whatever an address loses by an attack, it is not this one's
STEP = 0.25  # seconds of sound in one grant
TICK = 0.02  # seconds between two looks at the clock
ASK_EVERY = 0.4  # seconds between two LISTs, and between two others who come in
RATE = FRAME * 44100 / 1152  # bytes a second of the songs that are played


class UnfairError(Exception):
    """The server did something that an honest listener does not deserve."""


class Clock:
    """The time that the server answers for: it stands while the machine does something else."""

    def __init__(self, server: int) -> None:
        """`server` is its process."""
        self._server = server
        self._looked = self._due = time.monotonic()
        self._waited = waited_for_a_core(server)
        self.now = 0.0
        self.lag = 0.0

    def look(self) -> None:
        """Called at least once a TICK, if the machine lets us."""
        at, waited = time.monotonic(), waited_for_a_core(self._server)
        late = min(max(0.0, at - self._due, waited - self._waited), at - self._looked)
        self.now += at - self._looked - late
        self.lag += late
        self._looked, self._due, self._waited = at, at + 2 * TICK, waited


class Newcomer:
    """Somebody else, who comes in and goes again."""

    def __init__(self, address: tuple[str, int], login: Login | None, now: float) -> None:
        self.since = now
        self.sock = socket.socket()
        self.sock.settimeout(PATIENCE)
        self.sock.bind((SOURCE, 0))
        self.sock.connect(address)  # on loopback a matter of the kernel's, unless its queue is full
        self.sock.setblocking(False)
        self._connection = ClientConnection()
        self._connection.hello(Hello(1, 1, agent="newcomer", login=login), now=now)
        self.sock.send(self._connection.data_to_send())

    def welcome(self, now: float) -> str | None:
        """None until the server has said something; then why not, or nothing."""
        try:
            events = self._connection.receive_data(self.sock.recv(4096), now=now)
        except ConnectionResetError:
            return "reset"
        if not events:
            return None
        self.sock.close()
        match events[0]:
            case Answer(message=Welcome()):
                return ""
            case Closed() as closed:
                return f"{closed.cause.name} {closed.text}"
            case other:
                return str(other)


class Player:
    """Both connections of one session, a song, and a playing position; one thread, one `select`."""

    def __init__(
        self,
        address: tuple[str, int],
        server: int,
        track: int,
        song: bytes,
        login: Login | None,
    ) -> None:
        self.report = Report()
        self._address = address
        self._login = login
        self._track, self._song = track, song
        self._clock = Clock(server)
        self._control = ClientConnection()
        self._data: ClientDataConnection | None = None
        self._control_socket = _connected(address)
        self._data_socket: socket.socket | None = None
        self._stream = 0
        self._got = bytearray()
        self._limit = 0
        self._began: float | None = None  # when the song began to play
        self._asked: float | None = None  # when LIST was
        self._ask_at = 0.0
        self._newcomer: Newcomer | None = None
        self._control.hello(Hello(1, 1, agent="witness", login=login), now=0.0)
        self._say()

    @property
    def plays(self) -> bool:
        """Whether sound is heard."""
        return self._began is not None

    def live(self) -> None:
        """One look at everything; takes a TICK at most."""
        waiting = [self._control_socket]
        if self._data_socket is not None:
            waiting.append(self._data_socket)
        if self._newcomer is not None:
            waiting.append(self._newcomer.sock)
        ready, _, _ = select.select(waiting, (), (), TICK)
        self._clock.look()
        now = self._clock.now
        self._judge(now)
        if self._control_socket in ready:
            for event in self._control.receive_data(self._control_socket.recv(65536), now=now):
                self._heard(event, now)
        if self._data_socket in ready:
            self._receive()
        if self._newcomer is not None and self._newcomer.sock in ready:
            self._received(self._newcomer, now)
        for event in self._control.tick(now=now):
            self._heard(event, now)
        self._play_on(now)
        self._ask(now)
        self._say()

    def leave(self) -> None:
        """Hear the rest of the song, compare it, and go in order."""
        songs = self.report.songs
        self._limit = len(self._song)
        self._control.request(Credit(self._stream, self._limit))
        while self.report.songs == songs or self._asked is not None or self._newcomer is not None:
            self._ask_at = float("inf")
            self.live()
        self._control_socket.sendall(encode(1_000_000, Bye(0)))
        self.report.machine_lag = self._clock.lag

    def _judge(self, now: float) -> None:
        """How far ahead of the playing position the sound is."""
        if self._began is None:
            if len(self._got) > LEAD * RATE - LONGEST_FRAME:
                self._began = now
        elif len(self._got) < len(self._song):
            lead = len(self._got) / RATE - (now - self._began)
            self.report.least_lead = min(self.report.least_lead, lead)
        # What is under way counts as soon as it is late, also if it never comes.
        if self._asked is not None:
            self.report.slowest_answer = max(self.report.slowest_answer, now - self._asked)
        if self._newcomer is not None:
            taken = now - self._newcomer.since
            self.report.slowest_welcome = max(self.report.slowest_welcome, taken)
        if self.report.least_lead < -PATIENCE or now - (self._asked or now) > PATIENCE:
            raise UnfairError("nothing comes any more")

    def _play_on(self, now: float) -> None:
        if self._began is not None and self._limit < len(self._song):
            wanted = int((now - self._began + LEAD) * RATE)
            if wanted >= self._limit + STEP * RATE:
                self._limit = wanted
                self._control.request(Credit(self._stream, wanted))

    def _ask(self, now: float) -> None:
        if not self.plays or now < self._ask_at:
            return
        self._ask_at = now + ASK_EVERY
        if self._asked is None:
            self._asked = now
            self._control.request(List(0, 10))
        if self._newcomer is None:
            self._newcomer = Newcomer(self._address, self._login, now)

    def _received(self, newcomer: Newcomer, now: float) -> None:
        why_not = newcomer.welcome(now)
        if why_not is not None:
            self._newcomer = None
            self.report.newcomers += 1
            if why_not:
                self.report.turned_away.append(why_not)

    def _start(self) -> None:
        self._stream += 1
        self._began = None
        self._got.clear()
        self._limit = int(LEAD * RATE)
        self._control.request(
            Play(self._track, self._stream, StartKind.OFFSET, 0, self._limit),
        )

    def _heard(self, event: Event, now: float) -> None:
        match event:
            case Answer(message=Welcome() as welcome):
                self._data = ClientDataConnection(welcome.session, welcome.ticket)
                self._data_socket = _connected((self._address[0], welcome.data_port))
                self._data_socket.sendall(self._data.data_to_send())
            case Answer(message=Tracks()) if self._asked is not None:
                self._asked = None
            case Answer(message=Stream()):
                pass
            case _:
                raise UnfairError(str(event))

    def _receive(self) -> None:
        assert self._data is not None
        assert self._data_socket is not None
        for event in self._data.receive_data(self._data_socket.recv(1 << 20)):
            match event:
                case Attached():
                    self._start()
                case Data(stream=self._stream, offset=offset, audio=audio):
                    if offset != len(self._got):
                        raise UnfairError(f"audio at {offset} behind {len(self._got)} bytes")
                    self._got += audio
                    if not self._song.startswith(audio, offset):
                        raise UnfairError(f"other bytes than those of the song, from {offset} on")
                case End(stream=self._stream, total=total) if total == len(self._got):
                    self.report.songs += 1
                    self._start()
                case _:
                    raise UnfairError(str(event)[:200])

    def _say(self) -> None:
        self._control_socket.sendall(self._control.data_to_send())


def _connected(address: tuple[str, int]) -> socket.socket:
    sock = socket.create_connection(address, PATIENCE, (SOURCE, 0))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def main() -> None:
    """Listen until standard input ends."""
    host, port, server, track, song, *login = sys.argv[1:]
    player = Player(
        (host, int(port)),
        int(server),
        int(track),
        Path(song).read_bytes(),
        Login(*login) if login else None,
    )
    try:
        while not player.plays:
            player.live()
        sys.stdout.write("plays\n")
        sys.stdout.flush()
        while not select.select((sys.stdin,), (), (), 0)[0]:
            player.live()
        player.leave()
    except (UnfairError, OSError) as fault:
        player.report.fault = f"{type(fault).__name__}: {fault}"
    sys.stdout.write(json.dumps(asdict(player.report)))


if __name__ == "__main__":
    main()
