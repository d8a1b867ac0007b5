#!/bin/sh
# Locks every set of requirements, with hashes, for Python 3.11 to 3.13. Needs uv. Run through `make lock`.
set -eu
cd "$(dirname "$0")/.."
uv=${UV:-uv}

lock() { # OUTPUT ARGUMENT...
    output=$1; shift
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
        --no-emit-package conferral "$@" --output-file "requirements/$output.txt"
}

lock local --extra local --group dev pyproject.toml requirements/plugins.in
lock embedded-store --prerelease allow requirements/embedded-store.in
# An image holds exactly what was tested: the same versions, and only its service's extra.
for service in credential-store mailer issuer-web; do
    lock "$service" --constraint requirements/local.txt --extra "$service" pyproject.toml requirements/build.in
done
lock publisher --constraint requirements/local.txt --extra publisher pyproject.toml requirements/plugins.in requirements/build.in
