"""goto: another flow, for good; and the parameters that flows want of one another."""

from pathlib import Path

from ivr.rehearsal.coverage import Coverage
from ivr.rehearsal.script import FlowTest
from ivr.rehearsal.testing import run_test
from tests.ivr.flow_files import load, mistakes

MAIN = """\
languages: [en]
start: go
nodes:
  go: {kind: goto, flow: other, parameters: {what: "{{ dialled }}!"}}
"""
OTHER = """\
languages: [en]
start: note
parameters: [what]
nodes:
  note: {kind: set, values: {got: "{{ what }}"}, next: end}
"""


def test_the_other_flow_gets_its_parameters_and_ends_the_call(tmp_path: Path) -> None:
    flows = load(tmp_path, main=MAIN, other=OTHER)
    test = FlowTest.model_validate(
        {"expect": {"variables": {"got": "1000!"}, "nodes": ["go", "note"], "ended": "normal"}}
    )
    coverage = Coverage(flows)
    assert run_test(flows, "main", test, coverage) == []
    assert coverage.untaken("main") == []


def test_a_flow_in_a_flow_gets_them_too_and_comes_back(tmp_path: Path) -> None:
    main = (
        MAIN.replace("kind: goto", "kind: flow")
        .replace("}!", "}")
        .replace(
            'dialled }}"}}', 'dialled }}"}, next: after}\n  after: {kind: hang_up, cause: busy}'
        )
    )
    flows = load(tmp_path, main=main, other=OTHER)
    test = FlowTest.model_validate({"expect": {"variables": {"got": "1000"}, "ended": "busy"}})
    assert run_test(flows, "main", test, Coverage(flows)) == []


def test_missing_and_unknown_parameters_are_mistakes(tmp_path: Path) -> None:
    said = mistakes(tmp_path, main=MAIN.replace("what:", "wat:"), other=OTHER)
    assert said == [
        "main.yaml:4: nodes.go.parameters.wat: flow 'other' has no parameter 'wat';"
        " did you mean 'what'?",
        "main.yaml:4: nodes.go.parameters: flow 'other' wants the parameter 'what'",
    ] or said == [
        "main.yaml:4: nodes.go.parameters: flow 'other' wants the parameter 'what'",
        "main.yaml:4: nodes.go.parameters.wat: flow 'other' has no parameter 'wat';"
        " did you mean 'what'?",
    ]
