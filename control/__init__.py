# SPDX-License-Identifier: GPL-3.0-or-later
"""The conversation: messages, state tables of both roles, and the sans-I/O connection."""
