"""Run the tests that stand beside flows, and sum up what they covered."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ivr.loader import FlowErrors
from ivr.rehearsal.coverage import Coverage, edges_of
from ivr.rehearsal.script import Script, read_scripts
from ivr.rehearsal.testing import run_test
from sentral.failures import Failure
from sentral.flow_tools.finding import Found


@dataclass
class Report:
    """What came of the tests.

    Attributes:
        failures: by flow and name of the test, what was not as expected.
    """

    coverage: Coverage
    tested: list[str]
    passed: list[tuple[str, str]] = field(default_factory=list)
    failures: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def share(self) -> float:
        """Nodes and ways that some test took, of all there are in the tested flows; 0 to 1."""
        everything, missed = 0, 0
        for flow in self.tested:
            total, never = self.ways(flow)
            everything += total
            missed += never
        return 1.0 if not everything else 1.0 - missed / everything

    def ways(self, flow: str) -> tuple[int, int]:
        """(nodes and ways there are, how many of them no test took)."""
        found = self.coverage.flows.current[flow]
        never = len(self.coverage.unvisited(flow)) + len(self.coverage.untaken(flow))
        return len(found.nodes) + len(edges_of(found)), never

    def summary(self) -> Iterator[str]:
        for flow in self.tested:
            total, never = self.ways(flow)
            yield f"{flow}: {total - never} of {total} nodes and ways covered"
            yield from (f"  never visited: {node}" for node in self.coverage.unvisited(flow))
            yield from (f"  never taken: {a} → {b}" for a, b in self.coverage.untaken(flow))

    def to_json(self) -> dict[str, Any]:
        return {
            "passed": [{"flow": flow, "test": test} for flow, test in self.passed],
            "failed": [
                {"flow": flow, "test": test, "problems": problems}
                for (flow, test), problems in self.failures.items()
            ],
            "coverage": self.share(),
            "never_visited": {flow: self.coverage.unvisited(flow) for flow in self.tested},
            "never_taken": {flow: self.coverage.untaken(flow) for flow in self.tested},
        }


def tested(found: Found) -> Report:
    """Run every test of the named flows.

    Raises:
        Failure: a test file is wrong, names no flow that there is, or there are no tests.
    """
    scripts = _scripts(found)
    report = Report(Coverage(found.flows), list(dict.fromkeys(flow for flow, _ in scripts)))
    for flow, script in scripts:
        for name, test in script.tests.items():
            problems = run_test(found.flows, flow, test, report.coverage)
            if problems:
                report.failures[flow, name] = problems
            else:
                report.passed.append((flow, name))
    return report


def _scripts(found: Found) -> list[tuple[str, Script]]:
    try:
        scripts = read_scripts(found.folder)
    except FlowErrors as error:
        raise Failure(f"the tests cannot be used\n{error}") from error
    for file, script in scripts.items():
        if not _is_there(script.flow or "", found):
            raise Failure(f"{file}:1: there is no flow '{script.flow}' beside it")
    known = [(script.flow or "", script) for script in scripts.values()]
    wanted = [(flow, script) for flow, script in known if flow in found.named]
    if not wanted:
        raise Failure(f"there are no tests; write {found.named[0]}.test.yaml beside the flow")
    return wanted


def _is_there(flow: str, found: Found) -> bool:
    return flow in found.flows or (found.folder / f"{flow}.yaml").is_file()
