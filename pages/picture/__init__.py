# SPDX-License-Identifier: GPL-3.0-or-later
"""The README's picture: the real client on a terminal, typed at, and its last screen drawn."""
