# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a role as `python -m` does, with a signal where it imports a certain module.

It comes with an import, so that no clock has a part in it.
"""

import os
import runpy
import signal
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder


def signal_at_import(number: signal.Signals, module: str) -> tuple[str, ...]:
    """What stands before the command `python -m ROLE ...`."""
    return (sys.executable, "-m", __name__, str(int(number)), module)


class _Sender(MetaPathFinder):
    """Finds nothing, and sends this process a signal where a module is looked for."""

    def __init__(self, number: int, module: str) -> None:
        self._number = number
        self._module = module

    def find_spec(self, fullname: str, _path: Sequence[str] | None, _target: object = None) -> None:
        """Leave it to who is asked next."""
        if fullname == self._module:
            os.kill(os.getpid(), self._number)


def _main() -> None:
    _, number, module, _python, _m, role, *arguments = sys.argv
    sys.meta_path.insert(0, _Sender(int(number), module))
    sys.argv = [role, *arguments]
    runpy.run_module(role, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _main()
