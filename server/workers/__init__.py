# SPDX-License-Identifier: GPL-3.0-or-later
"""Several processes that are one server: how settings are shared out, and who watches over them."""
