# SPDX-License-Identifier: GPL-3.0-or-later
"""What waits to be sent: from where it goes on, and what of it can still be forgotten."""

from io import BytesIO

import pytest

from common.constants import MAX_PAYLOAD
from data.index import index_audio
from data.sender import Sender
from server.channel import IOV_MAX
from server.streams import OutFrame
from server.unsent import Unsent
from tests.e2e.songs import song

ATTACHED = b"ATTACHED"
FRAMES: list[OutFrame] = [(b"head", b"sound"), (b"next", b"tone"), (b"last", b"")]
ALL = b"headsoundnexttonelast"


def unsent(*, greets: bool = False) -> Unsent:
    made = Unsent()
    if greets:
        made.greet(ATTACHED)
    made.add(list(FRAMES))
    return made


def waiting(one: Unsent) -> bytes:
    return b"".join(one.buffers())


@pytest.mark.parametrize("step", range(1, len(ALL)))
def test_it_goes_on_where_the_kernel_stopped(step: int) -> None:
    one = unsent()
    went = b""
    while one:
        buffers = waiting(one)
        went += buffers[:step]
        if step < len(buffers):
            one.went(step)
        else:
            one.all_went()
    assert went == ALL
    assert one.begun == 0


def test_the_kernel_takes_so_many_buffers_at_once() -> None:
    one = Unsent()
    one.add([(b"h", b"a")] * IOV_MAX)
    assert len(one.buffers()) == IOV_MAX
    one.all_went()
    assert waiting(one) == b"ha" * (IOV_MAX // 2)
    one.all_went()
    assert not one


@pytest.mark.parametrize(
    ("went", "left"),
    [
        (0, b""),
        (1, b"eadsound"),
        (4, b"sound"),
        (8, b"d"),
        (9, b""),  # a frame has gone, and none has begun
        (10, b"exttone"),
    ],
)
def test_a_switch_leaves_what_has_begun(went: int, left: bytes) -> None:
    one = unsent()
    one.went(went)
    one.switch()
    assert waiting(one) == left


@pytest.mark.parametrize("went", [0, 3])
def test_a_switch_leaves_attached(went: int) -> None:
    one = unsent(greets=True)
    one.went(went)
    one.switch()
    assert waiting(one) == ATTACHED[went:]


@pytest.mark.parametrize("at_once", [True, False])
def test_attached_that_has_gone_is_nothing_to_leave(*, at_once: bool) -> None:
    one = unsent(greets=not at_once)
    if at_once:
        one = Unsent()
        one.greet(ATTACHED)
        one.all_went()
        one.add(list(FRAMES))
    else:
        one.went(len(ATTACHED))
    one.switch()
    assert not one


def test_it_has_audio_or_not() -> None:
    one = Unsent()
    one.greet(ATTACHED)
    assert not one.has_audio()
    one.add(list(FRAMES))
    assert one.has_audio()
    one.clear()
    assert not one.has_audio()
    assert len(one) == 0


SONG = song(1, 400)


def named(sender: Sender, budget: int) -> list[OutFrame]:
    parts = sender.next_parts(budget)
    return [
        (part.header, SONG[part.file_offset : part.file_offset + part.length]) for part in parts
    ]


@pytest.fixture
def sender() -> Sender:
    """At the beginning of a song."""
    made = Sender(1)
    made.play(1, index_audio(BytesIO(SONG)), start=0, window=2**32 - 1)
    return made


@pytest.mark.parametrize("begun", [0, 10])
def test_what_has_not_begun_is_named_again(sender: Sender, begun: int) -> None:
    one = Unsent()
    one.greet(ATTACHED)
    one.went(0)
    one.add(named(sender, 2 * MAX_PAYLOAD))
    assert len(one) > 2
    first = one.frames[1]
    if begun:
        one.went(len(ATTACHED) + begun)
    one.take_back(sender)
    assert one.frames == ([first] if begun else [(ATTACHED, b"")])
    assert sender.offset == (len(first[1]) if begun else 0)


@pytest.mark.parametrize("stopped", [True, False])
def test_of_a_stream_that_has_ended_nothing_is_named_again(
    sender: Sender, *, stopped: bool
) -> None:
    one = Unsent()
    one.add(named(sender, len(SONG) // 2 if stopped else 2 * len(SONG)))
    sender.stop(1)
    assert not sender.sending
    frames = list(one.frames)
    one.take_back(sender)
    assert one.frames == frames
