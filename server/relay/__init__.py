# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's side of relays: who feeds whom, and proof that a relay is one (RFC.md, "Relays")."""
