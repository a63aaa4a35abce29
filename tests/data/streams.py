# SPDX-License-Identifier: GPL-3.0-or-later
"""A receiver in each of its states, and frames of one short song for it."""

from hashlib import sha256

from common.errors import ErrorCode
from data.frames import Data, End, Fail
from data.receiver import Complete, Event, Receiver

SESSION = 9
AUDIO = bytes(range(100))
DIGEST = sha256(AUDIO).digest()
OTHER = sha256(b"other").digest()


def data(stream: int, start: int, end: int) -> Data:
    return Data(SESSION, stream, start, AUDIO[start:end])


def end(stream: int, total: int = 100, digest: bytes = DIGEST) -> End:
    return End(SESSION, stream, total, digest)


def fail(stream: int, offset: int = 0) -> Fail:
    return Fail(SESSION, stream, offset, ErrorCode.CHANGED, "replaced")


def accept(receiver: Receiver, stream: int, offset: int = 0) -> list[Event]:
    return receiver.accept(stream, offset=offset, total=100, digest=DIGEST)


def asked(stream: int = 1, window: int = 100) -> Receiver:
    receiver = Receiver()
    receiver.ask(stream, window=window)
    return receiver


def receiving(stream: int = 1, window: int = 100) -> Receiver:
    receiver = asked(stream, window)
    assert accept(receiver, stream) == []
    return receiver


def complete() -> Receiver:
    receiver = receiving()
    receiver.receive(data(1, 0, 100))
    assert receiver.receive(end(1)) == [Complete(1, True)]
    return receiver


def over() -> Receiver:
    receiver = receiving()
    receiver.stop()
    return receiver
