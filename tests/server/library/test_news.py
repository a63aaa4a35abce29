# SPDX-License-Identifier: GPL-3.0-or-later
"""What the processes of one library tell each other."""

import pytest

from server.library.news import LONGEST, MOST_IDS, News, path_to_reread, reread_line
from server.library.progress import Progress

NEWS = News([3, 1], scanning=True, ready=False, progress=Progress(5, 4, 3, 2, 1))


def test_there_and_back() -> None:
    assert News.from_line(NEWS.line()) == NEWS
    assert NEWS.line().count(b"\n") == 1


def test_the_longest_fits() -> None:
    ids = list(range(2**63 - MOST_IDS, 2**63))
    line = News(ids, scanning=False, ready=True, progress=Progress(*[2**63] * 5)).line()
    assert len(line) <= LONGEST
    assert News.from_line(line).changed == ids
    assert len(reread_line("\udcff" * 4096)) <= LONGEST  # as long as any path


@pytest.mark.parametrize("path", ["a.mp3", "with\nline.mp3", "no text \udcff.mp3", "日本.mp3"])
def test_every_path_comes_back(path: str) -> None:
    line = reread_line(path)
    assert line.count(b"\n") == 1
    assert path_to_reread(line) == path


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"[]\n",
        b"\xff\n",
        b"[" * 50_000 + b"\n",
        b"{}\n",
        b'{"changed": 1}\n',
        b'{"changed": ["x"]}\n',
        b'{"changed": [], "scanning": true, "ready": true, "progress": {}}\n',
        b'{"changed": [], "scanning": true, "ready": true, "progress": 1}\n',
        b'{"reread": 1}\n',
    ],
)
def test_nonsense(line: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 whatever it says
        News.from_line(line)
    with pytest.raises(ValueError):  # noqa: PT011
        path_to_reread(line)
