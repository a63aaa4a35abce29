# SPDX-License-Identifier: GPL-3.0-or-later
"""Two servers behind HAProxy, of which one is killed: what their listeners hear of it."""
