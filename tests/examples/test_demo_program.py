"""`make demo` as a program: its exit code, and what it leaves running."""

import csv
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from examples.shop_export import Row, read_rows

ROOT = Path(__file__).parents[2]
DATA = ROOT / "examples" / "data"
DEMO = (sys.executable, "-m", "examples.import_shop")
PLAIN = {name: value for name, value in os.environ.items() if name != "FORCE_COLOR"}


def write_rows(path: Path, rows: list[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def refuses_connections(url: str) -> bool:
    address = urlsplit(url)
    with socket.socket() as probe:
        return probe.connect_ex((str(address.hostname), address.port or 0)) != 0


def test_a_check_that_does_not_hold_is_named_and_decides_the_exit_code(tmp_path: Path) -> None:
    customers = read_rows(DATA / "customers.csv")[:5]
    write_rows(tmp_path / "customers.csv", [*customers, customers[0]])
    write_rows(tmp_path / "vehicles.csv", read_rows(DATA / "vehicles.csv")[:5])

    ended = subprocess.run(
        [*DEMO, str(tmp_path)], cwd=ROOT, env=PLAIN, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 1
    assert ended.stderr == ""
    assert "EXT-000001 is not accounted for" in ended.stdout


@pytest.mark.skipif(os.name != "posix", reason="signals of this kind are for POSIX")
@pytest.mark.parametrize(("kind", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interruption_leaves_no_sandbox_behind(kind: signal.Signals, code: int) -> None:
    with subprocess.Popen(
        DEMO,
        cwd=ROOT,
        env=PLAIN | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
        # A shell's background job, as which the tests may run, ignores interruptions.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    ) as demo:
        assert demo.stdout is not None
        server = next(line for line in demo.stdout if line.startswith("Server"))
        next(line for line in demo.stdout if line.startswith("Vehicles before"))
        demo.send_signal(kind)
        demo.communicate()

    assert demo.returncode == code
    assert refuses_connections(server.split()[-1])
