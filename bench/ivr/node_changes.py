"""What a change of node costs a flow.

    python -m bench.ivr.node_changes [--calls 2000] [--rounds 20]

Runs calls through a flow of menus, conditions, values, spoken numbers and look-ups, with a caller
who answers at once, so that nothing but our own work is left. The event of each visit, with the
position after it, is made and logged as the served centre does. Prints microseconds per node.
"""

import argparse
import asyncio
import gc
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from events.calls import NodeVisited
from events.codec import body_to_json
from events.ids import CallId, FlowName, NodeName
from events.log import EventLog
from ivr.engine import NodeVisit, run_flow
from ivr.flow import Flows
from ivr.loader import load_flows
from ivr.prompt_texts import read_prompt_texts
from ivr.rehearsal.caller import RehearsalCaller
from ivr.rehearsal.script import Given
from ivr.rehearsal.testing import Actor
from ivr.spoken import Utterable

BUDGET_US = 300.0
FLOW = """\
languages: [en, id, es]
start: speak
nodes:
  speak: {kind: language, language: id, next: vip}
  vip: {kind: branch, cases: [{when: customer.vip and language == 'id', then: count}], otherwise: count}
  count: {kind: set, values: {n: "{{ n | default(0) + 1 }}", text: "call {{ n }}"}, next: find}
  find: {kind: data, table: t.csv, column: k, key: "{{ n }}", into: {found: v}, next: say, missing: say}
  say: {kind: say, prompt: [welcome, {number: "{{ n * 1234 }}"}], next: ask}
  ask: {kind: menu, prompt: main_menu, choices: {1: part, 2: end}, otherwise: end}
  part: {kind: split, shares: [{percent: 50, then: hours}, {percent: 50, then: hours}]}
  hours: {kind: schedule, zone: Asia/Jakarta, hours: {mon-fri: "08:00-17:00"}, open: note, closed: note}
  note: {kind: log, event: round, values: {n: "{{ n }}"}, next: again}
  again: {kind: loop, counter: rounds, times: ROUNDS, again: vip, next: end}
"""  # noqa: E501


class Instant(RehearsalCaller):
    """Hears and answers without waiting."""

    async def play(self, prompts: Sequence[Utterable], *, stop_on_digit: bool) -> None:
        return

    async def digits(self, **_: Any) -> str:
        return "1"


def flows(rounds: int) -> Flows:
    texts = read_prompt_texts(Path("ivr_flows/prompts"))
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "t.csv").write_text("k,v\n1,one\n")
        (Path(folder) / "main.yaml").write_text(FLOW.replace("ROUNDS", str(rounds)))
        return load_flows(Path(folder), prompts=texts.__getitem__, queues=())


def measured(calls: int, rounds: int) -> dict[str, list[float]]:
    """Seconds from one visit to the next, by the kind of the node."""
    log = EventLog(utc=perf_counter, steady=perf_counter, last_seq=0)
    written: list[str] = []
    log.listen(lambda recorded: written.append(body_to_json(recorded.event)))
    found = flows(rounds)
    costs_s: dict[str, list[float]] = defaultdict(list)
    last = 0.0

    def visited(visit: NodeVisit) -> None:
        nonlocal last
        event = NodeVisited(
            CallId("c"),
            FlowName(visit.flow),
            NodeName(visit.node),
            visit.outcome,
            visit.position.to_json(),
        )
        log.append(event)
        now = perf_counter()
        kind = type(found.current["main"].nodes[visit.node]).__name__.lower()
        costs_s[kind].append(now - last)
        last = perf_counter()

    async def play() -> None:
        nonlocal last
        for _ in range(calls):
            given = Given(customer={"vip": True})
            caller = Instant(given, Actor(given, ()), now=lambda: 0.0)
            last = perf_counter()
            await run_flow(found, found.start("main", {}), caller, on_visit=visited)

    asyncio.run(play())
    return costs_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    gc.collect()
    costs_s = measured(options.calls, options.rounds)
    print(f"{'us':<12}{'visits':>9}{'mean':>9}{'p50':>9}{'p99':>9}")
    every = [cost for costs in costs_s.values() for cost in costs]
    for kind, costs in [*sorted(costs_s.items()), ("every node", every)]:
        costs.sort()
        mean_us = sum(costs) / len(costs) * 1e6
        p50, p99 = (costs[int(share * (len(costs) - 1))] * 1e6 for share in (0.5, 0.99))
        print(f"{kind:<12}{len(costs):>9}{mean_us:>9.1f}{p50:>9.1f}{p99:>9.1f}")
    print(f"budget: {BUDGET_US:g} us a node")


if __name__ == "__main__":
    main()
