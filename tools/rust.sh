# shellcheck shell=sh
# Sourced: makes sure that a cargo young enough for the engine, a C compiler and cmake (for libopus) are there,
# or ends with one clear line.
RUST_NEEDED=$(sed -n 's/^rust-version *= *"\([0-9]*\.[0-9]*\).*/\1/p' media/engine/Cargo.toml)
: "${RUST_NEEDED:=1.83}"

PATH="$PATH:$HOME/.cargo/bin"

rust_is_ready() { # compares "cargo 1.95.0 (…)" with RUST_NEEDED
    have=$(cargo --version 2>/dev/null | cut -d' ' -f2)
    [ -n "$have" ] && command -v cc >/dev/null 2>&1 && command -v cmake >/dev/null 2>&1 &&
        [ "$(printf '%s\n%s\n' "$RUST_NEEDED" "$have" | sort -V | head -n1)" = "$RUST_NEEDED" ]
}

command -v cmake >/dev/null 2>&1 || tools/system_packages.sh cmake || true
if ! rust_is_ready; then
    tools/system_packages.sh rust || true
    if ! rust_is_ready; then
        echo "engine: cargo $RUST_NEEDED or newer, a C compiler and cmake are needed" \
            "(rustup, or Debian: apt-get install cargo gcc cmake make; on Debian 12 cargo-web instead of cargo)" >&2
        exit 1
    fi
fi
