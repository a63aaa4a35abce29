# SPDX-License-Identifier: GPL-3.0-or-later
"""Forty listeners, of whom one that feeds others is killed every few seconds."""

import sys

import pytest

from common.constants import PARENT_SILENT, START_BACK
from server.relay.allowed import RelayPlan
from tests.server.relay.simulation import Simulation

LISTENERS = 40
APART = (2.0, 6.0)  # seconds between two kills
MINUTES = 5


def play(
    allowed: RelayPlan, *, seed: int, room: int, pair: bool = False
) -> tuple[Simulation, dict[str, float]]:
    """Let them all come within a second, and then kill some for minutes."""
    simulation = Simulation(allowed, seed=seed)
    for _ in range(LISTENERS):
        simulation.after((0.0, 1.0), lambda: simulation.tune_in(room))
    simulation.sample_every(0.05)
    simulation.run(40.0)
    told = simulation.sent
    simulation.run(30.0)
    assert simulation.sent == told, "a tree in which nothing happens is left alone"
    simulation.streams.clear()

    def kill() -> None:
        for _ in range(1 + pair):
            inner = [one for one in simulation.alive() if one.children]
            victim = simulation.random.choice(inner)
            simulation.kill(victim)
            simulation.after(1.0, lambda: simulation.tune_in(room))
        if simulation.now < end:
            simulation.after(APART, kill)

    end = simulation.now + 60.0 * MINUTES
    kill()
    simulation.run(60.0 * MINUTES)
    samples = simulation.streams.total()
    shares = {n: simulation.streams[n] / samples for n in sorted(simulation.streams)}
    found = {
        "mean": sum(n * share for n, share in shares.items()),
        "over": sum(share for n, share in shares.items() if n >= 3),
        "worst": max(one.worst for one in simulation.listeners.values() if one.alive),
        "depth": max(node.depth for node in simulation.tree.nodes.values()),
    }
    sys.stdout.write(f"{allowed} seed {seed}: streams {shares}, {found}\n")
    return simulation, found


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("fan_out", [2, 3])
def test_the_server_sends_two_streams_and_nobody_hears_a_gap(fan_out: int, seed: int) -> None:
    simulation, found = play(RelayPlan(fan_out=fan_out, feeds=2), seed=seed, room=fan_out)
    assert found["mean"] < 2.1
    assert found["over"] < 0.01
    assert found["worst"] < START_BACK - PARENT_SILENT
    assert found["depth"] < 10
    simulation.run(30.0)
    at = {one.id: one.fed_by for one in simulation.alive()}
    assert all(fed_by is not None for fed_by in at.values())


@pytest.mark.parametrize("seed", range(2))
def test_two_killed_at_once_cost_the_server_a_stream_for_a_moment(seed: int) -> None:
    _, found = play(RelayPlan(fan_out=3, feeds=2), seed=seed, room=3, pair=True)
    assert found["mean"] < 2.3
    assert found["over"] < 0.1
    assert found["worst"] < START_BACK - PARENT_SILENT


def test_a_chain_takes_one_stream() -> None:
    _, found = play(RelayPlan(fan_out=1, feeds=1), seed=1, room=1)
    assert found["mean"] < 1.1
    assert found["worst"] < START_BACK - PARENT_SILENT


def test_what_the_tree_believes_is_so() -> None:
    """Once all reports have come, the plan and what the listeners do are the same."""
    simulation, _ = play(RelayPlan(fan_out=3, feeds=2), seed=7, room=3)
    simulation.run(30.0)
    nodes = simulation.tree.nodes
    assert len(simulation.alive()) == LISTENERS
    for one in simulation.alive():
        assert nodes[one.id].parent == one.fed_by == nodes[one.id].fed_by
        alive = {child for child in nodes[one.id].children if not nodes[child].lost}
        assert alive == one.children
