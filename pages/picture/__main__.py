# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m pages.picture FILE [PORT]`: the picture of the README, of what the programs do now."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pages.picture.scene import played
from pages.picture.screen import Screen, words
from pages.picture.svg import drawn
from pages.picture.terminal import NotShownError

TITLE: Final = "A terminal with Antiphon's client"


def main(arguments: Sequence[str]) -> int:
    """Write it; the exit status."""
    if len(arguments) not in {1, 2} or arguments[0].startswith("-"):
        print("usage: python -m pages.picture FILE [PORT]", file=sys.stderr)
        return 2
    try:
        screen = played(*map(int, arguments[1:]))
    except NotShownError as problem:
        print(f"picture: {problem}", file=sys.stderr)
        return 1
    Path(arguments[0]).write_text(picture(screen), "utf-8")
    print(arguments[0])
    return 0


def picture(screen: Screen) -> str:
    """The whole SVG; who does not see it is told what stands there."""
    return drawn(screen, title=TITLE, description="\n".join(filter(None, map(words, screen))))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
