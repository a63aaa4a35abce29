# SPDX-License-Identifier: GPL-3.0-or-later
"""What is used of scikit-learn."""
