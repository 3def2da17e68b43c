#!/bin/sh
# Runs the media engine's tests in Miri, one by one, and says of each whether it held: undefined behaviour fails the run. A
# test that takes longer than its time, or calls what Miri does not know (epoll, libopus), is named and left out.
# Says so and does nothing where nightly Rust or Miri is missing.
#   tools/miri_engine.sh [--seconds 40] [--tests sounds]
set -eu
cd "$(dirname "$0")/../media/engine"
PATH="$PATH:$HOME/.cargo/bin"
: "${CARGO_TARGET_DIR:=$HOME/.cache/sentral/target}"

seconds=40 wanted=""
while [ $# -gt 1 ]; do
    case $1 in
    --seconds) seconds=$2 ;;
    --tests) wanted=$2 ;;
    *)
        echo "miri: what is $1?" >&2
        exit 2
        ;;
    esac
    shift 2
done

if ! cargo +nightly miri --version >/dev/null 2>&1; then
    echo "miri: not installed (rustup toolchain install nightly --component miri,rust-src)"
    exit 0
fi

export CARGO_TARGET_DIR="$CARGO_TARGET_DIR/miri" MIRIFLAGS="-Zmiri-disable-isolation"
said=$(mktemp)
trap 'rm -f "$said"' EXIT
held=0 left_out=0 broken=0
for test in $(cargo +nightly miri test --lib -- --list 2>/dev/null | sed -n 's/: test$//p' | grep -F -- "$wanted"); do
    status=0
    timeout "$seconds" cargo +nightly miri test --quiet --lib -- --exact "$test" >"$said" 2>&1 || status=$?
    if [ "$status" -eq 0 ]; then
        held=$((held + 1))
    elif [ "$status" -eq 124 ]; then
        left_out=$((left_out + 1))
        echo "$test: not within $seconds s"
    elif grep -q "unsupported operation" "$said"; then
        left_out=$((left_out + 1))
        echo "$test: $(grep -m 1 -o 'unsupported operation.*' "$said")"
    else
        broken=$((broken + 1))
        echo "$test: BROKEN"
        cat "$said"
    fi
done
echo "miri: $held held, $left_out left out, $broken broken"
[ "$broken" -eq 0 ] && [ "$held" -gt 0 ]
