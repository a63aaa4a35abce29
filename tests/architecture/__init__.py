# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the shape of the source: who imports whom, and what the pure rooms stay away from."""
