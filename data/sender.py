# SPDX-License-Identifier: GPL-3.0-or-later
"""A session's sender: which bytes of which file go out next, within the credit.

It touches no audio: it names runs of the file, and the shell hands those to the kernel. What it
has named counts as sent, so the shell must send all of it, take it back or close the connection.
"""

from typing import Final, NamedTuple

from common.constants import MAX_PAYLOAD
from common.errors import ErrorCode
from data.frame_header import DATA, HEADER
from data.frames import End, Fail
from data.index import AudioIndex
from data.states import SENDER_TABLE, SenderAction, SenderInput, SenderState

_IDLE: Final = SenderState.IDLE
_SENDING: Final = SenderState.SENDING
_new: Final = tuple.__new__  # spares the call of Python that a NamedTuple's constructor is


class Part(NamedTuple):
    """A header, or a whole small frame, and the run of the file that follows it."""

    header: bytes
    file_offset: int = 0
    length: int = 0  # bytes of the file; 0 for END and FAIL


class Sender:
    """The newest stream of one session (RFC.md, "Stream States")."""

    __slots__ = ("_index", "_limit", "_next", "_session", "_state", "_stream")

    def __init__(self, session: int) -> None:
        """No stream yet."""
        self._session = session
        self._state = _IDLE
        self._stream = 0
        self._index: AudioIndex | None = None
        self._next = 0
        self._limit = 0

    @property
    def newest(self) -> int:
        """The newest stream's number; 0 where there was none."""
        return self._stream

    @property
    def sending(self) -> bool:
        """Whether the newest stream has not ended."""
        return self._state is _SENDING

    @property
    def offset(self) -> int:
        """Audio offset of the next byte to send."""
        return self._next

    @property
    def held(self) -> bool:
        """Whether there is more of the newest stream, and no credit for any of it."""
        index = self._index
        if index is None or self._state is not _SENDING or self._next == index.total:
            return False
        return index.end_of_frame_at(self._next) > self._limit

    def play(self, stream: int, index: AudioIndex, *, start: int, window: int) -> None:
        """Begin `stream` at audio offset `start`, a frame's; whatever was before it is over."""
        self._step(SenderInput.PLAY)
        self._stream, self._index = stream, index
        self._next, self._limit = start, start + window

    def tune(self, stream: int) -> None:
        """Begin `stream` of a station; what it sends comes from elsewhere, and without credit."""
        self._step(SenderInput.PLAY)
        self._stream, self._index = stream, None

    def credit(self, stream: int, limit: int) -> bool:
        """Raise the limit; False where no such stream was ever accepted."""
        if stream > self._stream:
            return False
        if stream == self._stream and self._step(SenderInput.CREDIT) is SenderAction.RAISE_LIMIT:
            self._limit = max(self._limit, limit)
        return True

    def stop(self, stream: int) -> bool:
        """End the stream early; False where no such stream was ever accepted."""
        if stream > self._stream:
            return False
        if stream == self._stream:
            self._end(SenderInput.STOP)
        return True

    def lost(self) -> None:
        """The data connection is gone, and the stream with it."""
        self._end(SenderInput.LOST)

    def fail(self, code: ErrorCode, text: str, *, at: int | None = None) -> Part | None:
        """End the stream with FAIL, where it has not ended; `at` is the offset of a station's."""
        if self._end(SenderInput.FAILED) is not SenderAction.SEND_FAIL:
            return None
        offset = self._next if at is None else at
        return Part(Fail(self._session, self._stream, offset, code, text).encode())

    def next_parts(self, budget: int) -> list[Part]:
        """Up to about `budget` bytes to send now; empty where credit or stream are used up."""
        index = self._index
        if index is None or self._state is not _SENDING:
            return []
        limit = min(self._limit, self._next + budget)
        pack, session, stream = HEADER.pack, self._session, self._stream
        runs = index.runs(self._next, limit, MAX_PAYLOAD)
        parts = [
            _new(Part, (pack(length, DATA, session, stream, offset), file_offset, length))
            for file_offset, offset, length in runs
        ]
        if runs:
            self._next = runs[-1].offset + runs[-1].length
        if self._next == index.total:
            end = End(self._session, self._stream, index.total, index.digest)
            self._end(SenderInput.ALL_SENT)
            parts.append(Part(end.encode()))
        return parts

    def take_back(self, size: int) -> None:
        """The last `size` bytes of audio that were named did not go out: name them again.

        Only while `sending`: behind END there is nothing to take back.
        """
        self._next -= size

    def _end(self, what: SenderInput) -> SenderAction:
        action = self._step(what)
        self._index = None
        return action

    def _step(self, what: SenderInput) -> SenderAction:
        self._state, action = SENDER_TABLE.step(self._state, what)
        return action
