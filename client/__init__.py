# SPDX-License-Identifier: GPL-3.0-or-later
"""The listener: shell, links to the server, playout, decoder and sinks."""
