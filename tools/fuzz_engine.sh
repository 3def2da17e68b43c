#!/bin/sh
# Looks for datagrams that break the media engine: each target of media/engine/fuzz under cargo-fuzz, with the address
# sanitizer and debug assertions. Says so and does nothing where nightly Rust or cargo-fuzz is missing.
#   tools/fuzz_engine.sh [--seconds 300] [--seed 1] [--target rtp]
set -eu
cd "$(dirname "$0")/../media/engine"
PATH="$PATH:$HOME/.cargo/bin"
: "${CARGO_TARGET_DIR:=$HOME/.cache/sentral/target}"

seconds=300 seed=0 wanted="rtp rtcp telephone_event stun srtp"
while [ $# -gt 1 ]; do
    case $1 in
    --seconds) seconds=$2 ;;
    --seed) seed=$2 ;;
    --target)
        case " $wanted " in
        *" $2 "*) wanted=$2 ;;
        *) exit 0 ;; # a target of another fuzzer
        esac
        ;;
    *)
        echo "fuzz: what is $1?" >&2
        exit 2
        ;;
    esac
    shift 2
done

if ! cargo +nightly fuzz --version >/dev/null 2>&1; then
    echo "fuzz: no cargo-fuzz here (rustup toolchain install nightly; cargo install cargo-fuzz)"
    exit 0
fi

export CARGO_TARGET_DIR="$CARGO_TARGET_DIR/fuzz"
count=$(echo "$wanted" | wc -w)
for target in $wanted; do
    echo "== $target"
    mkdir -p "fuzz/corpus/$target"
    # What breaks a promise is kept in fuzz/artifacts/<target>, and its bytes are printed.
    cargo +nightly fuzz run --debug-assertions "$target" -- \
        -max_total_time=$((seconds / count + 1)) -seed="$seed" -max_len=6000 -timeout=10 -rss_limit_mb=1024 -verbosity=0 \
        -print_final_stats=1
done
