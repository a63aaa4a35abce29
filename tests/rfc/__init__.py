# SPDX-License-Identifier: GPL-3.0-or-later
"""RFC.md is executed: its vectors, tables, constants and codes against the code."""
