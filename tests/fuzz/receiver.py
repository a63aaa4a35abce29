# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's streams: whatever the server sends between a client's steps, the song stays right.

The input is a list of steps, of which the client's are always such as a client may take.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from hashlib import sha256
from itertools import pairwise

from common.errors import ProtocolError
from data.frames import Data, End, Fail
from data.receiver import Audio, Complete, Event, Receiver
from tests.fuzz.target import Target, head, pieces

SESSION = 7
SONG = bytes(range(200))
DIGEST = sha256(SONG).digest()
OTHER = bytes(32)
_STEP = 4  # bytes: what, the stream, `a` and `b`


class Step(IntEnum):
    """What happens next; `a` and `b` are its numbers."""

    ASK = 0  # with a window of `a`
    ACCEPT = 1  # at `a`; what is wanted begins `b` behind it
    REFUSE = 2
    GRANT = 3  # up to `a` + `b`
    STOP = 4
    LOST = 5
    DATA = 6  # `b` bytes of the song, at `a`
    END = 7  # at `a`
    FAIL = 8  # at `a`
    FOREIGN = 9  # as DATA, but other bytes than the song's


@dataclass(slots=True)
class Client:
    """What a client knows of its own steps, and all that came out."""

    receiver: Receiver = field(default_factory=Receiver)
    asked: list[int] = field(default_factory=list[int])  # without an answer yet
    accepted: list[int] = field(default_factory=list[int])
    window: dict[int, int] = field(default_factory=dict[int, int])
    events: list[Event] = field(default_factory=list[Event])

    def take(self, what: int, stream: int, a: int, b: int) -> None:
        """One step of either side; raises ProtocolError."""
        receiver = self.receiver
        match Step(what % len(Step)):
            case Step.ASK:
                number = max(self.window, default=0) + 1 + stream % 2
                self.asked.append(number)
                self.window[number] = a
                receiver.ask(number, window=a)
            case Step.ACCEPT if self.asked:
                # Answers come in the order of the questions; `control` sees to it.
                number = self.asked.pop(0)
                digest = DIGEST if stream < 200 else OTHER
                wanted = None if b == 0 else a + b
                total = max(a, len(SONG))
                self.accepted.append(number)
                self.events += receiver.accept(
                    number, offset=a, total=total, digest=digest, wanted=wanted
                )
            case Step.REFUSE if self.asked:
                receiver.refused(self.asked.pop(0))
            case Step.GRANT if self.accepted:
                receiver.grant(self.accepted[-1], a + b)
            case Step.STOP:
                receiver.stop()
            case Step.LOST:
                self.events += receiver.lost()
            case Step.DATA:
                self.deliver(Data(SESSION, max(1, stream), a, SONG[a : a + b] or b"."))
            case Step.END:
                self.deliver(End(SESSION, max(1, stream), a, DIGEST if b < 200 else OTHER))
            case Step.FAIL:
                self.deliver(Fail(SESSION, max(1, stream), a, b, "why"))
            case Step.FOREIGN:
                self.deliver(Data(SESSION, max(1, stream), a, bytes(max(1, b))))
            case _:
                pass

    def deliver(self, frame: Data | End | Fail) -> None:
        """A frame comes in one piece."""
        self.events += self.receiver.receive(frame)


@dataclass(slots=True)
class CutClient(Client):
    """The same, with every DATA in pieces."""

    choice: int = 0

    def deliver(self, frame: Data | End | Fail) -> None:
        """A frame comes as it is cut."""
        if not isinstance(frame, Data):
            self.events += self.receiver.receive(frame)
            return
        offset = frame.offset
        for part in pieces(frame.audio, self.choice):
            piece = Data(SESSION, frame.stream, offset, part, offset == frame.offset)
            self.events += self.receiver.receive(piece)
            offset += len(part)


def _run(client: Client, steps: bytes) -> str:
    for at in range(0, len(steps) - _STEP + 1, _STEP):
        what, stream, a, b = steps[at : at + _STEP]
        try:
            client.take(what, stream, a, b)
        except ProtocolError as broken:
            return str(broken)
    return ""


def check(data: bytes) -> None:
    """The song's bytes come out once and in order, the cut of DATA changes nothing."""
    (choice,), steps = head(data, 1)
    whole, cut = Client(), CutClient(choice=choice)
    refusal, why = _run(whole, steps), _run(cut, steps)
    for client in (whole, cut):
        _check_events(client)
        if not refusal:
            streams = client.receiver._streams.values()  # pyright: ignore[reportPrivateUsage]
            assert all(s.kept_bytes <= s.window for s in streams), "it keeps more than was granted"
    told, cut_told = _joined(whole.events), _joined(cut.events)
    if refusal:
        assert why, "only the whole frame was refused"
        # A frame that goes too far is heard up to there where it comes in pieces.
        assert cut_told[: max(0, len(told) - 1)] == told[:-1]
    else:
        assert (why, cut_told) == ("", told)


def _joined(events: list[Event]) -> list[Event]:
    found: list[Event] = []
    for event in events:
        before = found[-1] if found else None
        if isinstance(event, Audio) and isinstance(before, Audio) and _follows(before, event):
            found[-1] = Audio(event.stream, before.offset, before.data + event.data)
        else:
            found.append(event)
    return found


def _follows(before: Audio, event: Audio) -> bool:
    return (before.stream, before.offset + len(before.data)) == (event.stream, event.offset)


def _check_events(client: Client) -> None:
    heard = [event for event in client.events if isinstance(event, Audio)]
    for before, event in pairwise(heard):
        assert before.stream < event.stream or _follows(before, event), "a gap, or an old stream"
    intact = [event for event in client.events if isinstance(event, Complete) and event.intact]
    assert heard or not intact, "an intact song of which nothing was heard"


def _seeds() -> Iterator[bytes]:
    ask, accept, end = (Step.ASK, 0, 100, 0), (Step.ACCEPT, 0, 0, 0), (Step.END, 1, 200, 0)
    lost, stop, refuse = (Step.LOST, 0, 0, 0), (Step.STOP, 0, 0, 0), (Step.REFUSE, 0, 0, 0)
    play = (ask, accept, (Step.GRANT, 1, 200, 0))

    def data(stream: int, start: int, end: int) -> tuple[int, ...]:
        return (Step.DATA, stream, start, end - start)

    songs: list[tuple[tuple[int, ...], ...]] = [
        (*play, data(1, 0, 100), data(1, 100, 200), end),
        (ask, data(1, 0, 50), data(1, 50, 100), accept, (Step.GRANT, 1, 255, 0), end),
        (*play, data(1, 0, 90), lost, ask, (Step.ACCEPT, 0, 80, 10), data(2, 80, 100)),
        (*play, data(1, 0, 9), ask, data(1, 9, 18), accept, data(1, 18, 27), data(2, 0, 9)),
        (ask, data(1, 0, 101)),
        (ask, end, end, accept),
        (ask, ask, refuse, accept, data(2, 0, 99), (Step.FAIL, 2, 99, 1), data(2, 99, 100)),
        (*play, (Step.FOREIGN, 1, 0, 200), end, stop, data(1, 0, 1)),
        (*play, end),
        (data(1, 0, 1),),
    ]
    for number, song in enumerate(songs):
        yield bytes([number * 7, *(byte for step in song for byte in step)])


TARGETS = (Target("data-receiver", _seeds, check, longest=512),)
