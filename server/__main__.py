# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's command line: `python -m server [PORT] FOLDER`."""

import logging
import sys
from collections.abc import Sequence

from server import make_certificate
from server.app import App, StartError
from server.log import logging_to_standard_error
from server.options import OptionsError, parse


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a server until a signal; the exit status."""
    words = sys.argv[1:] if arguments is None else arguments
    if words and words[0] == "certificate":
        return make_certificate.main(words[1:])
    try:
        parsed = parse(words)
    except OptionsError as error:
        print(f"antiphon-server: {error}", file=sys.stderr)
        return 2
    try:
        with logging_to_standard_error(logging.DEBUG if parsed.verbose else logging.INFO):
            App(parsed.config).run()
    except StartError as error:
        print(f"antiphon-server: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
