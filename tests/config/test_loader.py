"""The configuration: every mistake has its line, and the environment lies over the file."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.loader import ConfigError, load_settings
from config.settings import Settings

MD5 = "638c72eb8e801ae6ce917d9d39e2981b"
RIGHT = f"""\
sip:
  port: 5070
  algorithms: [MD5, SHA-256]
queues:
  sales: {{skills: {{sales: 1}}, wrap_up_s: 0}}
agents:
  101: {{name: Ana, skills: {{sales: 3}}}}
phones:
  2001:
    agent: 101
    ha1: {{MD5: {MD5}}}
trunks:
  carrier: {{addresses: [192.0.2.0/24], gateway: "sip:192.0.2.1"}}
numbers:
  - {{dial: 1000, flow: main}}
  - {{dial: 1001, queue: sales}}
  - {{dial: 20XX, phone: dialled, allow: [staff]}}
  - {{dial: "*70", feature: sign_in}}
  - {{dial: "0.", trunk: carrier, strip: 1}}
emergency: {{numbers: [112], trunk: carrier}}
"""


def load(folder: Path, text: str, environ: Mapping[str, str] | None = None) -> Settings:
    path = folder / "centre.yaml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path, environ or {})


def mistakes(folder: Path, text: str, environ: Mapping[str, str] | None = None) -> list[str]:
    """What is wrong, without the folder's name."""
    with pytest.raises(ConfigError) as caught:
        load(folder, text, environ)
    return [line.removeprefix(f"{folder}/") for line in str(caught.value).splitlines()]


def test_a_right_file_becomes_settings(tmp_path: Path) -> None:
    settings = load(tmp_path, RIGHT)
    assert (settings.sip.port, settings.sip.listen) == (5070, "127.0.0.1")
    assert settings.queues["sales"].wrap_up_s == 0
    assert dict(settings.agents["101"].skills) == {"sales": 3}
    assert settings.phones["2001"].agent == "101"
    assert [number.target for number in settings.numbers][:2] == [
        ("flow", "main"),
        ("queue", "sales"),
    ]
    assert settings.emergency.numbers == ("112",)
    assert settings.warnings == ()
    assert settings.flow_names() == {"main"}


def test_an_empty_file_is_all_defaults(tmp_path: Path) -> None:
    settings = load(tmp_path, "# nothing yet\n")
    assert (settings.sip.port, settings.web.port, settings.languages) == (5060, 8080, ("en",))


def test_what_differs_has_another_hash_and_what_does_not_has_not(tmp_path: Path) -> None:
    first = load(tmp_path, RIGHT).content_hash()
    assert load(tmp_path, "# a comment\n" + RIGHT).content_hash() == first
    assert load(tmp_path, RIGHT.replace("5070", "5071")).content_hash() != first


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("port: 5070", "prot: 5070", "2: sip.prot: unknown field; did you mean 'port'?"),
        ("port: 5070", "port: many", "2: sip.port: should be a whole number"),
        (
            "port: 5070",
            "port: 70000",
            "2: sip.port: should be less than or equal to 65535; this is 70000",
        ),
        ("port: 5070", "listen: localhost", "2: sip.listen: 'localhost' is no numeric address"),
        (
            "sip:\n",
            "media: {local_networks: [10.0.0.0/99]}\nsip:\n",
            "1: media.local_networks.0: '10.0.0.0/99' is no address or network",
        ),
        (
            "sip:\n",
            "media: {address_v6: here}\nsip:\n",
            "1: media.address_v6: 'here' is no numeric address",
        ),
        ("sip:", "sipp:", "1: sipp: unknown field; did you mean 'sip'?"),
        ("sip:\n", "sip: 7\nweb:\n", "1: sip: should be a mapping; this is 7"),
        (
            "[MD5, SHA-256]",
            "[MD4]",
            "3: sip.algorithms.0: should be 'MD5', 'SHA-256' or 'SHA-512-256'; this is 'MD4'",
        ),
        (
            "[MD5, SHA-256]",
            "[SHA-256]",
            "11: phones.2001.ha1: has no digest for what sip.algorithms asks for",
        ),
        (
            "wrap_up_s: 0",
            "wrap_up: 0",
            "5: queues.sales.wrap_up: unknown field; did you mean 'wrap_up_s'?",
        ),
        (
            "wrap_up_s: 0",
            "wrap_up_s: -1",
            "5: queues.sales.wrap_up_s: should be greater than or equal to 0",
        ),
        ("wrap_up_s: 0", "strategy: any", "5: queues.sales.strategy: should be 'longest_idle', "),
        (
            "skills: {sales: 3}",
            "skills: {sales: 30}",
            "7: agents.101.skills.sales: should be less than",
        ),
        ("  101:", "  ana:", "7: agents.ana: an agent's id is 1 to 12 digits"),
        ("name: Ana", "pin: 1234", "7: agents.101.pin: must be a digest"),
        (
            "agent: 101",
            "agent: 102",
            "10: phones.2001.agent: there is no agent '102'; did you mean '101'?",
        ),
        (MD5, "demo-2001", "11: phones.2001.ha1.MD5: must be 32 hex digits"),
        ("MD5: 6", "MD6: 6", "11: phones.2001.ha1.MD6: unknown algorithm"),
        (
            f"    ha1: {{MD5: {MD5}}}\n",
            "",
            "9: phones.2001: needs `ha1:` to register, or `contact:`",
        ),
        (
            "    agent: 101",
            "    contact: 127.0.0.1",
            "10: phones.2001.contact: '127.0.0.1' is no SIP URI",
        ),
        (
            "    agent: 101",
            "    route: [sip:192.0.2.5]",
            "10: phones.2001.route: goes with `contact:`; a phone that registers brings its way",
        ),
        (
            "    agent: 101",
            "    contact: sip:2001@192.0.2.7\n    route: [192.0.2.5]",
            "11: phones.2001.route.0: '192.0.2.5' is no SIP URI",
        ),
        (
            "192.0.2.0/24",
            "192.0.2.1/24",
            "13: trunks.carrier.addresses.0: '192.0.2.1/24' is no address",
        ),
        (
            "gateway:",
            "latch: loose, gateway:",
            "13: trunks.carrier.latch: 'loose' is no latch policy",
        ),
        (
            "gateway:",
            "gateways: [{uri: 192.0.2.1}], gateway:",
            "13: trunks.carrier.gateways.0.uri: '192.0.2.1' is no SIP URI",
        ),
        (
            "gateway:",
            'registration: {registrar: "sip:192.0.2.1"}, gateway:',
            "13: trunks.carrier.registration: needs a `user:` here or",
        ),
        (
            "gateway:",
            "password_env: X, gateway:",
            "13: trunks.carrier: `ha1:` and `password_env:` need a",
        ),
        (
            ', gateway: "sip:192.0.2.1"',
            "",
            "19: numbers.4.trunk: trunk 'carrier' has no `gateway:`",
        ),
        (
            ', gateway: "sip:192.0.2.1"',
            "",
            "20: emergency.trunk: trunk 'carrier' has no `gateway:`",
        ),
        (
            "flow: main",
            "flow: mian",
            "15: numbers.0.flow: there is no flow 'mian'; did you mean 'main'?",
        ),
        (
            "flow: main",
            "flow: main, queue: sales",
            "15: numbers.0: give exactly one of flow, queue, phone",
        ),
        (
            "queue: sales}",
            "queue: sails}",
            "16: numbers.1.queue: there is no queue 'sails'; did you mean",
        ),
        ("dial: 1001", "dial: 1000", "16: numbers.1.dial: '1000' is entry 1 of the plan already"),
        ("dial: 20XX", "dial: '[2'", "17: numbers.2.dial: no pattern: "),
        (
            "allow: [staff]",
            "allow: [stuff]",
            "17: numbers.2.allow.0: no trunk and no phone class 'stuff'",
        ),
        (
            "feature: sign_in",
            "feature: login",
            "18: numbers.3.feature: there is no feature 'login'",
        ),
        (
            "feature: sign_in",
            "feature: sign_in, strip: 1",
            "18: numbers.3: `strip:` and `prefix:` are for",
        ),
        ('dial: "*70"', "dial: *70", "18: not YAML: "),
        (
            "trunk: carrier}\n",
            "trunk: carier}\n",
            "20: emergency.trunk: there is no trunk 'carier'; did you",
        ),
        (", trunk: carrier}\n", "}\n", "20: emergency: `numbers:` need a `trunk:`"),
        ("emergency:", "customers: nobody.csv\nemergency:", "20: customers: there is no file "),
        ("emergency:", "do_not_call: list\nemergency:", "20: do_not_call: there is no file "),
        ("emergency:", "flows: nowhere\nemergency:", "20: flows: there is no folder "),
        ("emergency:", "warnings: [x]\nemergency:", "20: warnings: unknown field"),
        (
            "emergency:",
            "media: {port_first: 20000, port_last: 20001}\nemergency:",
            "20: media.port_last: must be",
        ),
        (
            "emergency:",
            "languages: []\nemergency:",
            "20: languages: should have at least 1 of them",
        ),
    ],
)
def test_each_mistake_has_its_line_and_its_cure(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert old in RIGHT
    found = mistakes(tmp_path, RIGHT.replace(old, new, 1))
    assert any(line.startswith(f"centre.yaml:{said}") for line in found), found


def test_all_mistakes_are_told_at_once_in_order(tmp_path: Path) -> None:
    wrong = (
        RIGHT.replace("port", "prot").replace("wrap_up_s: 0", "ring_s: 0").replace("dial", "dail")
    )
    assert [line.split(": ")[0] for line in mistakes(tmp_path, wrong)] == [
        f"centre.yaml:{line}"
        for line in [2, 5, *[15] * 2, *[16] * 2, *[17] * 2, *[18] * 2, *[19] * 2]
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- 1\n- 2\n", "centre.yaml:1: a configuration is a mapping"),
        ("sip: {port: 1}\nsip: {port: 2}\n", "centre.yaml:2: sip: given twice, first on line 1"),
        ("sip:\n  port: [\n", "centre.yaml:3: not YAML: "),
    ],
)
def test_a_file_that_is_no_configuration(tmp_path: Path, text: str, said: str) -> None:
    [line] = mistakes(tmp_path, text)
    assert line.startswith(said)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml:1: cannot be read: No such file"):
        load_settings(tmp_path / "none.yaml", {})
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"bytes\.yaml:1: not UTF-8 text"):
        load_settings(tmp_path / "bytes.yaml", {})


class TestOwners:
    """One source is one trunk, one agent sits at one phone."""

    def test_two_trunks_with_one_address(self, tmp_path: Path) -> None:
        text = "trunks:\n  a: {addresses: [192.0.2.1]}\n  b: {addresses: [192.0.2.9, 192.0.2.1]}\n"
        assert mistakes(tmp_path, text) == [
            "centre.yaml:3: trunks.b.addresses.1: '192.0.2.1' is trunk 'a' already;"
            " one source, one trunk"
        ]

    def test_two_phones_with_one_agent(self, tmp_path: Path) -> None:
        second = RIGHT.replace(
            "trunks:", "  2002: {agent: 101, contact: 'sip:a@127.0.0.1'}\ntrunks:"
        )
        assert mistakes(tmp_path, second) == [
            "centre.yaml:12: phones.2002.agent: agent '101' sits at phone '2001' already"
        ]

    def test_a_trunk_may_not_be_called_like_a_class_of_phones(self, tmp_path: Path) -> None:
        found = mistakes(tmp_path, RIGHT.replace("carrier", "staff"))
        assert any("trunks.staff: is also the `permissions` of a phone" in line for line in found)


class TestRanges:
    """`3001..3500:` is short for many."""

    TEXT = """\
agents:
  301..303: {name: "Agent {number}"}
phones:
  301..303: {agent: "{number}", contact: "sip:{number}@127.0.0.1:6000"}
  302: {agent: "302", contact: "sip:other@127.0.0.1:6001"}
"""

    def test_each_number_is_an_entry_and_exceptions_win(self, tmp_path: Path) -> None:
        settings = load(tmp_path, self.TEXT)
        assert {name: phone.contact for name, phone in settings.phones.items()} == {
            "301": "sip:301@127.0.0.1:6000",
            "302": "sip:other@127.0.0.1:6001",
            "303": "sip:303@127.0.0.1:6000",
        }
        assert settings.agents["303"].name == "Agent 303"

    def test_a_mistake_in_a_range_is_told_where_it_is_written(self, tmp_path: Path) -> None:
        found = mistakes(tmp_path, self.TEXT.replace("contact", "contct", 1))
        assert found == [
            "centre.yaml:4: phones.301..303.contct: unknown field; did you mean 'contact'?"
        ]

    @pytest.mark.parametrize("name", ["9..1", "0..99999999"])
    def test_a_range_that_is_none(self, tmp_path: Path, name: str) -> None:
        [line] = mistakes(tmp_path, f"agents:\n  {name}: {{}}\n")
        assert line.startswith(f"centre.yaml:2: agents.{name}: a range goes upwards")


class TestEnvironment:
    """SENTRAL_SIP__PORT is `sip.port`."""

    def test_it_lies_over_the_file(self, tmp_path: Path) -> None:
        environ = {
            "SENTRAL_SIP__PORT": "5099",
            "SENTRAL_SIP__LISTEN": "0.0.0.0",
            "SENTRAL_MEDIA__CODECS": "[PCMA]",
            "SENTRAL_QUEUES__SALES__RING_S": "7.5",
            "SENTRAL_QUEUES__NEW__WRAP_UP_S": "1",
            "SENTRAL_NUMBERS__0__DIAL": "2000",
            "SENTRAL_LANGUAGES": "[id, en]",
            "PATH": "/bin",
        }
        settings = load(tmp_path, RIGHT, environ)
        assert (settings.sip.port, settings.sip.listen) == (5099, "0.0.0.0")
        assert settings.media.codecs == ("PCMA",)
        assert (settings.queues["sales"].ring_s, settings.queues["new"].wrap_up_s) == (7.5, 1)
        assert settings.numbers[0].dial == "2000"
        assert settings.languages == ("id", "en")

    def test_names_of_the_file_are_found_whatever_their_case(self, tmp_path: Path) -> None:
        text = "queues:\n  VIP: {ring_s: 3}\n"
        settings = load(tmp_path, text, {"SENTRAL_QUEUES__VIP__RING_S": "4"})
        assert {name: queue.ring_s for name, queue in settings.queues.items()} == {"VIP": 4}

    def test_a_variable_that_is_no_setting_is_left_alone(self, tmp_path: Path) -> None:
        load(tmp_path, RIGHT, {"SENTRAL_CARRIER_PASSWORD": "secret", "SENTRAL_": "x"})

    @pytest.mark.parametrize(
        ("variable", "value", "said"),
        [
            ("SENTRAL_SIP__PORT", "many", "sip.port: should be a whole number; this is 'many'"),
            ("SENTRAL_SIP__PROT", "1", "sip.prot: unknown field; did you mean 'port'?"),
            ("SENTRAL_SPI__PORT", "1", "spi.port: there is no setting 'spi'; did you mean 'sip'?"),
            ("SENTRAL_SIP__PORT", "[1", "sip.port: not YAML: "),
            ("SENTRAL_NUMBERS__77__DIAL", "1", "numbers.77.dial: the file has nothing there"),
            ("SENTRAL_SIP__PORT__X", "1", "sip.port.x: the file has nothing there"),
            ("SENTRAL_WEB__LISTEN", "here", "web.listen: 'here' is no numeric address"),
            ("SENTRAL_NUMBERS__0__FLOW", "mian", "numbers.0.flow: there is no flow 'mian'"),
        ],
    )
    def test_a_mistake_names_the_variable(
        self, tmp_path: Path, variable: str, value: str, said: str
    ) -> None:
        [line] = mistakes(tmp_path, RIGHT, {variable: value})
        assert line.startswith(f"environment {variable}: {said}")


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("number,name\n")
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "own.yaml").write_text("")
    text = "customers: people.csv\nflows: flows\nnumbers: [{dial: 1, flow: own}]\n"
    settings = load(tmp_path, text)
    assert settings.customers == tmp_path / "people.csv"
    assert settings.flows_folder() == tmp_path / "flows"


def test_what_is_odd_is_a_warning(tmp_path: Path) -> None:
    odd = RIGHT.replace("skills: {sales: 3}", "skills: {sails: 3}").replace(
        "  101: {", "  102: {}\n  101: {"
    )
    odd = odd.replace("emergency: {numbers: [112], trunk: carrier}\n", "")
    prefix = f"{tmp_path}/centre.yaml:"
    assert [line.removeprefix(prefix) for line in load(tmp_path, odd).warnings] == [
        "5: queues.sales.skills.sales: no agent has the skill 'sales'",
        "8: agents.101.skills.sails: no queue requires the skill 'sails'; flows may",
        "7: agents.102: has no phone and no pin, so nobody can sign in as this agent",
        "1: emergency: no emergency numbers; phones cannot call for help through Sentral",
    ]


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from(["sip", "101"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*Settings.model_fields, "a", "1..3", "ha1"]), inner, max_size=4
        )
    ),
    max_leaves=10,
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(list(Settings.model_fields)), VALUES, max_size=4), VALUES)
def test_any_file_is_settings_or_a_list_of_mistakes(
    tmp_path_factory: pytest.TempPathFactory, value: dict[str, object], override: object
) -> None:
    import yaml

    folder = tmp_path_factory.mktemp("any")
    text = yaml.safe_dump(value, allow_unicode=True)
    try:
        said = [load(folder, text, {"SENTRAL_QUEUES__A": yaml.safe_dump(override)}).content_hash()]
    except ConfigError as error:
        said = str(error).splitlines()
    assert said


def test_an_overflow_must_lead_somewhere_and_not_in_circles(tmp_path: Path) -> None:
    text = """\
queues:
  a: {relaxation: [{after_s: 9, level: 1}, {after_s: 20, overflow: b}]}
  b:
    relaxation:
      - {after_s: 20, overflow: a}
  c: {relaxation: [{after_s: 5, overflow: bb}]}
  d: {relaxation: [{after_s: 5, overflow: b}]}
"""
    assert mistakes(tmp_path, text) == [
        "centre.yaml:2: queues.a.relaxation.1.overflow: callers would go round for ever: a → b → a",
        "centre.yaml:5: queues.b.relaxation.0.overflow: callers would go round for ever: b → a → b",
        "centre.yaml:6: queues.c.relaxation.0.overflow: there is no queue 'bb'; did you mean 'b'?",
    ]


def test_relaxation_steps_come_in_order(tmp_path: Path) -> None:
    text = "queues:\n  a: {relaxation: [{after_s: 9}, {after_s: 5}]}\n"
    (said,) = mistakes(tmp_path, text)
    assert "steps must be in order of after_s" in said
