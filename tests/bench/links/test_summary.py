# SPDX-License-Identifier: GPL-3.0-or-later
"""Many runs become a table, verdicts and a page."""

from pathlib import Path

from bench.links.summary import HEADER, Row, lines, page, verdicts


def run(player: str, number: int = 0, **fields: object) -> Row:
    row: Row = {"scenario": "A", "cc": "bbr", "player": player, "run": number, "start": 0.1}
    row |= {"stalls": 0, "stalled": 0.0, "cost": 0.1, "played": 60.0, "gaps": []}
    return row | {"moved_bytes": 1_000_000} | fields


ROWS = [
    run("mpv", start=0.4, cost=0.4),
    run("antiphon", 0, switch=0.06, list_ms=51.0, wasted_bytes=1234),
    run("antiphon", 1, start=0.3, cost=8.3, stalls=1, stalled=1.0, gaps=[[2.0, 1.0]]),
    run("antiphon", 2, switch=None),
    run("antiphon", scenario="D", cc="cubic", cost=9.0),
    run("mpd", scenario="D", cc="cubic", cost=12.0),
]


def test_each_player_on_each_link_has_one_line_with_medians_and_the_worst() -> None:
    table = lines(ROWS)
    assert [line[0].split() for line in table] == [
        ["A", "bbr", "antiphon"],
        ["A", "bbr", "mpv"],
        ["D", "cubic", "antiphon"],
        ["D", "cubic", "mpd"],
    ]
    own = dict(zip(HEADER[1:], table[0][1:], strict=True))
    assert own["runs"] == "3"
    assert own["start"] == "0.10"
    assert table[0][3] == "0.30"  # the worst start
    assert table[0][5] == "1"  # the most stalls
    assert own["cost"] == "2.83"
    assert own["switch"] == "0.060"
    assert own["list ms"] == "51"
    assert own["wasted kB"] == "1.2"
    assert table[1][-3:] == ["", "", ""]


def test_the_verdict_compares_with_the_best_peer_link_by_link() -> None:
    first, second = verdicts(ROWS)
    assert first == "A bbr: antiphon 2.83 is BEHIND the best peer, mpv 0.40"
    assert second == "D cubic: antiphon 9.00 is ahead of the best peer, mpd 12.00"
    assert verdicts(ROWS[1:4]) == []


def test_the_page_has_every_link_and_says_what_failed(tmp_path: Path) -> None:
    path = tmp_path / "links.html"
    page(ROWS, "# links", ["E bbr mpv 1: it did not start"], path)
    text = path.read_text(encoding="utf-8")
    assert text.count("<svg") == 4
    assert "Link A with bbr" in text
    assert "E bbr mpv 1: it did not start" in text
