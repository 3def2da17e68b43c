#!/bin/sh
# Everything that reads the code without serving a call: `make check`, or `make check CHECKS="types layers"`.
# Each step prints its time; all steps run even when one fails, and what failed is named at the end.
set -u
cd "$(dirname "$0")/.." || exit
: "${CARGO_TARGET_DIR:=$HOME/.cache/sentral/target}"
export CARGO_TARGET_DIR
PATH="$PATH:$HOME/.cargo/bin"

bin=.venv/bin
rooms="acd calls config events ivr media records sentral sip telemetry web"
sources="$rooms tests tools"
[ -n "$(find bench -name '*.py' 2>/dev/null | head -n1)" ] && sources="$sources bench"
crate=media/engine/Cargo.toml

style() {
    # shellcheck disable=SC2086  # words on purpose, here and below
    $bin/ruff check $sources && $bin/ruff format --check $sources
}
types() {
    # shellcheck disable=SC2086
    $bin/mypy --strict $sources
}
layers() { $bin/lint-imports --no-logo; }
structure() { $bin/python -m pytest -q tests/structure -m 'not slow'; }
docker() { $bin/hadolint --config docker/hadolint.yaml docker/Dockerfile; }
alerts() {
    tools/promtool.sh check config docker/prometheus/prometheus.yml &&
        tools/promtool.sh test rules docker/prometheus/tests/*.yml
}
rust_style() { cargo fmt --manifest-path $crate --check; }
rust_lint() {
    CLIPPY_CONF_DIR="$PWD/tools/clippy" cargo clippy --quiet --manifest-path $crate --all-targets --all-features -- \
        -D warnings -D clippy::too_many_lines -D clippy::undocumented_unsafe_blocks
}
rust_test() { cargo test --quiet --manifest-path $crate; }
wheel() { tools/check_wheel.sh; }

steps="${*:-style layers structure docker alerts types rust_style rust_lint rust_test wheel}"
failed=""
for step in $steps; do
    started=$(date +%s)
    printf '== %s\n' "$step"
    if $step; then verdict=ok; else verdict=FAILED; failed="$failed $step"; fi
    printf '== %s: %s (%s s)\n' "$step" "$verdict" "$(($(date +%s) - started))"
done
if [ -n "$failed" ]; then
    printf 'check failed:%s\n' "$failed" >&2
    exit 1
fi
echo "check: all clean"
