#!/bin/sh
# Print the Python to use: the first that fits and has its venv module, else the first that fits, else nothing.
fits='import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))'
first=
for name in python3.13 python3.12 python3.11 python3; do
    "$name" -c "$fits" 2>/dev/null || continue
    if "$name" -c 'import venv, ensurepip' 2>/dev/null; then
        command -v "$name"
        exit
    fi
    first=${first:-$(command -v "$name")}
done
echo "$first"
