# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of pages and of searches."""

import pytest

from server.library.catalogue import SEARCHES, Catalogue, fold
from tests.server.library.files import adopt, list_of, track


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
        assert list_of(catalogue, "overture") == []

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
        assert len(list_of(catalogue, "song")) == 3
        catalogue.retire("2")
        assert list_of(catalogue, "song") == [(1, "1"), (3, "3")]
        catalogue.revive("2", *track(2, "2").stamp)
        adopt(catalogue, "5", "x", title="song")
        assert list_of(catalogue, "song") == [(1, "1"), (2, "2"), (3, "3"), (4, "5")]
        adopt(catalogue, "5", "x", title="prose")
        assert len(list_of(catalogue, "song")) == 3

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
