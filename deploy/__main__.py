# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m deploy`: see `command_line`."""

import importlib.util
import sys

if importlib.util.find_spec("boto3") is None:
    sys.exit("deploy: boto3 is not installed: `script/setup deploy` installs it")

from deploy.command_line import main

sys.exit(main(sys.argv[1:]))
