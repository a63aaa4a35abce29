# SPDX-License-Identifier: GPL-3.0-or-later
"""What is used of sklearn.linear_model."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

class LogisticRegression:
    coef_: NDArray[np.float64]
    intercept_: NDArray[np.float64]

    def __init__(self, *, C: float = ...) -> None: ...
    def fit(
        self,
        X: NDArray[np.float64],
        y: Sequence[bool],
        *,
        sample_weight: Sequence[float] | None = None,
    ) -> LogisticRegression: ...
