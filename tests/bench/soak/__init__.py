# SPDX-License-Identifier: GPL-3.0-or-later
"""Trends, the proxy that breaks connections, and a short soak."""
