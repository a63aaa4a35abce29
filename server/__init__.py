# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server owns: the library of tracks, the sessions, and the gevent shells around them."""
