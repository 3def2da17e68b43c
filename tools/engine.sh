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

# A wheel of the same sources (and the same Python) is built once on a machine, whichever checkout asks.
sources=$(find media/engine -name target -prune -o -name fuzz -prune -o -type f -print | LC_ALL=C sort |
    xargs sha256sum | cat - tools/engine.sh | sha256sum | cut -c1-24)
wheels="${CARGO_TARGET_DIR%/*}/wheels/$sources"
mkdir -p "${wheels%/*}"
exec 8> "${wheels%/*}/.lock" # checkouts share cargo's folder: another's library must not get into our wheel
flock 8
if ! ls "$wheels"/*.whl >/dev/null 2>&1; then
    . tools/rust.sh
    fresh=$(mktemp -d "${wheels%/*}/.building.XXXXXX")
    trap 'rm -rf "$fresh"' EXIT
    touch media/engine/src/lib.rs # cargo goes by time, and takes what another checkout built since for ours
    .venv/bin/maturin build --release --manifest-path media/engine/Cargo.toml \
        --interpreter .venv/bin/python --auditwheel skip --out "$fresh" ||
        fail "the media engine did not build (see above)"
    mkdir -p "$wheels"
    mv -f "$fresh"/*.whl "$wheels"/
fi
rm -rf .make/wheels
cp -r "$wheels" .make/wheels
"$(cat .make/uv.path)" pip install --quiet --python .venv/bin/python --no-deps --reinstall .make/wheels/*.whl
