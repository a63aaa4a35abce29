# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of users: what it says, what is wrong with it, and how it changes."""

import os
import stat
import threading
from pathlib import Path

import pytest

from server.users.hashing import Cost, HashedPassword
from server.users.users_file import (
    MOST_BYTES,
    MOST_TOLD,
    User,
    UsersError,
    UsersFile,
    edited,
    known_to_others,
    user_name,
)

PASSWORD = HashedPassword(Cost(), bytes(16), bytes(32))
OTHER = HashedPassword(Cost(), bytes(16), b"\1" * 32)


def line(name: str, password: HashedPassword = PASSWORD) -> str:
    return f"{name}:{password}\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "users"


def wrong(content: str | bytes) -> str:
    """What is said about a file."""
    with pytest.raises(UsersError) as error:
        UsersFile.parse(content if isinstance(content, bytes) else content.encode(), name="users")
    text = str(error.value)
    assert "\n" not in text
    return text


def test_a_line_is_a_user() -> None:
    file = UsersFile.parse(f"# ours\n\n{line('alice')}{line('Żółw ☺')}".encode(), name="users")
    assert file.users == {"alice": User("alice", PASSWORD), "Żółw ☺": User("Żółw ☺", PASSWORD)}


def test_a_name_in_two_forms_is_one_name() -> None:
    file = UsersFile.parse(line("Bjo\u0308rk").encode(), name="users")
    assert list(file.users) == ["Björk"]
    file.put(User("Björk", OTHER))
    assert file.to_bytes() == line("Björk", OTHER).encode()


def test_what_is_wrong_is_told_by_the_number_of_the_line() -> None:
    text = wrong(f"# ours\n{line('alice')}bob:geheim\n{line('alice')}")
    assert text == (
        "users, line 3: behind the name, scrypt:N:R:P:SALT:HASH is wanted; "
        "users, line 4: alice is in line 2 already"
    )
    assert "geheim" not in text
    assert wrong(line("a") + " \n" + line("")).startswith("users, line 3: a name has 1 to 64")
    assert wrong(line("a").encode() + b"\xff\n").startswith("users, line 2: this is not UTF-8")


def test_of_many_wrong_lines_a_few_are_told() -> None:
    text = wrong("x\n" * (MOST_TOLD + 3))
    assert text.count("line ") == MOST_TOLD
    assert text.endswith("; and 3 more lines")


@pytest.mark.parametrize(
    "name", ["", "a:b", "#a", " a", "a ", "a\nb", "a\x1bb", "\u202eevil", "\udcff", "ü" * 33]
)
def test_names_that_may_not_be(name: str) -> None:
    with pytest.raises(ValueError, match="a name has"):
        user_name(name)


def test_names_that_may_be() -> None:
    for name in ("a", "ü" * 32, 'O\'Neil "Bob" b@example.org', "-x", "../etc"):
        assert user_name(name) == name


def test_a_file_that_cannot_be_read(path: Path) -> None:
    with pytest.raises(UsersError, match=r"cannot read .*users: No such file"):
        UsersFile.read(path)
    os.mkfifo(path)
    with pytest.raises(UsersError, match="it is a pipe"):
        UsersFile.read(path)
    path.unlink()
    path.write_bytes(b"#" * (MOST_BYTES + 1))
    with pytest.raises(UsersError, match="more than 4 MiB"):
        UsersFile.read(path)


class TestEditing:
    """Changes of the file."""

    def test_a_file_that_is_not_there_is_made_for_its_owner_alone(self, path: Path) -> None:
        with edited(path) as file:
            file.put(User("alice", PASSWORD))
        assert path.read_text() == line("alice")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert [entry.name for entry in path.parent.iterdir()] == ["users"]

    def test_what_others_wrote_stays(self, path: Path) -> None:
        path.write_text(f"# ours\n{line('alice')}\n{line('bob')}")
        path.chmod(0o644)
        assert known_to_others(path)
        with edited(path) as file:
            file.put(User("alice", OTHER))
            file.put(User("carol", PASSWORD))
            file.remove("bob")
        assert path.read_text() == f"# ours\n{line('alice', OTHER)}\n{line('carol')}"
        assert not known_to_others(path)

    def test_a_link_to_the_file_stays_one(self, path: Path, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to(path)
        with edited(tmp_path / "link") as file:
            file.put(User("alice", PASSWORD))
        assert (tmp_path / "link").is_symlink()
        assert path.read_text() == line("alice")

    @pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
    def test_who_owns_it_owns_it_still(self, path: Path) -> None:
        path.write_text("")
        os.chown(path, 1234, 1235)
        with edited(path) as file:
            file.put(User("alice", PASSWORD))
        status = path.stat()
        assert (status.st_uid, status.st_gid) == (1234, 1235)

    def test_where_the_disk_is_full_nothing_has_changed(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        path.write_text(line("alice"))
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(UsersError, match="No space left"), edited(path) as file:
            file.remove("alice")
        assert path.read_text() == line("alice")
        assert [entry.name for entry in path.parent.iterdir()] == ["users"]

    def test_a_damaged_file_is_left_alone(self, path: Path) -> None:
        path.write_text("geheim\n")
        with pytest.raises(UsersError, match="line 1"), edited(path):
            raise AssertionError
        assert path.read_text() == "geheim\n"

    def test_an_error_in_the_block_changes_nothing(self, path: Path) -> None:
        with pytest.raises(KeyError), edited(path) as file:
            file.remove("nobody")
        assert not path.exists()

    def test_two_at_a_time_lose_nothing(self, path: Path) -> None:
        def add(name: str) -> None:
            with edited(path) as file:
                file.put(User(name, PASSWORD))

        names = {str(number) for number in range(8)}
        threads = [threading.Thread(target=add, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert UsersFile.read(path).users.keys() == names

    def test_what_is_no_file_is_left_alone(self, path: Path) -> None:
        with pytest.raises(UsersError, match="cannot write"), edited(path / "none" / "users"):
            raise AssertionError
        path.mkdir()
        with pytest.raises(UsersError, match="Is a directory"), edited(path):
            raise AssertionError
