#!/bin/sh
# Makes .venv/ with the pinned packages. Run by `make setup`; needs only python3 (3.11 or newer).
# Works without uv (fetches its own into .make/uv) and on systems whose Python refuses pip installs.
set -eu
cd "$(dirname "$0")/.."

mkdir -p .make
exec 9> .make/lock # two makes at once take turns
flock 9

say() { printf '%s\n' "$*"; }
fail() { say "setup: $*" >&2; exit 1; }

as_root() { # runs its arguments as root, or fails quietly when that is not possible
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@" 2>/dev/null; fi
}

python=""
for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$(command -v "$candidate")
        break
    fi
done
[ -n "$python" ] || fail "Python 3.11 or newer is needed (Debian: apt-get install python3 python3-venv)"

if command -v uv >/dev/null 2>&1 && uv --version >/dev/null 2>&1; then
    uv=uv
else
    uv=.make/uv/bin/uv
    if ! [ -x "$uv" ]; then
        say "setup: fetching uv into .make/uv"
        rm -rf .make/uv
        if ! "$python" -m venv .make/uv >/dev/null 2>&1; then
            rm -rf .make/uv
            as_root env DEBIAN_FRONTEND=noninteractive sh -c \
                'apt-get -qq update && apt-get -qq -y -o DPkg::Lock::Timeout=600 install python3-venv' \
                >/dev/null || fail "neither uv nor the venv module is here (Debian: apt-get install python3-venv)"
            "$python" -m venv .make/uv || fail "$python cannot make a virtual environment"
        fi
        .make/uv/bin/python -m pip install --quiet --disable-pip-version-check uv
    fi
fi

if ! [ -x .venv/bin/python ]; then
    say "setup: making .venv with $("$python" --version)"
    "$uv" venv --quiet --python "$python" .venv
fi
"$uv" pip install --quiet --python .venv/bin/python --require-hashes -r requirements.lock
"$uv" pip check --quiet --python .venv/bin/python || true
printf '%s\n' "$uv" > .make/uv.path
