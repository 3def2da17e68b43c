"""Image, compose and monitoring files fit the tree and each other; no Docker engine is needed."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import yaml

from tests.structure.checkout import ROOMS, ROOT, files, text_of

DOCKER = Path("docker")
SERIES = re.compile(r"\bsentral_[a-z0-9_]+")
SUFFIXES = ("_total", "_bucket", "_sum", "_count")


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(text_of(DOCKER / "compose.yml"))
    return loaded


def instructions() -> list[tuple[str, str]]:
    """(instruction, rest) of the Dockerfile, continued lines joined, comments dropped."""
    lines = [x for x in text_of(DOCKER / "Dockerfile").splitlines() if not x.startswith("#")]
    joined = re.sub(r"\s*\\\n\s*", " ", "\n".join(lines))
    pairs = (line.partition(" ") for line in joined.splitlines() if line.strip())
    return [(word, rest.strip()) for word, _, rest in pairs]


def final_stage() -> dict[str, str]:
    """The last stage's instructions; of repeated ones the last."""
    found = instructions()
    last = max(i for i, (word, _) in enumerate(found) if word == "FROM")
    return dict(found[last:])


def test_the_image_is_built_in_stages_and_serves_without_root() -> None:
    assert [word for word, _ in instructions()].count("FROM") == 2
    stage = final_stage()
    assert int(stage["USER"]) > 0
    assert "/healthz" in stage["HEALTHCHECK"]
    assert json.loads(stage["ENTRYPOINT"]) == ["sentral"]
    assert "cargo" not in stage["RUN"]


def test_everything_that_is_copied_exists_and_every_room_is_let_in() -> None:
    allowed = {line[1:] for line in text_of(DOCKER / "Dockerfile.dockerignore").splitlines()}
    assert {*ROOMS, "ivr_flows", "pyproject.toml", "requirements.lock", "README.md"} <= allowed
    for word, rest in instructions():
        if word == "COPY" and not rest.startswith("--from"):
            *sources, _ = shlex.split(rest)
            for source in sources:
                assert (ROOT / source).exists(), source
                assert source == "." or Path(source).parts[0] in allowed, source


def test_compose_runs_all_three_on_loopback() -> None:
    services = compose()["services"]
    assert set(services) == {"sentral", "prometheus", "grafana"}
    build = services["sentral"]["build"]
    assert (ROOT / DOCKER / build["context"] / build["dockerfile"]).resolve().is_file()
    assert "--web.listen-address=127.0.0.1:9090" in services["prometheus"]["command"]
    assert services["grafana"]["environment"]["GF_SERVER_HTTP_ADDR"] == "127.0.0.1"
    assert {service["network_mode"] for service in services.values()} == {"host"}


def test_every_mount_is_a_file_of_the_tree_or_a_named_volume() -> None:
    loaded = compose()
    mounts = [m for service in loaded["services"].values() for m in service["volumes"]]
    assert mounts
    for mount in mounts:
        source = mount.split(":")[0]
        if source.startswith("."):
            assert (ROOT / DOCKER / source).exists(), source
        else:
            assert source in loaded["volumes"], source


def test_images_of_others_are_pinned() -> None:
    services = compose()["services"].values()
    others = [service["image"] for service in services if "build" not in service]
    assert len(others) == 2
    assert all(re.search(r":v?\d+\.\d+\.\d+$", image) for image in others)


def test_grafana_finds_its_data_source_and_its_dashboard() -> None:
    provisioning = DOCKER / "grafana" / "provisioning"
    source = yaml.safe_load(text_of(provisioning / "datasources" / "prometheus.yaml"))
    folder = yaml.safe_load(text_of(provisioning / "dashboards" / "sentral.yaml"))
    dashboard = json.loads(text_of(DOCKER / "grafana" / "dashboards" / "sentral.json"))
    uid = source["datasources"][0]["uid"]
    panels = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
    assert {panel["datasource"]["uid"] for panel in panels} == {uid}
    mounts = compose()["services"]["grafana"]["volumes"]
    assert f"./grafana/dashboards:{folder['providers'][0]['options']['path']}:ro" in mounts


def test_every_series_that_is_shown_or_alerted_on_is_one_that_we_serve() -> None:
    served = {name for path in files(".py") if path.parts[0] == "telemetry"
              for name in SERIES.findall(text_of(path))}  # fmt: skip
    dashboard = json.loads(text_of(DOCKER / "grafana" / "dashboards" / "sentral.json"))
    rules = yaml.safe_load(text_of(DOCKER / "prometheus" / "rules" / "sentral.yml"))
    expressions = [t["expr"] for p in dashboard["panels"] for t in p.get("targets", [])]
    expressions += [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    used = {name for expression in expressions for name in SERIES.findall(expression)}
    assert len(used) > 20
    assert {name for name in used if not _is_served(name, served)} == set()


def _is_served(name: str, served: set[str]) -> bool:
    return any(name == base + suffix for base in served for suffix in ("", *SUFFIXES))


def test_every_alert_says_what_happened_and_what_to_do() -> None:
    rules = yaml.safe_load(text_of(DOCKER / "prometheus" / "rules" / "sentral.yml"))
    alerts = [rule for group in rules["groups"] for rule in group["rules"] if "alert" in rule]
    assert alerts
    for alert in alerts:
        assert alert["labels"]["severity"] in {"warning", "critical"}, alert["alert"]
        assert set(alert["annotations"]) == {"summary", "description"}, alert["alert"]
