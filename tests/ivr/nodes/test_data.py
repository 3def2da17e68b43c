"""data: rows of a table beside the flow."""

from pathlib import Path
from typing import Any

import pytest

from ivr.node import FlowFault
from ivr.nodes.data import Data
from tests.ivr.fake_caller import FakeCaller
from tests.ivr.fake_world import FakeWorld
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


ASKING = """\
languages: [en]
start: find
nodes:
  find:
    kind: data
    database: crm
    sql: "select name, balance from clients where id = :id and kind = 'a:b'"
    values: {id: "{{ dialled }}"}
    into: {who: name}
    next: end
    missing: end
    failed: end
"""


def asking(folder: Path, text: str = ASKING) -> Data:
    found = load(folder, databases={"crm"}, main=text).current["main"].nodes["find"]
    assert isinstance(found, Data)
    return found


async def test_a_database_is_asked_with_bound_values(tmp_path: Path) -> None:
    world = FakeWorld(rows=[{"name": "Ayu", "balance": 3}])
    caller = FakeCaller(world=world, dialled="1' or 1=1")
    assert (await asking(tmp_path).run(caller)).outcome == "next"
    assert caller.variables["who"] == "Ayu"
    (question,) = world.questions
    assert (question.database, question.values) == ("crm", {"id": "1' or 1=1"})


@pytest.mark.parametrize(
    ("rows", "outcome"), [([], "missing"), (None, "failed")], ids=["no row", "away"]
)
async def test_no_row_and_no_answer_are_told_apart(
    tmp_path: Path, rows: list[Any] | None, outcome: str
) -> None:
    caller = FakeCaller(world=FakeWorld(rows=rows), dialled="1", who="old")
    assert (await asking(tmp_path).run(caller)).outcome == outcome
    assert caller.variables["who"] is None


@pytest.mark.parametrize("rows", [None, [{"other": 1}]], ids=["away", "another column"])
async def test_without_a_way_out_trouble_is_an_error(
    tmp_path: Path, rows: list[Any] | None
) -> None:
    node = asking(tmp_path, ASKING.replace("    failed: end\n", ""))
    with pytest.raises(FlowFault):
        await node.run(FakeCaller(world=FakeWorld(rows=rows), dialled="1"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("database: crm", "database: crn", "there is no database 'crn'"),
        ("select name", "drop name", "nodes.find.sql: a flow only reads"),
        ("values: {id:", "values: {idd:", "nodes.find.values: `:id` has no value"),
        ("values: {id:", "values: {idd:", "`idd` is not in the question; did you mean 'id'?"),
        ("    database: crm\n", "", "give either `table`, `column` and `key`, or `database`"),
        ("    database: crm\n", "    database: crm\n    table: x.csv\n", "give either `table`"),
    ],
)
def test_mistakes_in_questions(tmp_path: Path, old: str, new: str, said: str) -> None:
    found = mistakes(tmp_path, databases={"crm"}, main=ASKING.replace(old, new))
    assert any(said in line for line in found), found
