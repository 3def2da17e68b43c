"""Flows by chance: nodes of every kind, whole flows, and anything that is none."""

from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from ivr.flow import Flow, Flows
from ivr.kinds import node_kinds
from ivr.names import NodeName
from ivr.placing import Surroundings
from ivr.yaml_lines import Place

NODES = ["a", "b", "c", "d"]
NODE = st.sampled_from([*NODES, "end"])
PROMPT = st.sampled_from(["hello", "menu"])
VALUE = st.sampled_from(["text", "{{ x }}", "{{ x + 1 }}", "{{ x ~ x }}", 7, True, None])


WRITTEN: set[str] = set()
"""Kinds of nodes that these flows are made of."""


def fields(kind: str, **rest: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    WRITTEN.add(kind)
    return st.fixed_dictionaries(
        {"kind": st.just(kind), **rest}, optional={"on_error": NODE, "on_hangup": NODE}
    )


RIGHT_NODE = st.one_of(
    fields("say", prompt=PROMPT, next=NODE),
    fields(
        "menu",
        prompt=PROMPT,
        choices=st.dictionaries(st.sampled_from("12*"), NODE, min_size=1),
        otherwise=NODE,
    ),
    fields(
        "collect",
        prompt=PROMPT,
        into=st.just("x"),
        max_digits=st.integers(1, 4),
        next=NODE,
        otherwise=NODE,
    ),
    fields("language", language=st.sampled_from(["en", "es"]), next=NODE),
    fields("set", values=st.dictionaries(st.sampled_from("xyz"), VALUE, min_size=1), next=NODE),
    fields(
        "branch",
        cases=st.lists(
            st.fixed_dictionaries(
                {"when": st.sampled_from(["x", "x > 3", "y == 'a'"]), "then": NODE}
            ),
            min_size=1,
            max_size=2,
        ),
        otherwise=NODE,
    ),
    fields(
        "queue",
        queue=st.just("sales"),
        priority=st.sampled_from([3, "{{ x }}"]),
        next=NODE,
        otherwise=NODE,
    ),
    fields("transfer", to=st.sampled_from([2001, "{{ x }}"]), next=NODE, otherwise=NODE),
    fields("transfer", agent=st.sampled_from([101, "{{ x }}"]), next=NODE, otherwise=NODE),
    fields(
        "record",
        do=st.sampled_from(["announce", "consent", "refuse", "start", "stop", "pause", "resume"]),
        prompt=PROMPT,
        next=NODE,
    ),
    fields(
        "secure",
        prompt=PROMPT,
        into=st.just("card"),
        max_digits=st.integers(1, 4),
        next=NODE,
        otherwise=NODE,
    ),
    fields(
        "authenticate",
        prompt=PROMPT,
        who=st.just("1"),
        table=st.just("t.csv"),
        column=st.just("k"),
        pin_column=st.just("v"),
        lock_after=st.integers(1, 4),
        next=NODE,
        otherwise=NODE,
    ),
    fields(
        "callback",
        queue=st.just("sales"),
        number=st.sampled_from(["62811", "{{ x }}"]),
        number_is=PROMPT,
        confirm=PROMPT,
        enter=PROMPT,
        next=NODE,
        otherwise=NODE,
    ),
    fields(
        "voicemail",
        mailbox=st.sampled_from(["support", "{{ x }}"]),
        prompt=PROMPT,
        review=st.sampled_from([None, {"prompt": "hello"}]),
        next=NODE,
        failed=NODE,
    ),
    fields(
        "speech",
        prompt=PROMPT,
        answers=st.fixed_dictionaries(
            {
                "a": st.fixed_dictionaries(
                    {"say": st.just(["yes"]), "key": st.just("1"), "then": NODE}
                )
            }
        ),
        otherwise=NODE,
    ),
    fields("leave_queue", reason=st.sampled_from(["key", "callback", "voicemail"])),
    fields("flow", flow=st.sampled_from(["main", "other"]), next=NODE),
    fields("hang_up", cause=st.sampled_from(["normal", "busy"])),
    fields("answer", next=NODE),
    fields("progress", next=NODE),
    fields("echo", next=NODE),
    fields("ring", next=NODE, seconds=st.sampled_from([0, 30])),
    fields(
        "split",
        shares=st.tuples(NODE, NODE).map(
            lambda ways: [{"percent": 30, "then": ways[0]}, {"percent": 70, "then": ways[1]}]
        ),
    ),
    fields(
        "schedule",
        zone=st.just("Asia/Jakarta"),
        hours=st.sampled_from([{}, {"mon-fri": "08:00-17:00"}]),
        open=NODE,
        closed=NODE,
    ),
    fields(
        "data",
        table=st.just("t.csv"),
        column=st.just("k"),
        key=st.sampled_from(["1", "{{ x }}"]),
        into=st.just({"y": "v"}),
        next=NODE,
        missing=NODE,
    ),
    fields("loop", counter=st.just("n"), times=st.integers(1, 3), again=NODE, next=NODE),
    fields("wait", seconds=st.just(1), prompt=st.sampled_from([None, "hello"]), next=NODE),
    fields("log", event=st.just("e"), values=st.just({"x": "{{ x }}"}), next=NODE),
    fields("identify", number=st.sampled_from(["1", "{{ x }}"]), next=NODE, unknown=NODE),
    fields(
        "http",
        url=st.just("http://h/{{ x }}"),
        filler=st.sampled_from([None, "hello"]),
        into=st.just({"z": "{{ answer.z }}"}),
        next=NODE,
        failed=NODE,
    ),
    fields(
        "survey",
        survey=st.just("s"),
        prompt=PROMPT,
        scale=st.sampled_from(["stars", "nps", "spoken"]),
        next=NODE,
        otherwise=NODE,
    ),
    fields("goto", flow=st.just("main")),
    fields("say", prompt=st.just([{"number": "{{ x }}"}]), next=NODE),
    fields(
        "collect",
        prompt=PROMPT,
        help=PROMPT,
        again=PROMPT,
        into=st.just("x"),
        max_digits=st.integers(1, 4),
        luhn=st.booleans(),
        confirm=st.just({"prompt": ["hello", {"digits": "{{ x }}"}]}),
        next=NODE,
        otherwise=NODE,
    ),
)
ENTRY = st.sampled_from(NODES)
RIGHT_FLOW = st.fixed_dictionaries(
    {
        "languages": st.just(["en", "es"]),
        "start": ENTRY,
        "nodes": st.fixed_dictionaries(dict.fromkeys(NODES, RIGHT_NODE)),
    },
    optional={"on_error": ENTRY, "on_hangup": ENTRY},
)


def around() -> Surroundings:
    """What the loader tells a node; there is one table, `t.csv`."""

    def mistake(place: Place, text: str) -> None:
        raise AssertionError(f"{place}: {text}")

    folder = Path(__file__).parent / "tables"
    used: list[bytes] = []
    return Surroundings(folder, NodeName("a"), "9", "*", mistake, used.append)


def as_flows(**written: dict[str, Any]) -> Flows:
    """Flows as the loader builds them, but with their dead ends and unreachable nodes left in."""
    return Flows({name: _as_flow(name, flow) for name, flow in written.items()})


def _as_flow(flow_name: str, written: dict[str, Any]) -> Flow:
    nodes = {
        name: node_kinds()[node["kind"]].model_validate(node).placed(around())
        for name, node in written["nodes"].items()
    }
    return Flow(
        name=flow_name,
        version="1",
        languages=("en", "es"),
        start=written["start"],
        nodes=nodes,
        on_hangup=written.get("on_hangup"),
        on_error=written.get("on_error"),
    )
