# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m tests.fuzz.engine TARGET CORPUS OPTION…`: one target in libFuzzer, until it stops."""

import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import atheris  # pyright: ignore[reportMissingModuleSource] not for every machine

from tests.fuzz.target import Target, find

# Whose branches count as new: ours, and those of the parsers in Python that bytes go to.
WATCHED = ("common", "control", "data", "server", "client", "bench", "mutagen", "tomllib")


def main(arguments: Sequence[str]) -> None:
    """Fuzz the target; OPTIONs are libFuzzer's. Ends the process."""
    name, corpus, *options = arguments
    with atheris.instrument_imports(include=WATCHED):
        target = find(name)
    _write_seeds(target, Path(corpus))
    program = [sys.argv[0], f"-max_len={target.longest}", *options, corpus]
    atheris.Setup(program, target.check)
    atheris.Fuzz()


def _write_seeds(target: Target, corpus: Path) -> None:
    corpus.mkdir(parents=True, exist_ok=True)
    for seed in target.seeds():
        (corpus / sha256(seed).hexdigest()[:40]).write_bytes(seed)


if __name__ == "__main__":
    main(sys.argv[1:])
