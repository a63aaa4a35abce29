# SPDX-License-Identifier: GPL-3.0-or-later
"""RFC.md's sealed song and ticket, computed anew: by the words of the text, and by the code."""

from hashlib import sha256
from hmac import digest
from io import BytesIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from common.ed25519 import signer, verifier
from data.frames import Data, Deframer, Frame
from data.index import index_audio
from data.station import seals, ticket
from data.station.listener import Sound, StationReceiver
from data.station.stretches import cut
from data.station_frames import SERVER_NODE, Seal, Song, SongFrame
from tests.rfc.document import Vector, vectors


def worked(*words: str) -> dict[str, str]:
    (found,) = [v for v in vectors() if v.words == ("worked", *words)]
    return found.values()


def octets(fields: dict[str, str], name: str) -> bytes:
    return bytes.fromhex(fields[name])


SONG = worked("song")
STRETCHES = [worked("stretch", "1"), worked("stretch", "2")]
SEED, KEY, STATION_ID = (octets(SONG, name) for name in ("Seed", "Key", "Station Id"))
START = octets(SONG, "Start")
AUDIO = b"".join(octets(stretch, "Audio") for stretch in STRETCHES)


def u64(number: int) -> bytes:
    return number.to_bytes(8, "big")


def test_the_key() -> None:
    assert Ed25519PrivateKey.from_private_bytes(SEED).public_key().public_bytes_raw() == KEY


def test_the_start() -> None:
    chained = STATION_ID + u64(int(SONG["Offset"])) + octets(SONG, "Payload")
    assert sha256(b"antiphon song 1" + chained).digest() == START


def test_the_links_and_signatures() -> None:
    key = Ed25519PrivateKey.from_private_bytes(SEED)
    before, offset = START, int(SONG["Offset"])
    for stretch in STRETCHES:
        assert int(stretch["Offset"]) == offset
        assert octets(stretch, "Before") == before
        audio = octets(stretch, "Audio")
        link = sha256(before + u64(offset) + audio).digest()
        assert octets(stretch, "Link") == link
        signed = key.sign(b"antiphon seal 1" + START + link)
        assert octets(stretch, "Signature") == signed
        before, offset = link, offset + len(audio)


def test_the_same_by_the_code() -> None:
    sign = signer(SEED)
    assert sign.public_key == KEY
    start = seals.song_start(STATION_ID, int(SONG["Offset"]), octets(SONG, "Payload"))
    assert start == START
    for stretch in STRETCHES:
        before, audio = octets(stretch, "Before"), octets(stretch, "Audio")
        link = seals.link(before, int(stretch["Offset"]), audio)
        assert link == octets(stretch, "Link")
        assert sign.sign(seals.sealed(start, link)) == octets(stretch, "Signature")


def test_the_song_is_the_one_of_its_payload() -> None:
    song = Song.read(octets(SONG, "Payload"))
    assert (song.total, song.digest) == (len(AUDIO), sha256(AUDIO).digest())
    made = [bytes.fromhex("fff310c4") + bytes([number]) * 22 for number in range(1, 21)]
    assert b"".join(made) == AUDIO
    lasts = (20 * 576 - song.delay - song.padding) * 1000 // song.sample_rate
    assert song.duration == lasts


def test_it_is_cut_like_this() -> None:
    stretches = cut(index_audio(BytesIO(AUDIO)))
    lengths = [len(octets(stretch, "Audio")) for stretch in STRETCHES]
    assert [stretch.length for stretch in stretches] == lengths


def said(vector: Vector) -> Frame:
    (frame,) = Deframer().feed(vector.octets)
    return frame


def test_the_frames_that_are_vectors_are_its_own() -> None:
    found = [
        said(v)
        for v in vectors()
        if v.words[:4] == ("good", "data", "from", "server") and "Stream = 2" in v.fields
    ]
    songs = [frame for frame in found if isinstance(frame, SongFrame)]
    data = [frame for frame in found if isinstance(frame, Data)]
    seal = {frame.offset: frame for frame in found if isinstance(frame, Seal)}
    assert len(songs) + len(data) + len(seal) == len(found) == 4
    first = int(STRETCHES[0]["Offset"])
    begins = Data(7, 2, first, octets(STRETCHES[0], "Audio"))
    receiver = StationReceiver(STATION_ID, verifier(KEY), first)
    frames: list[SongFrame | Data | Seal] = [*songs, begins, seal[data[0].offset], *data]
    frames.append(seal[first + len(AUDIO)])
    heard = [event for frame in frames for event in receiver.receive(SERVER_NODE, frame)]
    sounds = [event for event in heard if isinstance(event, Sound)]
    assert b"".join(sound.audio for sound in sounds) == AUDIO


def test_the_ticket() -> None:
    fields = worked("ticket")
    key, station_id = octets(fields, "Key"), octets(fields, "Station Id")
    session, expires = int(fields["Session"]), int(fields["Expires"])
    message = b"antiphon join 1" + station_id + session.to_bytes(4, "big") + u64(expires)
    made = digest(key, message, "sha256")
    assert made == octets(fields, "Ticket")
    assert ticket.make(key, station_id, node=session, expires=expires) == made
