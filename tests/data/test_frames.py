# SPDX-License-Identifier: GPL-3.0-or-later
"""Data frames and their bytes: golden, at every cut, and whatever else may come."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import ErrorCode, ProtocolError
from data.frame_header import HEADER, FrameType
from data.frames import Attach, Attached, Data, Deframer, End, Fail, Frame, data_header
from data.station_frames import Branch, Join, Seal, Song, SongFrame
from tests.data.golden_frames import ALL, GOLDEN, PLAIN, SONG, fed
from tests.pieces import cuts


def together(frames: list[Frame]) -> list[Frame]:
    """The pieces of each DATA frame put together again."""
    whole: list[Frame] = []
    for frame in frames:
        if isinstance(frame, Data) and not frame.begins:
            before = whole.pop()
            assert isinstance(before, Data)
            place = (before.session, before.stream, before.offset + len(before.audio))
            assert (frame.session, frame.stream, frame.offset) == place
            whole.append(replace(before, audio=before.audio + frame.audio))
        else:
            whole.append(frame)
    return whole


class TestGolden:
    """The bytes of every frame, both ways."""

    @pytest.mark.parametrize(("frame", "header", "payload"), GOLDEN)
    def test_to_bytes(self, frame: Frame, header: str, payload: str) -> None:
        assert frame.encode().hex(" ") == bytes.fromhex(header + payload).hex(" ")

    @pytest.mark.parametrize(("frame", "header", "payload"), GOLDEN)
    def test_from_bytes(self, frame: Frame, header: str, payload: str) -> None:
        assert fed(bytes.fromhex(header + payload)) == [frame]

    def test_no_frame_is_left_out(self) -> None:
        names = {frame.TYPE.name for frame, _, _ in GOLDEN}
        assert names == {kind.name for kind in FrameType}

    def test_the_header_of_audio_that_is_sent_from_elsewhere(self) -> None:
        audio = b"\xff\xfb\x90"
        assert data_header(9, 3, 5, 3) + audio == Data(9, 3, 5, audio).encode()
        for length in (0, 16385):
            with pytest.raises(ValueError, match="a payload of"):
                data_header(9, 3, 5, length)

    @pytest.mark.parametrize(
        "frame",
        [
            Attach(1, b"short"),
            End(1, 1, 1, b""),
            Data(1, 1, 1, b""),
            Data(1, 1, 1, bytes(16385)),
            Fail(1, 1, 1, 1, "\x1b"),
            Fail(1, 1, 1, 1, "x" * 256),
            SongFrame(1, 1, 1, replace(SONG, digest=b"")),
            SongFrame(1, 1, 1, replace(SONG, by="x" * 65)),
            SongFrame(1, 1, 1, replace(SONG, title="\x1b")),
            Seal(1, 1, 1, b"", bytes(64)),
            Seal(1, 1, 1, bytes(32), bytes(63)),
            Join(1, 1, 1, b"", 1, bytes(32)),
            Join(1, 1, 1, bytes(16), 1, bytes(16)),
            Branch(1, 1, 1, ()),
            Branch(1, 1, 1, (1,) * 65),
        ],
    )
    def test_what_cannot_be_sent(self, frame: Frame) -> None:
        with pytest.raises(ValueError, match=r"bytes|character"):
            frame.encode()


class TestCuts:
    """However TCP cuts the stream, the same audio comes at the same offsets."""

    def test_one_byte_at_a_time(self) -> None:
        frames = [frame for frame, _, _ in GOLDEN]
        assert together(fed(*(bytes([byte]) for byte in ALL))) == frames

    def test_with_trailing_bytes(self) -> None:
        frames = [frame for frame, _, _ in GOLDEN]
        assert fed(ALL + ALL[:19], ALL[19:]) == frames * 2

    def test_audio_is_given_on_before_its_frame_is_complete(self) -> None:
        octets = Data(1, 2, 100, b"abcdef").encode()
        assert fed(octets[:22]) == [Data(1, 2, 100, b"ab")]
        assert fed(octets[:20], octets[20:23], octets[23:]) == [
            Data(1, 2, 100, b"abc"),
            Data(1, 2, 103, b"def", begins=False),
        ]

    @given(st.data())
    def test_any_cut(self, data: st.DataObject) -> None:
        order = data.draw(st.lists(st.sampled_from(GOLDEN), max_size=8))
        octets = b"".join(bytes.fromhex(header + payload) for _, header, payload in order)
        pieces = data.draw(cuts(octets))
        assert together(fed(*pieces)) == [frame for frame, _, _ in order]


class TestRefusals:
    """Headers and payloads that break a rule."""

    @pytest.mark.parametrize(
        ("length", "kind", "stream", "offset", "code"),
        [
            (16385, 3, 1, 0, ErrorCode.TOO_LARGE),
            (65535, 0x8003, 1, 0, ErrorCode.TOO_LARGE),
            (0, 0, 0, 0, ErrorCode.UNKNOWN_TYPE),
            (0, 6, 0, 0, ErrorCode.UNKNOWN_TYPE),
            (9, 0x7FFF, 0, 0, ErrorCode.UNKNOWN_TYPE),
            (15, 1, 0, 0, ErrorCode.MALFORMED),
            (17, 1, 0, 0, ErrorCode.MALFORMED),
            (16, 1, 1, 0, ErrorCode.MALFORMED),
            (16, 1, 0, 1, ErrorCode.MALFORMED),
            (1, 2, 0, 0, ErrorCode.MALFORMED),
            (0, 2, 1, 0, ErrorCode.MALFORMED),
            (0, 2, 0, 1, ErrorCode.MALFORMED),
            (0, 3, 1, 0, ErrorCode.MALFORMED),
            (1, 3, 0, 0, ErrorCode.MALFORMED),
            (31, 4, 1, 0, ErrorCode.MALFORMED),
            (33, 4, 1, 0, ErrorCode.MALFORMED),
            (32, 4, 0, 0, ErrorCode.MALFORMED),
            (3, 5, 1, 0, ErrorCode.MALFORMED),
            (260, 5, 1, 0, ErrorCode.MALFORMED),
            (65, 0x200, 1, 0, ErrorCode.MALFORMED),
            (896, 0x200, 1, 0, ErrorCode.MALFORMED),
            (66, 0x200, 0, 0, ErrorCode.MALFORMED),
            (95, 0x201, 1, 0, ErrorCode.MALFORMED),
            (97, 0x201, 1, 0, ErrorCode.MALFORMED),
            (96, 0x201, 0, 0, ErrorCode.MALFORMED),
            (55, 0x300, 1, 0, ErrorCode.MALFORMED),
            (57, 0x300, 1, 0, ErrorCode.MALFORMED),
            (56, 0x300, 0, 0, ErrorCode.MALFORMED),
            (2, 0x301, 1, 0, ErrorCode.MALFORMED),
            (262, 0x301, 1, 0, ErrorCode.MALFORMED),
            (6, 0x301, 0, 0, ErrorCode.MALFORMED),
            (3, 0x302, 1, 0, ErrorCode.MALFORMED),
            (5, 0x302, 1, 0, ErrorCode.MALFORMED),
            (4, 0x302, 0, 0, ErrorCode.MALFORMED),
            (4, 0x302, 1, 1, ErrorCode.MALFORMED),
            (0, 0x202, 1, 0, ErrorCode.UNKNOWN_TYPE),
            (0, 0x303, 1, 0, ErrorCode.UNKNOWN_TYPE),
        ],
    )
    def test_on_the_header_alone(
        self, length: int, kind: int, stream: int, offset: int, code: ErrorCode
    ) -> None:
        header = HEADER.pack(length, kind, 7, stream, offset)
        deframer = Deframer()
        assert list(deframer.feed(header[:-1])) == []
        with pytest.raises(ProtocolError) as refused:
            list(deframer.feed(header[-1:]))
        assert refused.value.code is code

    @pytest.mark.parametrize(
        ("stream", "offset", "payload"),
        [
            (1, 0, "0106 0001"),
            (1, 0, "0106 0000 00"),
            (1, 0, "0106 0001 1b"),
            (1, 0, "0106 0001 ff"),
            (0, 1, "0106 0000"),
        ],
    )
    def test_a_fail_that_cannot_be_read(self, stream: int, offset: int, payload: str) -> None:
        body = bytes.fromhex(payload)
        with pytest.raises(ProtocolError) as refused:
            fed(HEADER.pack(len(body), 5, 7, stream, offset) + body)
        assert refused.value.code is ErrorCode.MALFORMED

    @pytest.mark.parametrize(
        ("at", "change"),
        [
            (0, "00000000"),  # Song
            (4, "0000000000000000"),  # Total
            (16, "00000000"),  # Sample Rate
            (20, "00"),  # Channels
            (20, "03"),
            (21, "03"),  # Flags
            (21, "00"),  # a Delay without GAPLESS
            (58, "0100"),  # a Title of 256 bytes
            (60, "1b"),
            (60, "ff"),
            (67, "0041"),  # a By of 65 bytes
            (67, "0001"),  # a byte behind By
            (67, "0003"),  # By reaches beyond the end
        ],
    )
    def test_a_song_that_cannot_be_read(self, at: int, change: str) -> None:
        payload = bytearray(SONG.payload())
        assert Song.read(bytes(payload)) == SONG
        payload[at : at + len(change) // 2] = bytes.fromhex(change)
        with pytest.raises(ProtocolError, match=r"SONG|text|field|flags") as refused:
            fed(HEADER.pack(len(payload), FrameType.SONG, 7, 1, 0) + payload)
        assert refused.value.code is ErrorCode.MALFORMED

    @pytest.mark.parametrize("size", [0, 1, 65])
    def test_a_song_cut_short(self, size: int) -> None:
        with pytest.raises(ProtocolError):
            Song.read(PLAIN.payload()[:size])

    def test_a_song_that_cannot_be(self) -> None:
        with pytest.raises(ValueError, match="a Song of 0"):
            replace(SONG, number=0)
        with pytest.raises(ValueError, match="a Total of 0"):
            replace(SONG, total=0)
        with pytest.raises(ValueError, match="a Sample Rate of 0"):
            replace(SONG, sample_rate=0)
        with pytest.raises(ValueError, match="channel"):
            replace(SONG, channels=3)
        with pytest.raises(ValueError, match="GAPLESS"):
            replace(SONG, gapless=False)

    @pytest.mark.parametrize(
        ("kind", "session", "stream", "payload"),
        [
            (FrameType.JOIN, 0, 2, bytes(56)),
            (FrameType.BRANCH, 7, 1, bytes.fromhex("0001 00000000")),
            (FrameType.BRANCH, 7, 1, bytes.fromhex("0002 00000001")),
            (FrameType.BRANCH, 7, 1, bytes.fromhex("0001 00000001 00000002")),
            (FrameType.BRANCH, 7, 1, bytes.fromhex("0001 00000001 00")),
        ],
    )
    def test_a_frame_of_relays_that_cannot_be_read(
        self, kind: FrameType, session: int, stream: int, payload: bytes
    ) -> None:
        with pytest.raises(ProtocolError) as refused:
            fed(HEADER.pack(len(payload), kind, session, stream, 0) + payload)
        assert refused.value.code is ErrorCode.MALFORMED

    def test_the_largest_frames_are_taken(self) -> None:
        data = Data(1, 1, 0, bytes(16384))
        fail = Fail(1, 1, 0, 0xFFFF, "x" * 255)
        long = "x" * 255
        song = replace(SONG, title=long, artist=long, album=long, by="x" * 64)
        branch = Branch(1, 1, 0, tuple(range(1, 65)))
        frames: list[Frame] = [data, fail, SongFrame(1, 1, 0, song), branch]
        assert fed(b"".join(frame.encode() for frame in frames)) == frames

    def test_the_smallest_song_is_taken(self) -> None:
        frame = SongFrame(1, 1, 0, PLAIN)
        assert len(frame.encode()) == HEADER.size + 66
        assert fed(frame.encode()) == [frame]

    @pytest.mark.parametrize("kind", [0x8000, 0x8001, 0x8003, 0xFFFF])
    @pytest.mark.parametrize("size", [0, 1, 16384])
    def test_what_may_be_ignored_is(self, kind: int, size: int) -> None:
        skipped = HEADER.pack(size, kind, 0, 0, 5) + bytes(size)
        data = Attached(1).encode() + skipped + Data(1, 1, 0, b"x").encode()
        expected = [Attached(1), Data(1, 1, 0, b"x")]
        assert fed(data) == expected
        assert fed(data[:30], data[30:41], data[41:]) == expected


@given(st.lists(st.binary(max_size=60), max_size=8))
def test_any_bytes_are_frames_or_refused(pieces: list[bytes]) -> None:
    try:
        frames = fed(*pieces)
    except ProtocolError:
        return
    # Nothing was made up, and nothing is held but less than a header or a small frame.
    size = sum(map(len, pieces))
    assert sum(len(frame.audio) for frame in frames if isinstance(frame, Data)) <= size
