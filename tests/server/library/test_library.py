# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the whole library on a folder in which nothing happens."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import gevent
import pytest

from server.library.errors import LibraryError, TrackChanged, TrackGone
from server.library.library import Library
from server.library.store import FILE
from tests.server.library.conftest import Opener
from tests.server.library.files import listed, tag_with, until, write


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
            said = '<4>msg="a file or folder is left out" event=left_out'
            assert sorted(caplog.text.splitlines()) == [
                rf'{said} path="text\n.mp3" reason="it is text"',
                f'{said} path=dangling.mp3 reason="cannot be read: No such file or directory"',
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
        assert "there are no MP3 files yet" in caplog.text

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
