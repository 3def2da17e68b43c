#!/bin/sh
# Installs what does not come from PyPI: `tools/system_packages.sh tests|rust|cmake`.
# Uses apt-get as root or by a sudo that asks nothing; otherwise names what is missing in one line
# (the tests that need it skip and say so) and ends with 1.
set -u

missing=""
need() { # program, package
    command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}

case "${1:-}" in
    tests)
        PATH="$PATH:/usr/sbin:/sbin:$(echo /usr/lib/postgresql/*/bin | tr ' ' ':')"
        need sipp sip-tester
        need sipsak sipsak
        need baresip baresip-core
        need debootstrap debootstrap
        need kamailio kamailio
        need ip iproute2
        need iptables iptables
        need chromium chromium
        need initdb postgresql
        [ -x tools/promtool.sh ] && tools/promtool.sh --version >/dev/null ;;
    cmake) # what libopus, a part of the engine, is built with
        need cmake cmake
        need make make ;;
    rust) # called when cargo is missing or too old
        need cc gcc
        if apt-cache show cargo-web >/dev/null 2>&1; then missing="$missing cargo-web"; else missing="$missing cargo"; fi ;;
    *)
        echo "usage: $0 tests|rust|cmake" >&2
        exit 2 ;;
esac
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
    root=""
elif sudo -n true 2>/dev/null; then
    root="sudo -n"
else
    root=none
fi
if [ "$root" = none ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "system packages missing:$missing (Debian: sudo apt-get install$missing); what needs them is skipped" >&2
    exit 1
fi

echo "installing system packages:$missing"
apt="$root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600"
$apt update >/dev/null 2>&1
# Database and proxy are for tests, which start their own: none is to run because of them.
case "$missing" in *postgresql*)
    $root sh -c 'mkdir -p /etc/postgresql-common/createcluster.d &&
        echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.d/sentral-tests.conf' ;;
esac
case "$missing" in *kamailio*)
    $root sh -c 'mkdir -p /etc/systemd/system && ln -sf /dev/null /etc/systemd/system/kamailio.service' ;;
esac
# shellcheck disable=SC2086  # words on purpose
if ! $apt install -y --no-install-recommends $missing >/dev/null; then
    echo "system packages could not be installed:$missing; what needs them is skipped" >&2
    exit 1
fi
