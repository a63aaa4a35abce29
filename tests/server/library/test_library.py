# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the whole library on a folder in which things happen."""

import os
import shutil
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import gevent
import pytest

from server.library.errors import LibraryError, TrackChanged, TrackGone
from server.library.left_out import OUTSIDE
from server.library.library import Library
from server.library.scanner import Scanner
from server.library.store import FILE
from server.library.walk import NO_FILE, Walk, walk
from server.library.watch import Watch
from tests.server.library.conftest import Opener
from tests.server.library.files import audio, tag_with, until, write
from tests.server.library.test_worker import MORTAL


def listed(library: Library) -> dict[str, int]:
    """Path -> id of everything on the list."""
    return {track.path: track.id for track in library.page(0, 1000).tracks}


class TestAtRest:
    """A folder in which nothing happens."""

    def test_every_kind_of_file(self, ready: Opener, music: Path, samples: dict[str, Path]) -> None:
        for kind, path in samples.items():
            shutil.copy(path, music / f"{kind}.mp3")
        library = ready()
        assert listed(library) == {f"{kind}.mp3": n for n, kind in enumerate(sorted(samples), 1)}
        for track in library.page(0, 1000).tracks:
            index = library.index(track.id)
            assert index.digest == track.digest
            assert track.duration_ms == index.duration_ms
            assert library.track(track.id) == track
            file = library.open_audio(track.id)
            assert file.size == track.size
            file.release()

    def test_pages_and_search(self, ready: Opener, music: Path) -> None:
        for n in range(7):
            write(music / f"{n}.mp3", n, title=f"Song {n}", artist="Ö" if n % 2 else "U")
        library = ready()
        page = library.page(2, 3)
        assert [track.id for track in page.tracks] == [3, 4, 5]
        assert (page.total, page.more, page.scanning) == (7, True, False)
        assert [track.id for track in library.page(0, 9, "u SONG").tracks] == [1, 3, 5, 7]
        assert library.page(0, 9, "song 4").total == 1
        assert len(library) == 7

    def test_what_is_not_there(self, ready: Opener) -> None:
        library = ready()
        with pytest.raises(TrackGone, match="no track 1"):
            library.track(1)
        with pytest.raises(TrackGone, match="no track 1"):
            library.index(1)
        with pytest.raises(TrackGone):
            library.open_audio(0)

    def test_same_audio_in_two_files(self, ready: Opener, music: Path) -> None:
        write(music / "a.mp3", 1, title="A")
        write(music / "b.mp3", 1, title="B")
        library = ready()
        assert listed(library) == {"a.mp3": 1, "b.mp3": 2}
        assert library.index(1).digest == library.index(2).digest

    def test_indexes_at_hand_are_bounded(self, music: Path) -> None:
        for n in range(5):
            write(music / f"{n}.mp3", n)
        with Library(music, indexes=2) as library, gevent.Timeout(30):
            library.ready.wait()
            first = library.index(1)
            assert library.index(1) is first
            library.index(2)
            assert library.index(1) is first
            library.index(3)
            assert library.index(1) is first
            library.index(2)
            library.index(3)
            assert library.index(1) is not first

    def test_one_warning_for_each_file_that_is_left_out(
        self,
        ready: Opener,
        music: Path,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        write(music / "good.mp3", 1)
        (music / "text\n.mp3").write_text("These are words. " * 50)
        (music / "dangling.mp3").symlink_to("nowhere")
        for _ in range(2):  # again at each start, though nothing is read again
            caplog.clear()
            library = ready()
            progress = library.progress
            library.close()
            assert list(listed(library)) == ["good.mp3"]
            assert sorted(record.getMessage() for record in caplog.records) == [
                "dangling.mp3: left out: cannot be read: No such file or directory",
                "text .mp3: left out: it is text",
            ]
            assert (progress.refused, progress.unreadable) == (1, 1)

    def test_many_warnings_are_counted(
        self,
        ready: Opener,
        music: Path,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        for n in range(30):
            (music / f"text{n}.mp3").write_text("words")
            (music / f"dangling{n}.mp3").symlink_to("nowhere")
        ready().close()
        caplog.clear()
        ready()
        messages = [record.getMessage() for record in caplog.records]
        assert len(messages) == 42
        assert "10 more files or folders cannot be read" in messages
        assert "10 more files are left out: no MP3" in messages

    def test_an_empty_folder_is_fine(
        self,
        ready: Opener,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        library = ready()
        assert library.page(0, 10).total == 0
        assert "no MP3 files in" in caplog.text

    def test_a_folder_that_is_none(self, tmp_path: Path) -> None:
        with pytest.raises(LibraryError, match=r"nowhere cannot be used: No such file"):
            Library(tmp_path / "nowhere")
        (tmp_path / "file").touch()
        with pytest.raises(LibraryError, match=r"cannot be used: Not a directory"):
            Library(tmp_path / "file")

    def test_closing_at_once(self, start: Opener, music: Path) -> None:
        for n in range(50):
            write(music / f"{n}.mp3", n)
        library = start()
        gevent.sleep(0)
        library.close()
        library.close()


class TestAfterARestart:
    """What is kept."""

    def test_ids_and_indexes(self, ready: Opener, start: Opener, music: Path) -> None:
        for n in range(5):
            write(music / f"{n}.mp3", n, title=f"Song {n}")
        with ready() as first:
            before = first.page(0, 10).tracks
            digests = [first.index(track.id).digest for track in before]
        library = start()
        # At once: no greenlet has run yet.
        page = library.page(0, 10)
        assert page.tracks == before
        assert page.scanning
        assert [library.index(track.id).digest for track in page.tracks] == digests
        with gevent.Timeout(30):
            library.ready.wait()
        assert library.page(0, 10).tracks == before
        assert not library.page(0, 10).scanning
        assert library.progress.indexed == 0

    def test_what_happened_meanwhile(self, ready: Opener, music: Path) -> None:
        for n in range(5):
            write(music / f"{n}.mp3", n)
        ready().close()
        (music / "0.mp3").unlink()
        (music / "1.mp3").rename(music / "z.mp3")
        tag_with(music / "2.mp3", title="New")
        write(music / "3.mp3", 33)
        write(music / "new.mp3", 6)
        library = ready()
        assert listed(library) == {"2.mp3": 3, "3.mp3": 6, "4.mp3": 5, "new.mp3": 7, "z.mp3": 2}
        assert library.page(0, 10, "new").total == 2
        library.close()
        # An id is never given again, even if nobody has it.
        write(music / "zz.mp3", 8)
        assert listed(ready())["zz.mp3"] == 8

    def test_a_folder_that_was_not_mounted_comes_back_unread(
        self,
        ready: Opener,
        music: Path,
        tmp_path: Path,
    ) -> None:
        for n in range(5):
            write(music / f"album/{n}.mp3", n)
        with ready() as library:
            before = listed(library)
        (music / "album").rename(tmp_path / "away")
        with ready() as library:
            assert listed(library) == {}
        (tmp_path / "away").rename(music / "album")
        with ready() as library:
            assert listed(library) == before
            assert library.progress.indexed == 0
            assert library.index(3).frame_count == 10

    def test_a_broken_database_is_made_anew(
        self,
        ready: Opener,
        music: Path,
        state: Path,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        write(music / "a.mp3", 1)
        ready().close()
        (state / FILE).write_bytes(b"no database" * 1000)
        assert listed(ready()) == {"a.mp3": 1}
        assert "set aside" in caplog.text

    def test_a_broken_index_is_made_anew(self, ready: Opener, music: Path, state: Path) -> None:
        write(music / "a.mp3", 1)
        ready().close()
        with closing(sqlite3.connect(state / FILE)) as database:
            database.execute("UPDATE audio_index SET content = x'00'")
            database.commit()
        library = ready()
        with pytest.raises(TrackChanged):
            library.index(1)
        until(lambda: library.progress.indexed)
        assert library.index(1).frame_count == 10


class TestWhileRunning:
    """What the watch tells."""

    def test_a_new_file(self, ready: Opener, music: Path) -> None:
        library = ready()
        write(music / "a.mp3", 1, title="A")
        until(lambda: library.page(0, 1, "a").total)
        assert listed(library) == {"a.mp3": 1}

    def test_new_folders_with_files_in_them(self, ready: Opener, music: Path) -> None:
        library = ready()
        for n in range(20):
            write(music / f"{n % 4}/deep/{n}.mp3", n)
        until(lambda: len(library) == 20)
        write(music / "0/deep/late.mp3", 100)
        until(lambda: len(library) == 21)

    def test_a_deleted_file_vanishes_but_keeps_its_id(self, ready: Opener, music: Path) -> None:
        for n in range(3):
            write(music / f"{n}.mp3", n)
        library = ready()
        (music / "1.mp3").unlink()
        until(lambda: len(library) == 2)
        with pytest.raises(TrackGone):
            library.index(2)
        write(music / "1.mp3", 1)
        until(lambda: len(library) == 3)
        assert listed(library) == {"0.mp3": 1, "1.mp3": 2, "2.mp3": 3}

    def test_a_renamed_file_keeps_its_id(self, ready: Opener, music: Path) -> None:
        write(music / "a.mp3", 1)
        library = ready()
        (music / "a.mp3").rename(music / "b.mp3")
        until(lambda: "b.mp3" in listed(library))
        assert listed(library) == {"b.mp3": 1}
        library.open_audio(1).release()

    def test_the_folder_itself_may_go_and_come_back(
        self, ready: Opener, music: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("server.library.scanner.ABSENT", 0.05)
        write(music / "a.mp3", 1)
        library = ready()
        away = music.rename(music.with_name("away"))
        until(lambda: not len(library))
        away.rename(music)
        until(lambda: len(library))
        assert listed(library) == {"a.mp3": 1}

    def test_files_of_a_renamed_folder_keep_their_ids(self, ready: Opener, music: Path) -> None:
        for n in range(5):
            write(music / f"old/{n}.mp3", n)
        library = ready()
        (music / "old").rename(music / "new")
        until(lambda: "new/4.mp3" in listed(library))
        assert listed(library) == {f"new/{n}.mp3": n + 1 for n in range(5)}

    def test_a_replaced_file_is_another_track(self, ready: Opener, music: Path) -> None:
        write(music / "a.mp3", 1)
        library = ready()
        playing = library.open_audio(1)
        write(music / "new", 2).rename(music / "a.mp3")
        until(lambda: 2 in listed(library).values())
        assert listed(library) == {"a.mp3": 2}
        playing.check()  # the old file plays on to its end
        playing.release()

    def test_new_tags_on_the_same_audio(self, ready: Opener, music: Path) -> None:
        path = write(music / "a.mp3", 1, title="Old")
        library = ready()
        before = library.index(1)
        tag_with(path, title="New", artist="Somebody with a long name" * 100)
        until(lambda: library.page(0, 1, "new").total)
        assert listed(library) == {"a.mp3": 1}
        after = library.index(1)
        assert after.digest == before.digest
        assert after.extents[0].file_offset != before.extents[0].file_offset

    def test_a_file_is_not_read_before_it_is_whole(self, ready: Opener, music: Path) -> None:
        library = ready()
        with (music / "a.mp3").open("wb") as file:
            file.write(audio(1))
            file.flush()
            # What is told later is read later: once this is listed, the other has been skipped.
            write(music / "b.mp3", 2)
            until(lambda: len(library))
            assert listed(library) == {"b.mp3": 1}
            file.write(audio(2))
        until(lambda: len(library) == 2)
        assert library.index(2).frame_count == 20

    def test_not_at_the_start_either(self, ready: Opener, music: Path) -> None:
        with (music / "a.mp3").open("wb") as file:
            file.write(audio(1))
            file.flush()
            library = ready()
            assert len(library) == 0
            file.write(audio(2))
        until(lambda: len(library))
        assert library.index(1).frame_count == 20

    def test_a_file_that_is_never_closed_is_read_when_quiet(
        self,
        ready: Opener,
        music: Path,
    ) -> None:
        library = ready(quiet=0.01)
        with (music / "a.mp3").open("wb") as file:
            file.write(audio(1))
            file.flush()
            until(lambda: len(library))

    def test_links_to_files_appear(self, ready: Opener, music: Path, tmp_path: Path) -> None:
        library = ready(quiet=0.01, follow_links=True)
        (music / "link.mp3").symlink_to(write(tmp_path / "elsewhere.mp3", 1))
        until(lambda: len(library))
        library.open_audio(1).release()

    def test_links_out_of_the_folder_are_told_of_and_left_out(
        self, ready: Opener, music: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        target = write(tmp_path / "elsewhere.mp3", 1)
        (music / "early.mp3").symlink_to(target)
        library = ready(quiet=0.01, rescan=0.01)
        (music / "late.mp3").symlink_to(target)
        until(lambda: library.progress.outside == 2)
        target.touch()
        write(music / "a.mp3", 2)
        until(lambda: len(library))
        assert set(listed(library)) == {"a.mp3"}
        for link in ("early.mp3", "late.mp3"):
            assert caplog.messages.count(f"{link}: left out: {OUTSIDE}") == 1
        for link in ("early.mp3", "late.mp3"):
            (music / link).unlink()
        until(lambda: library.progress.outside == 0)

    def test_a_link_that_takes_a_files_place_does_not_leak_what_it_leads_to(
        self, ready: Opener, music: Path, tmp_path: Path
    ) -> None:
        path = write(music / "a.mp3", 1, title="Ours")
        library = ready(quiet=0.01)
        secret = write(tmp_path / "secret.mp3", 1, title="None")  # as long, and of the same time
        os.utime(secret, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
        assert secret.stat().st_size == path.stat().st_size
        link = tmp_path / "link"
        link.symlink_to(secret)
        link.replace(path)  # nobody is told before the hub runs again
        with pytest.raises(TrackChanged):
            library.open_audio(1)
        until(lambda: library.progress.outside)
        assert listed(library) == {}

    def test_a_changed_time_alone(self, ready: Opener, music: Path) -> None:
        path = write(music / "a.mp3", 1)
        library = ready()
        os.utime(path, ns=(5, 5))
        with pytest.raises(TrackChanged):
            library.open_audio(1)
        until(lambda: library.progress.indexed > 1 and not library.page(0, 0).scanning)
        library.open_audio(1).release()

    def test_a_file_that_turns_bad_and_good(
        self,
        ready: Opener,
        music: Path,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        path = write(music / "a.mp3", 1)
        library = ready()
        path.write_text("words")
        until(lambda: library.progress.refused)
        assert len(library) == 0
        assert "a.mp3: left out: it is text" in caplog.text
        path.write_bytes(audio(1))
        until(lambda: len(library))
        assert listed(library) == {"a.mp3": 1}
        assert library.progress.refused == 0

    def test_what_is_no_file_is_told_once(
        self, ready: Opener, music: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        library = ready(rescan=0.01, quiet=0.01)
        os.mkfifo(music / "pipe.mp3")
        until(lambda: library.progress.unreadable)
        write(music / "a.mp3", 1)
        until(lambda: len(library))
        with gevent.Timeout(30):
            for _ in range(3):  # walks and reads go on
                gevent.sleep(0.02)
        messages = [record.getMessage() for record in caplog.records]
        assert messages.count(f"pipe.mp3: left out: cannot be read: {NO_FILE}") == 1
        assert listed(library) == {"a.mp3": 1}

    def test_a_file_that_vanishes_between_page_and_play(self, start: Opener, music: Path) -> None:
        path = write(music / "a.mp3", 1)
        library = start()
        until(lambda: len(library))
        path.unlink()
        with pytest.raises(TrackGone):  # before any greenlet could tell
            library.open_audio(1)

    def test_without_a_watch_the_next_walk_notices(
        self,
        ready: Opener,
        music: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def blind(_watch: Watch, _folder: str) -> None:
            pass

        monkeypatch.setattr(Watch, "cover", blind)
        write(music / "a.mp3", 1)
        library = ready(rescan=0.01)
        write(music / "b.mp3", 2)
        (music / "a.mp3").unlink()
        until(lambda: listed(library) == {"b.mp3": 2})

    def test_without_a_watch_playing_notices(
        self,
        ready: Opener,
        music: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def blind(_watch: Watch, _folder: str) -> None:
            pass

        monkeypatch.setattr(Watch, "cover", blind)
        path = write(music / "a.mp3", 1)
        library = ready()
        os.utime(path, ns=(5, 5))
        with pytest.raises(TrackChanged):
            library.open_audio(1)
        until(lambda: library.progress.indexed > 1)
        library.open_audio(1).release()

    def test_a_folder_that_goes_is_off_the_list_before_any_walk(
        self,
        ready: Opener,
        music: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        write(music / "album/a.mp3", 1)
        write(music / "b.mp3", 2)
        library = ready()
        go_on = threading.Event()

        def slow(root: str, *, follow_links: bool, enter: Callable[[str], None]) -> Walk:
            go_on.wait()
            return walk(root, follow_links=follow_links, enter=enter)

        monkeypatch.setattr("server.library.scanner.walk", slow)
        (music / "album").rename(tmp_path / "away")
        until(lambda: listed(library) == {"b.mp3": 2})
        (tmp_path / "away").rename(music / "back")
        go_on.set()
        until(lambda: listed(library) == {"b.mp3": 2, "back/a.mp3": 1})

    def test_the_music_folder_goes_and_comes_back(
        self,
        ready: Opener,
        music: Path,
        tmp_path: Path,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        write(music / "a.mp3", 1)
        library = ready(rescan=0.01)
        music.rename(tmp_path / "away")
        until(lambda: not len(library))
        (tmp_path / "away").rename(music)
        until(lambda: len(library))
        assert listed(library) == {"a.mp3": 1}
        assert f"{music}: left out: cannot be read: No such file" in caplog.text


class TestTheIndexer:
    """Whatever it does, the library lives."""

    def test_killed_while_idle(self, ready: Opener, music: Path) -> None:
        write(music / "a.mp3", 1)
        library = ready()
        eyes = library._eyes  # pyright: ignore[reportPrivateUsage]
        assert isinstance(eyes, Scanner)
        pid = eyes._reading._worker.pid  # pyright: ignore[reportPrivateUsage]
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        write(music / "b.mp3", 2)
        until(lambda: len(library) == 2)

    def test_a_killer_file_is_left_out_and_remembered(
        self,
        ready: Opener,
        music: Path,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        for name in ("a.mp3", "killer.mp3", "z.mp3"):
            write(music / name, 1)
        with ready(command=(sys.executable, "-c", MORTAL)) as library:
            assert listed(library) == {"a.mp3": 1, "z.mp3": 2}
        message = "killer.mp3: left out: the process that reads it died of signal 9"
        assert message in caplog.text
        caplog.clear()
        with ready() as library:
            assert library.progress.indexed == 0
        assert message in caplog.text

    def test_a_file_that_cannot_be_opened_is_told_once_and_tried_with_each_walk(
        self,
        ready: Opener,
        music: Path,
        tmp_path: Path,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        # Permissions mean nothing to whoever runs this as root: the indexer is told to be refused.
        (tmp_path / "closed").touch()
        program = f"""
import pathlib
from server.library import indexer, outcome
read_file = indexer.read_file
def read(path, **options):
    closed = pathlib.Path({str(tmp_path / "closed")!r}).exists()
    with open({str(tmp_path / "tries")!r}, "a") as tries:
        tries.write(".")
    return outcome.Unreadable("Permission denied") if closed else read_file(path, **options)
indexer.read_file = read
indexer.main()
"""
        write(music / "a.mp3", 1)
        library = ready(command=(sys.executable, "-c", program), rescan=0.001)
        until(lambda: (tmp_path / "tries").stat().st_size > 3)
        assert library.progress.unreadable == 1
        messages = [record.getMessage() for record in caplog.records]
        assert messages == ["a.mp3: left out: cannot be read: Permission denied"]
        (tmp_path / "closed").unlink()
        until(lambda: len(library))
        assert library.progress.unreadable == 0
