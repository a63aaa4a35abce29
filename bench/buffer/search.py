# SPDX-License-Identifier: GPL-3.0-or-later
"""The evolution strategy by which the weights are sought: CMA-ES, for costs without a gradient.

Source: N. Hansen, "The CMA Evolution Strategy: A Tutorial", arXiv 1604.00772, with its defaults.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bench.buffer.traces import Array


@dataclass(frozen=True, slots=True)
class Found:
    """Where the search ended.

    Attributes:
        center: the mean of the last generation, which chance fooled less than the best.
        best: the lowest cost that was seen.
    """

    center: Array
    best: float


def search(
    cost: Callable[[Array], float],
    start: Array,
    *,
    width: float,
    generations: int,
    seed: int,
    tell: Callable[[int, float], None],
) -> Found:
    """Minimise `cost` from `start` on, with first steps of about `width` in every direction."""
    chance = np.random.default_rng(seed)
    size = len(start)
    population = 4 + int(3 * np.log(size))
    half = population // 2
    weights = np.log(half + 0.5) - np.log(np.arange(1, half + 1))
    weights /= weights.sum()
    effective = float(1 / (weights**2).sum())
    c_path = (4 + effective / size) / (size + 4 + 2 * effective / size)
    c_width = (effective + 2) / (size + effective + 5)
    c_one = 2 / ((size + 1.3) ** 2 + effective)
    c_many = min(1 - c_one, 2 * (effective - 2 + 1 / effective) / ((size + 2) ** 2 + effective))
    damping = 1 + 2 * max(0.0, np.sqrt((effective - 1) / (size + 1)) - 1) + c_width
    usual = np.sqrt(size) * (1 - 1 / (4 * size) + 1 / (21 * size * size))
    path, width_path, shape = np.zeros(size), np.zeros(size), np.eye(size)
    center, best = np.array(start, dtype=np.float64), np.inf
    for generation in range(generations):
        values, axes = np.linalg.eigh(shape)
        lengths = np.sqrt(np.maximum(values, 1e-20))
        steps = (chance.standard_normal((population, size)) * lengths) @ axes.T
        costs = np.array([cost(center + width * step) for step in steps])
        order = np.argsort(costs)
        best = min(best, float(costs[order[0]]))
        chosen = steps[order[:half]]
        step = weights @ chosen
        center = center + width * step
        whitened = axes @ ((axes.T @ step) / lengths)
        width_path = (1 - c_width) * width_path + np.sqrt(
            c_width * (2 - c_width) * effective
        ) * whitened
        length = float(np.linalg.norm(width_path))
        faded = np.sqrt(1 - (1 - c_width) ** (2 * (generation + 1)))
        is_steady = length / faded < (1.4 + 2 / (size + 1)) * usual
        path = (1 - c_path) * path + is_steady * np.sqrt(c_path * (2 - c_path) * effective) * step
        shape = (
            (1 - c_one - c_many) * shape
            + c_one * np.outer(path, path)
            + c_many * (chosen.T * weights) @ chosen
        )
        width *= float(np.exp((c_width / damping) * (length / usual - 1)))
        tell(generation, best)
    return Found(center, best)
