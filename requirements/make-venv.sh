#!/bin/sh
# make-venv.sh PYTHON FOLDER: make a virtual environment, or say exactly which package is missing.
set -eu
python=$1 folder=$2

if [ -z "$python" ]; then
    echo "Conferral needs Python 3.11, 3.12 or 3.13, and there is none here." >&2
    echo "On Debian or Ubuntu: apt-get install python3 python3-venv" >&2
    exit 1
fi
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
case $version in
3.11 | 3.12 | 3.13) ;;
*)
    echo "Conferral needs Python 3.11, 3.12 or 3.13; $python is $version. Name another one: make setup PYTHON=…" >&2
    exit 1
    ;;
esac
# Debian splits ensurepip off into a package of its own, and venv fails in mid-way without it.
if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    package=python3-venv
    [ "$python" != "$(command -v python3 || true)" ] && package=python$version-venv
    echo "$python has no venv module. On Debian or Ubuntu it is in a package of its own:" >&2
    echo "    apt-get install $package" >&2
    exit 1
fi
case $folder in .local/*) mkdir -p -m 700 .local ;; esac
if [ "$("$folder/bin/python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" != "$version" ]; then
    "$python" -m venv --clear "$folder"
fi
