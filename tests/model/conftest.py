# SPDX-License-Identifier: GPL-3.0-or-later
"""How many conversations of the model are drawn where somebody asks for many."""

from hypothesis import settings

settings.register_profile("long", max_examples=20_000, derandomize=False)
