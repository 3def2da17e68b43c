#!/bin/sh
# Builds both wheels, installs them with the pinned packages into an empty environment outside the
# checkout and starts what is inside: an editable install hides a package that the wheel forgot.
set -eu
cd "$(dirname "$0")/.."
uv=$(cat .make/uv.path)
case "$uv" in /*|uv) ;; *) uv="$PWD/$uv" ;; esac
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

"$uv" build --quiet --wheel --no-sources --no-build-isolation --python .venv/bin/python --out-dir "$scratch/wheels" .
cp .make/wheels/*.whl "$scratch/wheels/"
"$uv" venv --quiet --python .venv/bin/python "$scratch/empty"
"$uv" pip install --quiet --python "$scratch/empty/bin/python" --constraint requirements.lock "$scratch"/wheels/*.whl espeakng-loader

cd "$scratch"
env -u PYTHONPATH "$scratch/empty/bin/sentral" --version
env -u PYTHONPATH "$scratch/empty/bin/python" - <<'PYTHON'
import importlib
import importlib.resources
import pkgutil
import sys

import acd, calls, config, events, ivr, media, records, sentral, sip, telemetry, web  # noqa: E401

rooms = [acd, calls, config, events, ivr, media, records, sentral, sip, telemetry, web]
for room in rooms:
    assert sys.prefix in room.__path__[0], f"{room.__name__} was not imported from the wheel"
    for module in pkgutil.walk_packages(room.__path__, room.__name__ + "."):
        if not module.name.endswith(("__main__", ".env")) and ".versions." not in module.name:
            importlib.import_module(module.name)
print(f"imported every module of {len(rooms)} rooms from the wheel")
for package, name in (("config", "demo.yaml"), ("config", "bench.yaml"), ("ivr_flows", "main.yaml")):
    found = importlib.resources.files(package).joinpath(name)
    assert found.is_file(), f"{package}/{name} is missing from the wheel"
PYTHON
env -u PYTHONPATH "$scratch/empty/bin/sentral" prompts render
env -u PYTHONPATH "$scratch/empty/bin/sentral" check
