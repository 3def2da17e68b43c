"""data: rows of a table beside the flow."""

from pathlib import Path

from ivr.nodes.data import Data
from tests.ivr.fake_caller import FakeCaller
from tests.ivr.flow_files import load, mistakes

FLOW = """\
languages: [en]
start: find
nodes:
  find:
    kind: data
    table: rates.csv
    column: code
    key: "{{ dialled }}"
    into: {rate: price, place: city}
    next: say
    missing: end
  say: {kind: branch, cases: [{when: rate > 1 and place, then: end}], otherwise: end}
"""
RATES = "code,price,city\n031,5,Surabaya\n021,7,Jakarta\n"


def table(folder: Path, text: str = RATES) -> Data:
    (folder / "rates.csv").write_text(text)
    found = load(folder, main=FLOW).current["main"].nodes["find"]
    assert isinstance(found, Data)
    return found


async def test_columns_of_the_row_become_variables(tmp_path: Path) -> None:
    caller = FakeCaller(dialled="021")
    assert (await table(tmp_path).run(caller)).target == "say"
    assert (caller.variables["rate"], caller.variables["place"]) == ("7", "Jakarta")


async def test_without_a_row_they_are_null(tmp_path: Path) -> None:
    caller = FakeCaller(dialled="022", rate="old")
    left = await table(tmp_path).run(caller)
    assert (left.outcome, left.target) == ("missing", "end")
    assert (caller.variables["rate"], caller.variables["place"]) == (None, None)


def test_the_flows_version_follows_the_table(tmp_path: Path) -> None:
    table(tmp_path)
    first = load(tmp_path, main=FLOW).current["main"].version
    table(tmp_path, RATES + "022,9,Bandung\n")
    assert load(tmp_path, main=FLOW).current["main"].version != first


def test_mistakes_have_their_lines(tmp_path: Path) -> None:
    assert mistakes(tmp_path, main=FLOW) == [
        "main.yaml:6: nodes.find.table: rates.csv cannot be read: No such file or directory"
    ]
    (tmp_path / "rates.csv").write_text(RATES)
    assert mistakes(tmp_path, main=FLOW.replace("rate: price", "rate: prize")) == [
        "main.yaml:9: nodes.find.into.rate: rates.csv has no column 'prize'; did you mean 'price'?"
    ]
