# SPDX-License-Identifier: GPL-3.0-or-later
"""A station's listeners among themselves: being fed by one, feeding others (RFC.md, "Relays")."""
