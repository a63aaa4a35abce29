# SPDX-License-Identifier: GPL-3.0-or-later
"""Both sides of the protocol in one process, with pipes between them that cut and delay."""
