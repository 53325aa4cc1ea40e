#!/usr/bin/env bash
# Runs once, when the image of the autograder is built.
set -euo pipefail
cd "$(dirname "$0")"
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv bubblewrap libseccomp2
python3 -m venv /opt/deepgrade
/opt/deepgrade/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt "./{{wheel}}[sealed]"
chmod -R go-rwx /autograder/source
