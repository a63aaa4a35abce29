# SPDX-License-Identifier: GPL-3.0-or-later
"""Man pages and shell completion."""
