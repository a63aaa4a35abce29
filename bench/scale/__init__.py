# SPDX-License-Identifier: GPL-3.0-or-later
"""What listeners cost one core: this server, nginx and icecast under the same load."""
