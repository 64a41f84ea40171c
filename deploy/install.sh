#!/bin/sh
# Installs Roadworthy from this folder into a new environment, without any network: sh install.sh /usr/local/roadworthy
set -eu
target="${1:?name the folder of the new environment}"
cd "$(dirname "$0")"
sha256sum --check --quiet SHA256SUMS
"${PYTHON:-python3}" -m venv "$target"
"$target/bin/python" -m pip install --quiet --disable-pip-version-check --no-cache-dir --no-index --find-links wheels \
  --require-hashes --requirement requirements.txt
"$target/bin/roadworthy" version
