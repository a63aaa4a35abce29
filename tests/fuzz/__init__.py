# SPDX-License-Identifier: GPL-3.0-or-later
"""Every decoder of bytes from outside, and what must hold of it for any bytes."""
