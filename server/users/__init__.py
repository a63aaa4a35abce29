# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may listen (RFC.md, "Users"): the file of users, and the checks of their passwords."""
