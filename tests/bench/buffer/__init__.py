# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated plays behind the start rule: traces, links, rules, figures."""
