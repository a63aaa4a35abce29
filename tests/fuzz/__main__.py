# SPDX-License-Identifier: GPL-3.0-or-later
"""`script/fuzz`: each target for some seconds in a process of its own, and a table of what came."""

import argparse
import importlib.util
import os
import platform
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.fuzz.campaign import Campaign, Result, table
from tests.fuzz.target import MODULES, find

SECONDS = 6  # for each target: enough to meet what a change has broken near the seeds
FOLDER = Path("build/fuzz")

_EPILOG = f"""\
targets:
{chr(10).join(f"  {name}" for name in MODULES)}

What was learned stays in {FOLDER}/TARGET/corpus, and the next run begins with it.
The exit status is 1 if any input broke a target; the input is kept, and named at the end.
"""


def main(arguments: Sequence[str]) -> int:
    """Fuzz; 0 where nothing broke, 1 where something did, 2 for a wrong command line."""
    found = _parser().parse_args(arguments)
    unknown = [name for name in found.targets if name not in MODULES]
    if unknown:
        return _refuse(f"there is no target {unknown[0]}; script/fuzz --help names them")
    if found.repeat is not None:
        if len(found.targets) != 1:
            return _refuse("--repeat needs the one target whose input it is")
        return _repeat(found.targets[0], found.repeat)
    if importlib.util.find_spec("atheris") is None:
        version = f"Python {platform.python_version()} on {platform.machine()}"
        print(f"fuzz: nothing was fuzzed: atheris is not to be had for {version}", file=sys.stderr)
        return 0
    campaign = Campaign(FOLDER, found.seconds)

    def run(name: str) -> Result:
        sys.stdout.write(f"fuzz: {name} for {found.seconds} s\n")  # in one piece, unlike print
        sys.stdout.flush()
        return campaign.run(name)

    with ThreadPoolExecutor(os.cpu_count()) as pool:  # Ctrl-C: what has not begun is left
        results = list(pool.map(run, found.targets or MODULES))
    print("", *table(results), sep="\n")
    broken = [result for result in results if result.is_broken]
    for result in broken:
        print(f"\n{result.name}: {result.why}")
        for path in result.crashes:
            print(f"Repeat it with: script/fuzz --repeat {path} {result.name}")
        if not result.crashes:
            print(f"What it said is in {result.log}")
    return 1 if broken else 0


def _repeat(name: str, path: Path) -> int:
    try:
        data = path.read_bytes()
    except OSError as error:
        return _refuse(f"cannot read {path}: {error.strerror}")
    find(name).check(data)
    print(f"fuzz: {name} bears {path} ({len(data)} bytes)")
    return 0


def _refuse(sentence: str) -> int:
    print(f"fuzz: {sentence}", file=sys.stderr)
    return 2


def _seconds(text: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text[:6]) <= 86_400:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text} is no whole number of seconds from 1 to 86400")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="script/fuzz",
        description="Feed any bytes to everything that decodes bytes from outside.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="which (default: all of them)")
    parser.add_argument(
        "--seconds",
        type=_seconds,
        default=SECONDS,
        metavar="N",
        help="how long each target is fuzzed (default: %(default)s)",
    )
    parser.add_argument(
        "--repeat",
        type=Path,
        metavar="FILE",
        help="give the target this one input, and show what it raises",
    )
    return parser


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
