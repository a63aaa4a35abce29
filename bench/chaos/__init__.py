# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything goes wrong by chance, out of a seed, and nothing wrong may be heard."""
