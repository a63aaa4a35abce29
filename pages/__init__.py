# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read about the programs, made from them: man pages, shell completion, a picture."""
