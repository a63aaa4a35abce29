# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of identity."""

from hypothesis import given
from hypothesis import strategies as st

from server.library.catalogue import Catalogue
from tests.server.library.files import adopt, list_of, track


class TestIdentity:
    """The rule of the module's docstring."""

    def test_ids_rise_from_one(self) -> None:
        catalogue = Catalogue()
        assert [adopt(catalogue, path, path) for path in ("a", "b", "c")] == [1, 2, 3]
        assert catalogue.next_id == 4

    def test_same_path_same_audio_same_id(self) -> None:
        catalogue = Catalogue()
        adopt(catalogue, "a", "x", title="old")
        adoption = catalogue.adopt(track(0, "a", "x", title="new"))
        assert (adoption.track.id, adoption.displaced) == (1, None)
        assert list_of(catalogue, "new") == [(1, "a")]
        assert list_of(catalogue, "old") == []

    def test_other_audio_at_the_path_is_another_recording(self) -> None:
        catalogue = Catalogue()
        adopt(catalogue, "a", "x")
        adoption = catalogue.adopt(track(0, "a", "y"))
        assert (adoption.track.id, adoption.displaced) == (2, 1)
        assert catalogue.get(1) is None
        assert list_of(catalogue) == [(2, "a")]

    def test_and_the_old_audio_gets_its_id_back(self) -> None:
        catalogue = Catalogue()
        adopt(catalogue, "a", "x")
        adopt(catalogue, "a", "y")
        adoption = catalogue.adopt(track(0, "a", "x"))
        assert (adoption.track.id, adoption.displaced) == (1, 2)
        assert list_of(catalogue) == [(1, "a")]

    def test_a_copy_is_another_track(self) -> None:
        catalogue = Catalogue()
        assert [adopt(catalogue, "a", "x"), adopt(catalogue, "b", "x")] == [1, 2]
        assert list_of(catalogue) == [(1, "a"), (2, "b")]

    def test_a_renamed_file_takes_its_id_along(self) -> None:
        catalogue = Catalogue()
        adopt(catalogue, "a", "x")
        assert catalogue.retire("a") == 1
        assert list_of(catalogue) == []
        assert adopt(catalogue, "b", "x") == 1
        assert list_of(catalogue) == [(1, "b")]
        # The old path is nobody's now.
        assert catalogue.retire("a") is None
        assert adopt(catalogue, "a", "x") == 2

    def test_two_files_that_change_places(self) -> None:
        catalogue = Catalogue()
        adopt(catalogue, "a", "x")
        adopt(catalogue, "b", "y")
        catalogue.retire("a")
        catalogue.retire("b")
        assert [adopt(catalogue, "a", "y"), adopt(catalogue, "b", "x")] == [2, 1]

    def test_of_several_vanished_copies_that_of_the_same_name_moves(self) -> None:
        catalogue = Catalogue()
        for path in ("one/a.mp3", "one/b.mp3", "one/c.mp3"):
            adopt(catalogue, path, "x")
            catalogue.retire(path)
            adopt(catalogue, path, path)  # so that the next copy does not find this one vanished
        catalogue = Catalogue(gone=[track(n, f"one/{n}.mp3", "x") for n in (1, 2, 3)], next_id=4)
        assert adopt(catalogue, "two/2.mp3", "x") == 2
        assert adopt(catalogue, "one/3.mp3", "x") == 3
        assert adopt(catalogue, "two/9.mp3", "x") == 1
        assert adopt(catalogue, "two/10.mp3", "x") == 4

    def test_a_file_that_is_back_as_it_was_need_not_be_read(self) -> None:
        catalogue = Catalogue()
        adopt(catalogue, "a", "x")
        size, mtime_ns = track(0, "a").stamp
        assert catalogue.revive("a", size, mtime_ns) is None  # it is there
        catalogue.retire("a")
        assert catalogue.revive("a", size, mtime_ns + 1) is None
        revived = catalogue.revive("a", size, mtime_ns)
        assert revived is not None
        assert list_of(catalogue) == [(1, "a")]

    def test_of_several_that_were_there_the_newest_is_back(self) -> None:
        gone = [track(number, "a", f"{number}") for number in (1, 3, 2)]
        catalogue = Catalogue(gone=gone, next_id=4)
        revived = catalogue.revive("a", *track(0, "a").stamp)
        assert revived is not None
        assert revived.id == 3

    def test_what_was_kept_is_what_was_there(self) -> None:
        catalogue = Catalogue(
            present=[track(5, "b"), track(2, "a")],
            gone=[track(3, "c", "x")],
            next_id=9,
        )
        assert list_of(catalogue) == [(2, "a"), (5, "b")]
        assert adopt(catalogue, "d", "x") == 3
        assert adopt(catalogue, "e", "new") == 9

    @given(
        st.lists(
            st.tuples(st.sampled_from("abcd"), st.sampled_from(["", "v", "w", "x", "y"])),
            max_size=40,
        ),
    )
    def test_an_id_never_changes_its_meaning(self, steps: list[tuple[str, str]]) -> None:
        """Files come, change and go at random: an id keeps its audio, a path has one id."""
        catalogue = Catalogue()
        meaning: dict[int, str] = {}
        there: dict[str, str] = {}
        for path, digest in steps:
            if digest:
                track_id = adopt(catalogue, path, digest, title=f"song-{path}")
                assert meaning.setdefault(track_id, digest) == digest
                there[path] = digest
            else:
                catalogue.retire(path)
                there.pop(path, None)
            assert {path: meaning[i] for i, path in list_of(catalogue)} == there
            assert {path for _, path in list_of(catalogue, "song-a")} == there.keys() & {"a"}
            assert catalogue.paths() == set(there)
            assert len(catalogue) == len(there)
        assert max(meaning, default=0) == catalogue.next_id - 1


class TestFollowing:
    """Another process gives the ids, and what it has comes in slices."""

    @given(st.data())
    def test_both_come_to_have_the_same(self, data: st.DataObject) -> None:
        leader, follower = Catalogue(), Catalogue()
        path, digest = st.sampled_from("abc"), st.sampled_from("xyz")
        for _ in range(data.draw(st.integers(1, 4))):
            changed: set[int] = set()
            for _ in range(data.draw(st.integers(0, 6))):
                if data.draw(st.booleans()):
                    adoption = leader.adopt(track(0, data.draw(path), data.draw(digest)))
                    changed |= {adoption.track.id, adoption.displaced or 0}
                else:
                    changed.add(leader.retire(data.draw(path)) or 0)
            order = data.draw(st.permutations(sorted(changed - {0})))
            cut = data.draw(st.integers(0, len(order)))
            for some in (order[:cut], order[cut:]):
                known = [(leader._tracks[one], leader.get(one) is not None) for one in some]  # pyright: ignore[reportPrivateUsage]
                follower.follow(known)
            assert list_of(follower) == list_of(leader)
            assert follower.paths() == leader.paths()
            assert {follower.at(path) for path in "abc"} == {leader.at(path) for path in "abc"}

    def test_nothing_new_is_no_change(self) -> None:
        catalogue = Catalogue([track(1, "a")], [track(2, "b")], next_id=3)
        before = catalogue.revision
        catalogue.follow([(track(1, "a"), True), (track(2, "b"), False)])
        assert catalogue.revision == before
        catalogue.withdraw({1, 2, 3})
        assert list_of(catalogue) == []
        assert catalogue.ids() == {1, 2}
