# SPDX-License-Identifier: GPL-3.0-or-later
"""Antiphon's demo on EC2, as one command each way; `python -m deploy --help` tells."""
