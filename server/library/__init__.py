# SPDX-License-Identifier: GPL-3.0-or-later
"""The music folder as a server sees it: numbered tracks, their indexes and their mapped files.

`library.Library` is the whole interface. Below it: `catalogue` decides which id a file has and
answers pages, `store` keeps that over restarts, `scanner` feeds both from `walk` (everything, now
and then) and `watch` (what just changed), where `settling` waits for files that are being written,
and `reading` has files read by `worker`, which runs `indexer` in a process of its own. `left_out`
is what the operator is told about all other files; `audio` maps those that are being listened to.
"""
