#!/bin/sh
# Writes requirements.lock anew from pyproject.toml: every package with its hashes, no registry's address.
# The media engine is built from the checkout, so it is left out. Run by `make lock`.
set -eu
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
sed -e '/"sentral-media-engine",/d' -e '/^\[tool\.uv/,/^$/d' pyproject.toml > "$scratch/pyproject.toml"
"$(cat .make/uv.path 2>/dev/null || echo uv)" pip compile "$scratch/pyproject.toml" --group "$scratch/pyproject.toml:dev" \
    --universal --python-version 3.11 --prerelease if-necessary-or-explicit --quiet \
    --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header "$@" \
    -o requirements.lock
