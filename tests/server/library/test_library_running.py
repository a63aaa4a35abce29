# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the whole library while its folder changes."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import gevent
import pytest

from server.library.errors import TrackChanged, TrackGone
from server.library.left_out import OUTSIDE
from server.library.walk import NO_FILE, Walk, walk
from server.library.watch import Watch
from tests.server.library.conftest import Opener
from tests.server.library.files import audio, listed, tag_with, until, write


@pytest.fixture
def no_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    """No folder is watched."""

    def blind(_watch: Watch, _folder: str) -> None:
        pass

    monkeypatch.setattr(Watch, "cover", blind)


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
            assert caplog.text.count(f'path={link} reason="{OUTSIDE}"') == 1
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
        assert 'path=a.mp3 reason="it is text"' in caplog.text
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
        assert caplog.text.count(f'path=pipe.mp3 reason="cannot be read: {NO_FILE}"') == 1
        assert listed(library) == {"a.mp3": 1}

    def test_a_file_that_vanishes_between_page_and_play(self, start: Opener, music: Path) -> None:
        path = write(music / "a.mp3", 1)
        library = start()
        until(lambda: len(library))
        path.unlink()
        with pytest.raises(TrackGone):  # before any greenlet could tell
            library.open_audio(1)

    @pytest.mark.usefixtures("no_watch")
    def test_without_a_watch_the_next_walk_notices(self, ready: Opener, music: Path) -> None:
        write(music / "a.mp3", 1)
        library = ready(rescan=0.01)
        write(music / "b.mp3", 2)
        (music / "a.mp3").unlink()
        until(lambda: listed(library) == {"b.mp3": 2})

    @pytest.mark.usefixtures("no_watch")
    def test_without_a_watch_playing_notices(self, ready: Opener, music: Path) -> None:
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
        said = 'msg="the music folder cannot be looked at" event=folder_unreadable'
        why = f'path={music} reason="cannot be read: No such file'
        music.rename(tmp_path / "away")
        until(lambda: not len(library) and f"{said} {why}" in caplog.text)
        (tmp_path / "away").rename(music)
        until(lambda: len(library))
        assert listed(library) == {"a.mp3": 1}
