# Sourced by the doors: sets `python` to the newest usable Python of this machine.
for python in python3.13 python3.12 python3.11 python3; do
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && return
done
if ! command -v python3 >/dev/null; then
  echo "no python3 on the PATH: install Python 3.11 or newer (Debian and Ubuntu: apt install python3 python3-venv)" >&2
  exit 3
fi
python=python3  # Too old; it says itself what to install.
