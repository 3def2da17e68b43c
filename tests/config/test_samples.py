"""The configurations that ship with Sentral: they load, and they are what the documents say."""

import hashlib
from collections.abc import Mapping

import pytest

from calls.customers import Customers
from calls.numbers import NumberingPlan, Route
from calls.stories import feature, secure_entry, supervise
from config.consistency import FEATURES
from config.loader import load_settings
from config.settings import SAMPLES, Settings, sample
from ivr.loader import load_flows
from ivr.prompt_texts import read_prompt_texts


@pytest.fixture(scope="module")
def samples() -> Mapping[str, Settings]:
    return {name: load_settings(sample(name), {}) for name in SAMPLES}


@pytest.mark.parametrize("name", SAMPLES)
def test_each_loads_without_a_warning_and_listens_on_loopback(
    samples: Mapping[str, Settings], name: str
) -> None:
    settings = samples[name]
    assert settings.warnings == ()
    assert settings.sip.listen == settings.web.listen == settings.media.address == "127.0.0.1"


@pytest.mark.parametrize("name", SAMPLES)
def test_the_flows_of_each_load_with_its_queues_and_languages(
    samples: Mapping[str, Settings], name: str
) -> None:
    settings = samples[name]
    texts = read_prompt_texts(settings.prompts_folder())
    assert set(settings.languages) <= set(texts)
    flows = load_flows(
        settings.flows_folder(),
        prompts=lambda language: texts.get(language, {}),
        queues=settings.queues.keys(),
        mailboxes=settings.mailbox_names(),
        only=settings.flow_names(),
    )
    assert settings.flow_names() <= set(flows)  # and those that they enter


def test_features_are_what_calls_can_do_and_say() -> None:
    assert set(FEATURES) == {*feature.FEATURES, *supervise.MODES}
    texts = read_prompt_texts(Settings().prompts_folder())
    said = {*feature.PROMPTS, *secure_entry.PROMPTS}
    assert all(said <= set(names) for names in texts.values())


class TestDemo:
    def test_its_phones_have_the_passwords_of_the_documents(
        self, samples: Mapping[str, Settings]
    ) -> None:
        demo = samples["demo"]
        assert list(demo.phones) == ["2001", "2002", "2003", "2004", "2005", "2006", "2009"]
        for name, phone in demo.phones.items():
            text = f"{name}:{demo.sip.realm}:demo-{name}".encode()
            assert phone.ha1 == {
                "MD5": hashlib.md5(text).hexdigest(),
                "SHA-256": hashlib.sha256(text).hexdigest(),
            }

    def test_each_phone_but_the_supervisors_has_its_agent(
        self, samples: Mapping[str, Settings]
    ) -> None:
        demo = samples["demo"]
        seats = {name: phone.agent for name, phone in demo.phones.items()}
        assert seats.pop("2009") is None
        assert set(seats.values()) == set(demo.agents)
        assert {agent.tier for agent in demo.agents.values()} == {1, 2, 3}

    def test_every_queue_has_somebody_for_every_language(
        self, samples: Mapping[str, Settings]
    ) -> None:
        demo = samples["demo"]
        for name, queue in demo.queues.items():
            able = [a for a in demo.agents.values() if queue.skills.keys() <= a.skills.keys()]
            assert set(demo.languages) <= {tag for agent in able for tag in agent.languages}, name

    @pytest.mark.parametrize(
        ("dialled", "caller", "leads_to"),
        [
            ("1000", "loopback", Route("flow", "main", "1000")),
            ("1001", "loopback", Route("queue", "support", "1001")),
            ("1002", "staff", Route("flow", "echo", "1002")),
            ("1003", "staff", Route("flow", "voicemail", "1003")),
            ("2003", "staff", Route("phone", "2003", "2003")),
            ("*70", "staff", Route("feature", "sign_in", "*70")),
            ("*712", "senior", Route("feature", "not_available", "*712")),
            ("*72", "staff", Route("feature", "end_wrap_up", "*72")),
            ("*73", "supervisor", Route("feature", "sign_out", "*73")),
            ("90812345", "senior", Route("trunk", "loopback", "0812345")),
            ("112", "staff", Route("trunk", "loopback", "112")),
            ("911", "staff", Route("trunk", "loopback", "911")),
        ],
    )
    def test_its_numbering_plan(
        self, samples: Mapping[str, Settings], dialled: str, caller: str, leads_to: Route
    ) -> None:
        plan = NumberingPlan(samples["demo"].numbers, samples["demo"].emergency)
        assert plan.route(dialled, caller_class=caller) == leads_to

    def test_nobody_calls_out_without_permission(self, samples: Mapping[str, Settings]) -> None:
        plan = NumberingPlan(samples["demo"].numbers, samples["demo"].emergency)
        for caller in ("staff", "loopback", ""):
            assert not isinstance(plan.route("90812345", caller_class=caller), Route)
        assert not isinstance(plan.route("*70", caller_class="loopback"), Route)

    def test_it_knows_very_important_customers(self, samples: Mapping[str, Settings]) -> None:
        path = samples["demo"].customers
        assert path is not None
        customers = Customers.read(path)
        assert customers.find("+62 8111 00000 1")["vip"] is True
        assert customers.find("7001")["vip"] is True
        assert customers.find("628111000004")["vip"] is False
        assert customers.find("nobody")["vip"] is False


def test_the_bench_has_500_agents_at_one_address(samples: Mapping[str, Settings]) -> None:
    bench = samples["bench"]
    assert list(bench.phones) == [str(number) for number in range(3001, 3501)]
    for name, phone in bench.phones.items():
        assert (phone.contact, phone.agent) == (f"sip:{name}@127.0.0.1:6000", name)
    support = bench.queues["support"]
    assert (support.wrap_up_s, support.not_answering_s) == (0, 1)
    assert bench.media.codecs == ("PCMU",)
    assert bench.sip.algorithms[0] == samples["demo"].sip.algorithms[0] == "MD5"
    assert [number.target for number in bench.numbers] == [("queue", "support")]


def test_production_opens_nothing(samples: Mapping[str, Settings]) -> None:
    production = samples["production"]
    assert production.sip.algorithms[0] == "SHA-256"
    assert not production.phones
    assert not production.trunks
    assert not any(number.trunk for number in production.numbers)
