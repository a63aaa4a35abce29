# SPDX-License-Identifier: GPL-3.0-or-later
"""A station heard through a tree of relays, whose nodes are killed and lied to."""
