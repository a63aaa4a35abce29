# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a server keeps what it remembers, and where it is looked for when it runs."""

import hashlib
import os
from pathlib import Path


class NoHomeError(Exception):
    """This user has no place for it; the text says what to do."""


def state_folder(given: str | None, folder: Path) -> Path | None:
    """Where ids are kept: one place for each music folder, unless told otherwise.

    None where they are not kept. Raises NoHomeError.
    """
    if given is not None:
        return None if given == "none" else Path(given)
    name = hashlib.sha256(os.fsencode(os.path.realpath(folder))).hexdigest()[:16]
    return _state_home() / "antiphon" / "server" / name


def _state_home() -> Path:
    given = os.environ.get("XDG_STATE_HOME", "")
    if os.path.isabs(given):  # noqa: PTH117 "" is no path; the specification ignores relative ones
        return Path(given)
    try:
        return Path.home() / ".local" / "state"
    except RuntimeError:
        raise NoHomeError(
            "there is no home directory to keep the tracks' numbers in; give another one with "
            "--state DIR, or --state none to forget them at the end"
        ) from None
