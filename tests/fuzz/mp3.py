# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of any content: an index that covers exactly the audio, or the reason why there is none."""

from collections.abc import Iterator
from hashlib import sha256
from io import SEEK_SET, BytesIO
from itertools import pairwise
from pathlib import Path
from unittest.mock import patch

from common.constants import MAX_MAP, MAX_PAYLOAD
from data import frame_walk
from data.index import AudioIndex, NotMp3, index_audio
from data.mpeg import parse_header
from data.tags import audio_end, leading_tag, trailing_tag
from data.xing import parse_info_frame
from tests.fuzz.target import Target, head
from tests.mp3_samples import FALSE_SYNC, apev1, apev2, id3v1, id3v1_enhanced, id3v2, lyrics3v2

MUSIC = Path(__file__).parents[2] / "music"

# The shortest frames there are, so that an input has room for many: MPEG 2, 8 kbit/s, 24 kHz.
SHORT = bytes.fromhex("fff314c4") + b"." * 20
SHORT_PADDED = bytes.fromhex("fff316c4") + b"," * 21
OTHER_RATE = bytes.fromhex("fff310c4") + b":" * 22  # 22.05 kHz
_BLOCKS = (1 << 20, 4096, 1500, 64)


class Shrinking(BytesIO):
    """A file that becomes shorter while it is read."""

    def __init__(self, content: bytes, left: int) -> None:
        super().__init__(content)
        self._left = left

    def seek(self, position: int, whence: int = SEEK_SET, /) -> int:
        """Cut off what is behind `left` once its size is known."""
        found = super().seek(position, whence)
        if whence != SEEK_SET:
            self.truncate(min(found, self._left))
        return found


def music_heads(size: int) -> Iterator[bytes]:
    """The beginnings of the sample tracks."""
    for path in sorted(MUSIC.glob("*.mp3")):
        with path.open("rb") as file:
            yield file.read(size)


def files() -> Iterator[bytes]:
    """Small files of every kind: frames, tags at both ends, junk, and heads of real ones."""
    frames = (SHORT + SHORT_PADDED) * 8
    xing = bytes.fromhex("fff384c4") + bytes(9) + b"Xing" + bytes([0, 0, 0, 15])
    lame = xing + b"\0\0\0\x09\0\0\1\0" + bytes(104) + b"LAME3.100" + bytes(12) + b"\x24\x03\xf4"
    vbri = bytes.fromhex("fff384c4") + bytes(32) + b"VBRI" + bytes(6) + b"\0\0\1\0\0\0\0\x09"
    yield from (b"", b"RIFF....WAVE", b"words\n" * 99, bytes(99), FALSE_SYNC * 9)
    yield frames
    yield lame.ljust(192, b"\0") + frames
    yield vbri.ljust(192, b"\0") + frames
    yield id3v2(FALSE_SYNC) + id3v2(frames, footer=True) + frames + id3v1(b"Ground")
    yield apev2(b"Title", frames) + frames + apev1(b"Title", b"x") + lyrics3v2(b"la")
    yield frames + b"LYRICSBEGINla laLYRICSEND" + id3v1_enhanced(b"a") + id3v1(b"a")
    yield frames + FALSE_SYNC + frames[:-9] + frames + OTHER_RATE * 9 + b"x" * 300 + frames
    yield frames[:-5]
    for size in (1300, 8000):
        yield from music_heads(size)


def _index_seeds() -> Iterator[bytes]:
    for number, content in enumerate(files()):
        yield bytes([number % len(_BLOCKS), number * 5 % 256]) + content
    # The first frame across the end of the smallest block, at each of its bytes.
    for junk in range(_BLOCKS[-1] - 9, _BLOCKS[-1] + 2):
        yield bytes([len(_BLOCKS) - 1, 0]) + b"x" * junk + SHORT * 9


def _indexed(file: BytesIO) -> AudioIndex | str:
    try:
        return index_audio(file)
    except NotMp3 as refusal:
        assert refusal.reason
        return refusal.reason


def check_index(data: bytes) -> None:
    """The index covers exactly the audio, and the size of a block changes nothing."""
    (block, choice), content = head(data, 2)
    index = _indexed(BytesIO(content))
    with patch.object(frame_walk, "_BLOCK", _BLOCKS[block % len(_BLOCKS)]):
        assert _indexed(BytesIO(content)) == index
    shrunk = _indexed(Shrinking(content, len(content) * choice // 256))
    for found in (index, shrunk):
        if isinstance(found, AudioIndex):
            check_is_sound(found, content)
            assert AudioIndex.from_bytes(found.to_bytes()) == found


def check_is_sound(index: AudioIndex, content: bytes | None) -> None:
    """What every index must be, and what everybody who uses one may ask; `content` if known."""
    runs = list(index.runs(0, index.total, MAX_PAYLOAD))
    assert sum(run.length for run in runs) == index.total == sum(e.length for e in index.extents)
    assert [run.offset for run in runs[1:]] == [run.offset + run.length for run in runs[:-1]]
    for before, after in pairwise(runs):
        assert before.file_offset + before.length <= after.file_offset, "runs that overlap"
    if content is not None:
        audio = b"".join(content[run.file_offset : run.file_offset + run.length] for run in runs)
        assert sha256(audio).digest() == index.digest
        for frame in range(index.frame_count):
            found = parse_header(audio, index.offset_of_frame(frame))
            assert found is not None, "a frame that is none"
            assert found.length == index.offset_of_frame(frame + 1) - index.offset_of_frame(frame)
    for frame in {0, index.frame_count // 3, index.frame_count - 1}:
        assert index.frame_at_time(index.time_of_frame(frame)) == frame
        assert index.frame_at_offset(index.offset_of_frame(frame)) == frame
        assert 0 <= index.frame_to_decode_from(frame) <= frame
    for points in (1, MAX_MAP):
        interval, counts = index.time_map(points)
        assert sum(counts) == index.total
        assert len(counts) == -(-index.duration_ms // interval) <= points
    assert index.channels in {1, 2}
    assert index.has_gapless or index.delay == index.padding == 0


def _tags_seeds() -> Iterator[bytes]:
    for content in files():
        yield content[:400]
        yield content[-400:]


def check_tags(data: bytes) -> None:
    """Every tag has a size, and none makes the audio end before its beginning."""
    assert leading_tag(data) >= 0
    assert trailing_tag(data) >= 0
    assert 0 <= audio_end(BytesIO(data)) <= len(data)
    header = parse_header(data)
    info = parse_info_frame(data, header) if header else None
    if info is not None:
        assert info.delay is None or 0 <= info.delay < 4096
        assert info.padding is None or 0 <= info.padding < 4096
        assert info.encoder is None or 4 <= len(info.encoder) <= 9
        assert info.frames != 0


TARGETS = (
    Target("mp3-index", _index_seeds, check_index, longest=8192),
    Target("mp3-tags", _tags_seeds, check_tags, longest=1024),
)
