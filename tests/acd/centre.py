"""A small centre for the tests of the distributor: two queues, four people, two configurations."""

from collections.abc import Mapping

from acd.settings import AgentProfile, GivenUp, Nobody, QueueSettings, Relaxation, Strategy
from events.ids import AgentId, PhoneId, QueueName
from tests.acd.world import Configuration

SALES, HELP = QueueName("sales"), QueueName("help")
AGENTS = [AgentId(f"agent-{n}") for n in range(4)]
PHONES = [PhoneId(f"200{n}") for n in range(4)]
TO_HELP: Mapping[GivenUp, str] = {"closed": "help", "full": "help"}
TO_SALES: Mapping[GivenUp, str] = {"closed": "sales"}
EXPERT = AgentProfile(skills={"sales": 8, "help": 5}, languages={"en": 9, "es": 9}, tier=2)
NOVICE = AgentProfile(skills={"sales": 2}, languages={"en": 9})
HELPER = AgentProfile(
    skills={"help": 6}, languages={"es": 4}, site="north", customer_types=("gold",)
)

PLAIN = Configuration(
    queues={
        SALES: QueueSettings(wrap_up_s=0, back_off_s=3, rejected_back_off_s=8),
        HELP: QueueSettings(
            ring_s=6,
            bridge_s=9,
            ageing_s=10,
            wrap_up_s=20,
            not_answering_s=15,
            strategy=Strategy.NARROWEST,
        ),
    },
    agents=dict(zip(AGENTS, [EXPERT, NOVICE, NOVICE, HELPER], strict=True)),
)
STRICT = Configuration(
    queues={
        SALES: QueueSettings(
            skills={"sales": 1},
            max_waiting=1,
            max_wait_s=25,
            overflow_to=TO_HELP,
            strategy=Strategy.BEST_LEVEL,
        ),
        HELP: QueueSettings(
            overflow_to=TO_SALES,
            max_expected_wait_s=9,
            nobody=Nobody.LEAVE,
            max_wait_s=40,
            bridge_s=2,
            strategy=Strategy.CLOSEST_LEVEL,
        ),
    },
    agents={AGENTS[0]: EXPERT, AGENTS[1]: HELPER, AGENTS[2]: NOVICE},
)
EASING = Configuration(
    queues={
        SALES: QueueSettings(
            skills={"sales": 6},
            tiers=(2,),
            weight=3.0,
            wrap_up_s=5,
            ring_at_once=2,
            after_failure={"rejected": "available", "busy": 4.0, "media_failure": "not_answering"},
            strategy=Strategy.ROUND_ROBIN,
            relaxation=(
                Relaxation(after_s=5, level=2, languages=("en",)),
                Relaxation(after_s=9, tiers=(1,), without=("help",)),
                Relaxation(after_s=14, overflow="help"),
            ),
        ),
        HELP: QueueSettings(
            ring_at_once=3,
            accept_key="1",
            sites=("north",),
            wrap_up_s=0,
            strategy=Strategy.RANDOM,
            relaxation=(Relaxation(after_s=8, languages=("*",), sites=("*",)),),
        ),
    },
    agents=dict(zip(AGENTS, [EXPERT, NOVICE, EXPERT, HELPER], strict=True)),
)
CONFIGURATIONS = [PLAIN, STRICT, EASING]
