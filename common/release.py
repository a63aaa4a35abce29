# SPDX-License-Identifier: GPL-3.0-or-later
"""Which release of Antiphon this is: what both sides say of themselves in HELLO and WELCOME."""

from typing import Final

RELEASE: Final = "0.1.0"  # a test compares it with pyproject.toml
