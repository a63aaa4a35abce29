# SPDX-License-Identifier: GPL-3.0-or-later
"""What a session plays, and what it is sent of it."""

import os
from pathlib import Path

from control.music_messages import Play, StartKind, Stream
from data.frames import Data, Deframer, End, Fail
from server.sessions import Session
from tests.e2e.songs import song
from tests.server.fakes import Desk, FakeData

ONE = song(1, 100)
TWO = song(2, 50)


def play(
    desk: Desk,
    session: Session,
    *,
    track: int = 1,
    stream: int = 1,
    start: int = 0,
    kind: StartKind = StartKind.OFFSET,
    window: int = 10**6,
    digest: bytes = b"",
) -> Stream:
    message = Play(track, stream, kind, start, window, digest)
    return desk.service.streams.play(session, message)


def told(session: Session) -> list[str]:
    assert isinstance(session.data, FakeData)
    return session.data.told


def frames(desk: Desk, session: Session, budget: int = 10**6) -> list[Data | End | Fail]:
    """What is sent next."""
    sent = b"".join(
        header + bytes(audio) for header, audio in desk.service.streams.next_frames(session, budget)
    )
    desk.service.streams.all_sent(session)
    found: list[Data | End | Fail] = []
    for frame in Deframer().feed(sent):
        assert isinstance(frame, Data | End | Fail)
        found.append(frame)
    return found


def audio(sent: list[Data | End | Fail]) -> bytes:
    return b"".join(frame.audio for frame in sent if isinstance(frame, Data))


def cut_short(path: Path) -> None:
    os.truncate(path, 100)


def replace_with_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def replace_with_loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)
