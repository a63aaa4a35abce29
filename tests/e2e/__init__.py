# SPDX-License-Identifier: GPL-3.0-or-later
"""Real processes on loopback: what only shows when everything is put together."""
