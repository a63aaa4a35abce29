# SPDX-License-Identifier: GPL-3.0-or-later
"""The sound of stations: cut, sealed, kept, passed on and checked (RFC.md, "Stations")."""
