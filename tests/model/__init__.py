# SPDX-License-Identifier: GPL-3.0-or-later
"""Two listeners and a server, all real but for sockets and clocks, on links that do anything.

Short in continuous integration, and always the same. This draws others each time, and many more:
`script/test tests/model --hypothesis-profile=long --timeout=0`.
"""
