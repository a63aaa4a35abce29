# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the bench that counts what listeners cost."""
