# SPDX-License-Identifier: GPL-3.0-or-later
"""What both channels speak: field readers and writers, framing, errors, constants, state tables."""
