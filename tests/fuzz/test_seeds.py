# SPDX-License-Identifier: GPL-3.0-or-later
"""Every target on its seeds, without a fuzzer: so that none rots, and each begins somewhere."""

import pytest

from tests.fuzz.target import MODULES, find


@pytest.mark.parametrize("name", MODULES)
def test_a_target_bears_its_seeds_and_their_halves(name: str) -> None:
    target = find(name)
    seeds = list(target.seeds())
    assert len(set(seeds)) > 5
    assert seeds == list(target.seeds()), "seeds are the same each time"
    for seed in [*seeds, *(seed[: len(seed) // 2] for seed in seeds), b""]:
        target.check(seed)
