# SPDX-License-Identifier: GPL-3.0-or-later
"""`antiphon-server check`: would a server start, and what would it leave out."""
