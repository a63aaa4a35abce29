# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of identity and of pages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.library.catalogue import SEARCHES, Catalogue, fold
from tests.server.library.files import track


def adopt(catalogue: Catalogue, path: str, digest: str, **texts: str) -> int:
    """The id that a file gets."""
    return catalogue.adopt(track(0, path, digest, **texts)).track.id


def listed(catalogue: Catalogue, query: str = "") -> list[tuple[int, str]]:
    page = catalogue.page(after=0, limit=1000, query=query)
    assert page.total == len(page.tracks)
    return [(found.id, found.path) for found in page.tracks]


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
        assert listed(catalogue, "new") == [(1, "a")]
        assert listed(catalogue, "old") == []

    def test_other_audio_at_the_path_is_another_recording(self) -> None:
        catalogue = Catalogue()
        adopt(catalogue, "a", "x")
        adoption = catalogue.adopt(track(0, "a", "y"))
        assert (adoption.track.id, adoption.displaced) == (2, 1)
        assert catalogue.get(1) is None
        assert listed(catalogue) == [(2, "a")]

    def test_and_the_old_audio_gets_its_id_back(self) -> None:
        catalogue = Catalogue()
        adopt(catalogue, "a", "x")
        adopt(catalogue, "a", "y")
        adoption = catalogue.adopt(track(0, "a", "x"))
        assert (adoption.track.id, adoption.displaced) == (1, 2)
        assert listed(catalogue) == [(1, "a")]

    def test_a_copy_is_another_track(self) -> None:
        catalogue = Catalogue()
        assert [adopt(catalogue, "a", "x"), adopt(catalogue, "b", "x")] == [1, 2]
        assert listed(catalogue) == [(1, "a"), (2, "b")]

    def test_a_renamed_file_takes_its_id_along(self) -> None:
        catalogue = Catalogue()
        adopt(catalogue, "a", "x")
        assert catalogue.retire("a") == 1
        assert listed(catalogue) == []
        assert adopt(catalogue, "b", "x") == 1
        assert listed(catalogue) == [(1, "b")]
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
        assert listed(catalogue) == [(1, "a")]

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
        assert listed(catalogue) == [(2, "a"), (5, "b")]
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
            assert {path: meaning[i] for i, path in listed(catalogue)} == there
            assert {path for _, path in listed(catalogue, "song-a")} == there.keys() & {"a"}
            assert catalogue.paths() == set(there)
            assert len(catalogue) == len(there)
        assert max(meaning, default=0) == catalogue.next_id - 1


class TestPages:
    """Stretches of the list."""

    def test_pages_follow_each_other_without_gap_or_double(self) -> None:
        catalogue = Catalogue([track(n, f"{n}") for n in range(1, 24)], next_id=24)
        seen: list[int] = []
        while True:
            page = catalogue.page(after=seen[-1] if seen else 0, limit=5)
            seen += [found.id for found in page.tracks]
            assert page.total == 23
            if not page.more:
                break
        assert seen == list(range(1, 24))

    def test_a_full_last_page_says_so(self) -> None:
        catalogue = Catalogue([track(n, f"{n}") for n in range(1, 11)])
        assert catalogue.page(after=5, limit=5).more is False
        assert catalogue.page(after=5, limit=4).more is True
        assert catalogue.page(after=99, limit=4).tracks == ()

    def test_the_page_after_a_track_that_vanished(self) -> None:
        catalogue = Catalogue([track(n, f"{n}") for n in range(1, 11)])
        catalogue.retire("5")
        page = catalogue.page(after=5, limit=2)
        assert [found.id for found in page.tracks] == [6, 7]
        assert page.total == 9

    def test_scanning_is_passed_on(self) -> None:
        assert Catalogue().page(after=0, limit=9, scanning=True).scanning is True

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("", [1, 2, 3]),
            ("   ", [1, 2, 3]),
            ("fur", [1]),
            ("FÜR", [1]),
            ("fu\u0308r eli", [1]),
            ("elise beethoven", [1]),  # each word anywhere
            ("beethoven handel", []),
            ("strasse", [2]),
            ("STRAßE", [2]),
            ("track03", [3]),  # the file's name
            ("folder", []),  # not its folder's
            ("suite", [2]),  # the album
        ],
    )
    def test_search(self, query: str, expected: list[int]) -> None:
        catalogue = Catalogue(
            [
                track(1, "folder/track01.mp3", title="Für Elise", artist="Beethoven"),
                track(2, "folder/track02.mp3", title="Straße", album="Suite"),
                track(3, "folder/track03.mp3", title="Air", artist="Händel"),
            ],
        )
        page = catalogue.page(after=0, limit=10, query=query)
        assert [found.id for found in page.tracks] == expected
        assert page.total == len(expected)

    def test_no_word_matches_across_two_fields(self) -> None:
        catalogue = Catalogue([track(1, "x.mp3", title="over", artist="ture")])
        assert listed(catalogue, "overture") == []

    def test_the_next_page_of_a_search_needs_no_new_one(self) -> None:
        catalogue = Catalogue([track(n, f"{n}", title="some song") for n in range(1, 11)])
        searched = count_searches(catalogue)
        pages = [catalogue.page(after=n, limit=1, query="SOME  song").tracks for n in range(10)]
        assert [page[0].id for page in pages] == list(range(1, 11))
        assert catalogue.page(after=0, limit=1).total == 10  # no search at all
        assert len(searched) == 2 * 10  # once, for two words

    def test_words_that_say_nothing_new_cost_nothing(self) -> None:
        catalogue = Catalogue([track(n, f"{n}", title="some song") for n in range(1, 11)])
        searched = count_searches(catalogue)
        for query in ("song some", "so me some o song s some", "some some song"):
            assert catalogue.page(after=0, limit=9, query=query).total == 10
        assert len(searched) == 2 * 10  # once, for two words

    def test_a_search_is_done_again_when_the_list_has_changed(self) -> None:
        catalogue = Catalogue([track(n, f"{n}", title="song") for n in (1, 2, 3)], next_id=4)
        assert len(listed(catalogue, "song")) == 3
        catalogue.retire("2")
        assert listed(catalogue, "song") == [(1, "1"), (3, "3")]
        catalogue.revive("2", *track(2, "2").stamp)
        adopt(catalogue, "5", "x", title="song")
        assert listed(catalogue, "song") == [(1, "1"), (2, "2"), (3, "3"), (4, "5")]
        adopt(catalogue, "5", "x", title="prose")
        assert len(listed(catalogue, "song")) == 3

    def test_among_some_of_the_tracks(self) -> None:
        catalogue = Catalogue()
        for number in range(1, 7):
            adopt(catalogue, f"{number}.mp3", f"{number}", title="odd" if number % 2 else "even")
        within = frozenset({2, 3, 4, 5, 77})
        assert [track.id for track in catalogue.page(after=0, limit=9, within=within).tracks] == [
            *range(2, 6)
        ]
        page = catalogue.page(after=2, limit=1, query="even", within=within)
        assert ([track.id for track in page.tracks], page.total, page.more) == ([4], 2, False)
        assert catalogue.page(after=0, limit=9, within=frozenset()).total == 0

    def test_the_revision_tells_of_each_change(self) -> None:
        catalogue = Catalogue()
        revisions = {catalogue.revision}
        adopt(catalogue, "a.mp3", "a")
        revisions.add(catalogue.revision)
        catalogue.retire("a.mp3")
        revisions.add(catalogue.revision)
        assert len(revisions) == 3

    def test_only_the_latest_searches_are_kept(self) -> None:
        catalogue = Catalogue([track(1, "a", title=" ".join(str(n) for n in range(100)))])
        searched = count_searches(catalogue)
        for number in range(SEARCHES):
            catalogue.page(after=0, limit=1, query=str(number))
        catalogue.page(after=0, limit=1, query="0")
        assert len(searched) == SEARCHES
        catalogue.page(after=0, limit=1, query=str(SEARCHES))
        catalogue.page(after=0, limit=1, query="0")
        assert len(searched) == SEARCHES + 1
        catalogue.page(after=0, limit=1, query="1")  # the one that was not asked for the longest
        assert len(searched) == SEARCHES + 2


def count_searches(catalogue: Catalogue) -> list[int]:
    """The id of each track that a search looks at, from now on."""
    looked_at: list[int] = []

    class Counting(dict[int, str]):
        def __getitem__(self, track_id: int) -> str:
            looked_at.append(track_id)
            return super().__getitem__(track_id)

    catalogue._folded = Counting(catalogue._folded)  # pyright: ignore[reportPrivateUsage]
    return looked_at


def test_fold() -> None:
    assert fold("ÀÉÎ Øß ﬁ İ") == "aei øss fi i"


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
            assert listed(follower) == listed(leader)
            assert follower.paths() == leader.paths()
            assert {follower.at(path) for path in "abc"} == {leader.at(path) for path in "abc"}

    def test_nothing_new_is_no_change(self) -> None:
        catalogue = Catalogue([track(1, "a")], [track(2, "b")], next_id=3)
        before = catalogue.revision
        catalogue.follow([(track(1, "a"), True), (track(2, "b"), False)])
        assert catalogue.revision == before
        catalogue.withdraw({1, 2, 3})
        assert listed(catalogue) == []
        assert catalogue.ids() == {1, 2}
