# SPDX-License-Identifier: GPL-3.0-or-later
"""`antiphon-server tree`: prints who feeds whom at a running server."""

import argparse
import json
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NoReturn

from server.exit_status import FAILED, INTERRUPTED, MISUSED, drop_output
from server.library.walk import reason_of
from server.private_socket import reachable
from server.relay.portrait import table
from server.relay.tree_socket import sockets_in
from server.state_folder import NoHomeError, state_folder

PROGRAM: Final = "antiphon-server tree"
PATIENCE: Final = 5.0  # seconds for the answer
MOST: Final = 64 * 1024 * 1024  # bytes of it

_EPILOG: Final = """\
The server answers in its state directory, so it must not have been started with --state none.
It shows the addresses of listeners; only the user who runs the server may ask.
Of a server with --workers each one answers for the listeners that it has.
A folder of music that is called tree is served as ./tree.

examples:
  antiphon-server tree ./music
  antiphon-server tree --state state --json | jq '.stations[].feeds'
"""


class AskingError(Exception):
    """There is no answer; the text says why, and what to do."""


class _NowhereError(Exception):
    """Nobody is named who could be asked; the text says how to."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One sentence; status 2."""
        self.exit(2, f"{PROGRAM}: {message} (--help shows how)\n")


def main(arguments: Sequence[str]) -> int:
    """Print the tree; the exit status."""
    given = command_line().parse_args(arguments)
    try:
        answer = ask_all(_sockets_of(given), patience=PATIENCE)
        text = f"{json.dumps(answer, indent=2)}\n" if given.json else table(answer["stations"])
        print(text, end="", flush=True)  # noqa: T201 a command line; does nothing where there is no output
    except _NowhereError as error:
        sys.stderr.write(f"{PROGRAM}: {error}\n")
        return MISUSED
    except (AskingError, NoHomeError) as error:
        sys.stderr.write(f"{PROGRAM}: {error}\n")
        return FAILED
    except BrokenPipeError:
        return drop_output()
    except OSError as error:  # a full disk behind standard output, for one
        sys.stderr.write(f"{PROGRAM}: {reason_of(error)}\n")
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def _sockets_of(given: argparse.Namespace) -> dict[int, Path]:
    """Where to ask, by the numbers of the workers. Raises _NowhereError and NoHomeError."""
    if "" in {given.socket, given.state, given.folder}:
        raise _NowhereError("an empty name is none: a variable that is not set?")
    if given.socket is not None:
        return {1: Path(given.socket)}
    if given.state is None and given.folder is None:
        raise _NowhereError(
            "which server? Name its music FOLDER, or --state DIR, as it was started"
        )
    state = state_folder(given.state, Path(given.folder or "."))
    if state is None:
        raise _NowhereError("a server with --state none keeps nothing, and cannot be asked")
    return sockets_in(state)


def ask_all(paths: Mapping[int, Path], *, patience: float) -> dict[str, Any]:
    """What the workers of a server say, or the server that has none; raises AskingError."""
    if len(paths) == 1:
        return ask(next(iter(paths.values())), patience=patience)
    stations: list[dict[str, Any]] = []
    missing: list[AskingError] = []
    for number, path in paths.items():
        try:
            answer = ask(path, patience=patience)
        except AskingError as error:  # it has just died, or there are fewer than there were once
            missing.append(error)
        else:
            stations += ({"worker": number, **one} for one in answer["stations"])
    if len(missing) == len(paths):
        raise missing[0]
    return {"stations": stations}


def ask(path: Path, *, patience: float) -> dict[str, Any]:
    """What the server says that answers at `path`; raises AskingError."""
    try:
        data = _read(path, until=time.monotonic() + patience)
    except (FileNotFoundError, NotADirectoryError):
        text = (
            f"no server with stations answers in {path.parent}: is it running, with that --state?"
        )
        raise AskingError(text) from None
    except ConnectionRefusedError:
        text = f"the server that answered at {path} is not running any more"
        raise AskingError(text) from None
    except TimeoutError:
        text = f"the server at {path} has not answered within {patience:.0f} seconds"
        raise AskingError(text) from None
    except OSError as error:
        raise AskingError(f"cannot ask the server at {path}: {reason_of(error)}") from None
    try:
        answer = json.loads(data)
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or not isinstance(answer.get("stations"), list):
        raise AskingError(f"the server at {path} has broken off; ask again") from None
    return answer


def _read(path: Path, *, until: float) -> bytes:
    """All that comes; raises OSError, TimeoutError among them."""
    data = bytearray()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        _wait(sock, until)
        with reachable(path) as address:
            sock.connect(address)
        while len(data) <= MOST:
            _wait(sock, until)
            piece = sock.recv(65536)
            if not piece:
                break
            data += piece
    return bytes(data)


def _wait(sock: socket.socket, until: float) -> None:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    sock.settimeout(left)


def command_line() -> argparse.ArgumentParser:
    """What reads the command line; man pages and completion are made from it too."""
    parser = _Parser(
        prog=PROGRAM,
        description="Print who feeds whom at a running server, for each of its stations.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("folder", nargs="?", metavar="FOLDER", help="the server's music folder")
    where.add_argument("--state", metavar="DIR", help="its state directory, where it was given one")
    where.add_argument("--socket", metavar="PATH", help="the socket itself")
    parser.add_argument("--json", action="store_true", help="as JSON, with all that is known")
    return parser
