"""A configuration that is changed while a caller waits, in the served centre."""

import signal
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from events.centre import ConfigurationReplaced
from events.queues import CallOffered, CallQueued, QueueAnswered
from tests.e2e.agents_at import Stage
from tests.e2e.event_stream import EventStream
from tests.e2e.test_sipp_agents import agent_phone, patient_caller
from tests.rig.centre import Centre, merged

pytestmark = pytest.mark.sipp


def rewrite(centre: Centre, changes: dict[str, Any]) -> None:
    written = yaml.safe_load(centre.config.read_text(encoding="utf-8"))
    centre.config.write_text(yaml.safe_dump(merged(written, changes)), encoding="utf-8")


async def ask(centre: Centre) -> tuple[int, str]:
    """Status and text of a reload by the API."""
    headers = {"Authorization": f"Bearer {centre.token_file.read_text().strip()}"}
    async with (
        aiohttp.ClientSession(centre.url) as http,
        http.post("/api/v1/reload", headers=headers) as answer,
    ):
        return answer.status, await answer.text()


async def test_a_caller_for_whom_nobody_was_able_is_served(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    phone = stage.phone("2002")
    chess = {"queues": {"support": {"skills": {"chess": 4}}}}
    async with (
        Centre(tmp_path, changes=stage.changes(chess)) as centre,
        EventStream(centre) as events,
        agent_phone(phone, tmp_path, "uas_agent_hangs_up") as budi,
        patient_caller(centre, tmp_path) as customer,
    ):
        waiting = await events.expect(CallQueued)

        good = centre.config.read_text(encoding="utf-8")
        rewrite(centre, {"queues": {"support": {"skills": {"chess": "much"}}}})
        status, told = await ask(centre)
        assert status == 409
        assert f"{centre.config}:" in told
        assert "queues.support.skills.chess" in told
        centre.config.write_text(good, encoding="utf-8")

        rewrite(centre, {"phones": {"2004": {"display": "Another"}}, "queues": {"night": {}}})
        status, told = await ask(centre)
        assert (status, yaml.safe_load(told)) == (
            200,
            {"queues": ["night"], "agents": [], "flows": [], "restart": ["phones.2004"]},
        )
        assert (await events.expect(ConfigurationReplaced)).reason == "api"
        assert not events.of(CallOffered)

        rewrite(centre, {"agents": {"102": {"skills": {"chess": 5}}}})
        centre.process.send_signal(signal.SIGHUP)
        assert (await events.expect(ConfigurationReplaced)).reason == "signal"
        answered = await events.expect(QueueAnswered)
        assert (answered.entry, answered.agent) == (waiting.entry, "102")
        for party in (budi, customer):
            await party.finish()
        queues = (await centre.api("/api/v1/queues"))["queues"]
        assert "night" in {queue["name"] for queue in queues}
        metrics = await centre.metrics()
        for name in ("sentral_queue_calls_waiting", "sentral_queue_offered_total"):
            assert metrics[f'{name}{{queue="night"}}'] == 0.0
