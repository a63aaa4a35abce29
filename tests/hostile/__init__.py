# SPDX-License-Identifier: GPL-3.0-or-later
"""Attacks on a real server process, while somebody honest listens to it.

Each attack takes ANTIPHON_HOSTILE_SECONDS, 0.8 by default; more is a test of patience:
`ANTIPHON_HOSTILE_SECONDS=60 script/test tests/hostile`.
"""
