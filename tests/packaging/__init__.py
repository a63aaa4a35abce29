# SPDX-License-Identifier: GPL-3.0-or-later
"""What is handed to people who install Antiphon: the wheel and the source archive."""
