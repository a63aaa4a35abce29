# SPDX-License-Identifier: GPL-3.0-or-later
"""Several processes with one library: one looks and writes, the others know what it knows."""

import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from server.library.errors import LibraryError, StateInUseError, TrackChanged
from server.library.eyes import Part
from server.library.leader import NAME
from server.library.library import Library
from server.library.store import FILE
from tests.server.library.files import audio, listed, tag_with, until, write

Process = Callable[[Part], Library]


@pytest.fixture
def process(music: Path, state: Path) -> Iterator[Process]:
    """Starts libraries as several processes have them, here in one."""
    started: list[Library] = []

    def begin(part: Part) -> Library:
        library = Library(music, state, quiet=60.0, part=part)
        started.append(library)
        library.start()
        return library

    yield begin
    for library in started:
        library.close()


def leading(process: Process) -> Library:
    leader = process(Part.LEADS)
    until(leader.ready.is_set)
    return leader


def following(process: Process) -> Library:
    follower = process(Part.FOLLOWS)
    until(follower.ready.is_set)
    return follower


def agree(*libraries: Library) -> bool:
    first, *others = [library.page(0, 1000) for library in libraries]
    return all(other == first for other in others)


def test_what_was_known_at_the_start(process: Process, music: Path) -> None:
    for number in range(3):
        write(music / f"{number}.mp3", number, title=f"Song {number}")
    leader = leading(process)
    follower = following(process)
    assert agree(leader, follower)
    assert listed(follower) == {"0.mp3": 1, "1.mp3": 2, "2.mp3": 3}
    assert follower.page(0, 9, "song 1").total == 1
    assert follower.progress == leader.progress
    assert follower.index(2).digest == leader.index(2).digest
    file = follower.open_audio(2)
    assert file.size == leader.track(2).size
    file.release()


def test_what_happens_from_then_on(process: Process, music: Path) -> None:
    write(music / "a.mp3", 1)
    write(music / "b.mp3", 2)
    leader = leading(process)
    followers = [following(process), following(process)]
    revisions = [follower.revision for follower in followers]
    write(music / "new" / "c.mp3", 3)
    (music / "a.mp3").rename(music / "moved.mp3")
    (music / "b.mp3").unlink()
    until(lambda: set(listed(leader)) == {"moved.mp3", "new/c.mp3"})
    until(lambda: agree(leader, *followers))
    for follower, before in zip(followers, revisions, strict=True):
        assert listed(follower) == {"moved.mp3": 1, "new/c.mp3": 3}
        assert follower.revision != before
    write(music / "b.mp3", 2)  # it is back, and has its number again
    tag_with(music / "moved.mp3", title="Tagged")
    until(lambda: leader.track(1).title == "Tagged" and "b.mp3" in listed(leader))
    until(lambda: agree(leader, *followers))
    assert listed(followers[0])["b.mp3"] == 2


def test_two_that_changed_places(process: Process, music: Path) -> None:
    write(music / "a.mp3", 1)
    write(music / "b.mp3", 2)
    leader = leading(process)
    follower = following(process)
    (music / "a.mp3").rename(music / "c.mp3")
    (music / "b.mp3").rename(music / "a.mp3")
    (music / "c.mp3").rename(music / "b.mp3")
    until(lambda: listed(leader) == {"b.mp3": 1, "a.mp3": 2})
    until(lambda: listed(follower) == {"b.mp3": 1, "a.mp3": 2})


def test_how_far_the_other_one_is(process: Process, music: Path) -> None:
    leading(process).close()
    follower = process(Part.FOLLOWS)
    assert not follower.ready.is_set()
    assert follower.page(0, 9).scanning  # for all it knows
    (music / "no.mp3").write_bytes(b"no MP3")
    leader = leading(process)
    until(follower.ready.is_set)
    until(lambda: not follower.page(0, 9).scanning)
    assert follower.progress == leader.progress
    assert follower.progress.refused == 1


def test_who_leads_dies_and_is_started_again(process: Process, music: Path) -> None:
    write(music / "a.mp3", 1)
    write(music / "b.mp3", 2)
    leader = leading(process)
    follower = following(process)
    leader.close()
    assert listed(follower) == {"a.mp3": 1, "b.mp3": 2}
    assert follower.index(1).digest == follower.track(1).digest
    (music / "a.mp3").unlink()
    write(music / "c.mp3", 3)
    leader = leading(process)
    until(lambda: agree(leader, follower))
    assert listed(follower) == {"b.mp3": 2, "c.mp3": 3}
    write(music / "d.mp3", 4)
    until(lambda: "d.mp3" in listed(follower))


def test_a_database_that_was_set_aside(process: Process, music: Path, state: Path) -> None:
    write(music / "a.mp3", 1)
    write(music / "b.mp3", 2)
    leader = leading(process)
    (music / "a.mp3").unlink()
    until(lambda: listed(leader) == {"b.mp3": 2})
    follower = following(process)
    leader.close()
    for kept in state.glob(f"{FILE}*"):
        kept.rename(kept.with_name(f"away-{kept.name}"))
    leader = leading(process)
    until(lambda: listed(follower) == {"b.mp3": 1})
    assert follower.index(1).digest == leader.index(1).digest


def test_an_index_of_no_use_is_made_anew_by_who_leads(
    process: Process, music: Path, state: Path
) -> None:
    write(music / "a.mp3", 1)
    leading(process)
    with closing(sqlite3.connect(state / FILE)) as database:
        database.execute("UPDATE audio_index SET content = x'00'")
        database.commit()
    follower = following(process)
    with pytest.raises(TrackChanged):
        follower.index(1)

    def again() -> bool:
        try:
            follower.index(1)
        except TrackChanged:
            return False
        return True

    until(again)


def test_a_file_that_changed_unseen(process: Process, music: Path) -> None:
    path = write(music / "a.mp3", 1)
    leader = leading(process)
    follower = following(process)
    with path.open("r+b") as file:  # whoever writes holds the watch up
        file.write(audio(2, frames=12))
        file.flush()
        with pytest.raises(TrackChanged):
            follower.open_audio(1)
    until(lambda: listed(follower) == {"a.mp3": 2})
    assert agree(leader, follower)


def test_one_looks_and_the_others_need_it(process: Process) -> None:
    with pytest.raises(LibraryError, match="cannot be read"):
        process(Part.FOLLOWS)
    leading(process)
    with pytest.raises(StateInUseError):
        process(Part.LEADS)
    following(process)


def test_who_talks_nonsense_is_cut_off(process: Process, music: Path, state: Path) -> None:
    write(music / "a.mp3", 1)
    leader = leading(process)
    follower = following(process)
    with socket.socket(socket.AF_UNIX) as stranger:
        stranger.connect(str(state / NAME))
        stranger.sendall(b"{}\n")
        stranger.setblocking(False)

        def is_cut_off() -> bool:
            try:
                while stranger.recv(4096):
                    pass
            except BlockingIOError:
                return False
            return True

        until(is_cut_off)
    write(music / "b.mp3", 2)
    until(lambda: "b.mp3" in listed(follower))
    assert agree(leader, follower)


def test_where_nobody_can_be_told(
    process: Process, music: Path, state: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(music / "a.mp3", 1)
    state.mkdir()
    (state / NAME).write_text("precious")
    leader = leading(process)
    assert listed(leader) == {"a.mp3": 1}
    assert "the other workers cannot be told" in caplog.text
    leader.close()
    assert (state / NAME).read_text() == "precious"
