#!/bin/sh
# Runs promtool: the one on the PATH, else one unpacked (not installed) from Debian's prometheus package
# into .make/promtool/. Where neither can be had it says so and ends well: the rules were not checked.
set -u
cd "$(dirname "$0")/.." || exit
promtool=$(command -v promtool || echo .make/promtool/usr/bin/promtool)
if ! [ -x "$promtool" ] && command -v apt-get >/dev/null 2>&1 && command -v dpkg >/dev/null 2>&1; then
    mkdir -p .make/promtool
    (
        cd .make/promtool || exit 1
        [ "$(id -u)" -ne 0 ] || apt-get -qq -o DPkg::Lock::Timeout=600 update
        apt-get -qq download prometheus && dpkg -x prometheus_*.deb . && rm -f prometheus_*.deb
    ) >/dev/null 2>&1
fi
if ! [ -x "$promtool" ]; then
    echo "promtool is not here (Debian: apt-get install prometheus): skipped promtool $*"
    exit 0
fi
exec "$promtool" "$@"
