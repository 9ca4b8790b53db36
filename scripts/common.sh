# Sourced by the scripts: where the project is, how many jobs to run, and how to say what happens.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
jobs=${SPIKELOOM_JOBS:-$(nproc)}

say() { printf '\n== %s\n' "$*"; }
fail() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }
