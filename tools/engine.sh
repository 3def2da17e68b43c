#!/bin/sh
# Builds the Rust media engine and installs its wheel into .venv. Run by `make engine` when a source changed.
set -eu
cd "$(dirname "$0")/.."
: "${CARGO_TARGET_DIR:=$HOME/.cache/sentral/target}"
export CARGO_TARGET_DIR

mkdir -p .make
exec 9> .make/lock # two makes at once take turns
flock 9

fail() { printf 'engine: %s\n' "$*" >&2; exit 1; }

. tools/rust.sh
rm -rf .make/wheels
.venv/bin/maturin build --release --manifest-path media/engine/Cargo.toml \
    --interpreter .venv/bin/python --auditwheel skip --out .make/wheels ||
    fail "the media engine did not build (see above)"
"$(cat .make/uv.path)" pip install --quiet --python .venv/bin/python --no-deps --reinstall .make/wheels/*.whl
