# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m pages FOLDER`: both programs' man pages and completion, as a package installs them."""

import os
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from common.release import RELEASE
from pages.completion import completion
from pages.man import man_page
from pages.programs import programs


def main(words: Sequence[str], environment: Mapping[str, str]) -> int:
    """Write them below the folder named; the exit status."""
    if len(words) != 1 or words[0].startswith("-"):
        print("usage: python -m pages FOLDER", file=sys.stderr)
        return 2
    for name, content in files(_day(environment)).items():
        path = Path(words[0], name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
        print(path)
    return 0


def files(day: date) -> dict[str, str]:
    """The content of each, by its place below /usr/share; `day` is printed on the man pages."""
    known = programs()
    made: dict[str, str] = {}
    for program in known:
        name = program.name
        also = tuple(other.name for other in known if other is not program)
        made[f"man/man1/{name}.1"] = man_page(program, RELEASE, day, also)
        made[f"bash-completion/completions/{name}"] = completion(program, "bash")
        made[f"zsh/site-functions/_{name}"] = completion(program, "zsh")
    return made


def _day(environment: Mapping[str, str]) -> date:
    """Of the source, where who builds says so: the same source makes the same pages."""
    epoch = environment.get("SOURCE_DATE_EPOCH")
    moment = datetime.now(UTC) if epoch is None else datetime.fromtimestamp(int(epoch), UTC)
    return moment.date()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
