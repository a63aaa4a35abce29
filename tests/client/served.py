# SPDX-License-Identifier: GPL-3.0-or-later
"""What the playbook's server has, and what it says."""

from dataclasses import dataclass

from common.constants import SECRET_SIZE, TICKET_SIZE
from control.music_messages import Play, StartKind, Stream
from control.session_messages import Welcome
from data.index import AudioIndex
from tests.data.frames import STEREO_128, frames, index_of

SESSION = 7
PORT = 4001
FRAME = 417  # bytes of most frames here; 26.1 ms of sound each


@dataclass(frozen=True, slots=True)
class Recording:
    """A track of the server: its audio bytes, which are the whole file, and their index."""

    audio: bytes
    index: AudioIndex


def recording(count: int, header: bytes = STEREO_128) -> Recording:
    """A track of so many numbered frames."""
    audio = b"".join(frames([header] * count))
    return Recording(audio, index_of(audio))


def accepting(play: Play, track: Recording) -> Stream:
    """The STREAM for `play`, without a tag and without a pre-roll."""
    index = track.index
    by_time = play.kind is StartKind.TIME
    first = index.frame_at_time(play.start * 1000) if by_time else None
    if first is None and play.start < index.total:
        first = index.frame_at_offset(play.start)
    interval, counts = index.time_map(1024)
    return Stream(
        stream=play.stream,
        track=play.track,
        offset=index.total if first is None else index.offset_of_frame(first),
        total=index.total,
        start_time=index.duration_us if first is None else index.time_of_frame(first),
        duration=-(-index.duration_us // 1000),
        sample_rate=44100,
        channels=2,
        gapless=False,
        delay=0,
        padding=0,
        digest=index.digest,
        title=f"Song {play.track}",
        artist="",
        album="",
        map_interval=interval,
        map=counts,
    )


def secret(number: int) -> bytes:
    """The secret of a session's n-th WELCOME."""
    return bytes([number]) * SECRET_SIZE


def ticket(number: int) -> bytes:
    """The n-th ticket."""
    return bytes([0x40 + number]) * TICKET_SIZE


def welcoming(session: int, number: int, *, resumed: bool, newest: int) -> Welcome:
    """The n-th WELCOME."""
    return Welcome(
        version=1,
        resumed=resumed,
        session=session,
        secret=secret(number),
        data_port=PORT,
        ticket=ticket(number),
        ticket_lifetime=15,
        heartbeat=20,
        dead_after=60,
        grace=60,
        newest_stream=newest,
        server="srv/1",
    )
