"""What the repository promises about itself: locks without hosts, a valid compose file, stories that load."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from copydesk.sample_site import read_site

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-setup.lock"])
def test_locks_name_no_host_and_hash_everything(name):
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert "index-url" not in text
    pinned = re.findall(r"^[\w.\[\]-]+==\S+", text, re.M)
    assert pinned
    assert text.count("--hash=sha256:") >= len(pinned)


def test_compose_file_is_valid():
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"],
        cwd=ROOT, capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_sample_newspaper_loads():
    site = read_site()
    assert len(site.publishers) == 5
    assert site.last_edition == 5


def test_airflow_executes_none_of_the_package():
    ignored = (ROOT / "plugins" / ".airflowignore").read_text().splitlines()
    for folder in (p.name for p in (ROOT / "plugins").iterdir() if p.is_dir() and not p.name.startswith("__")):
        assert f"{folder}/" in ignored


def test_the_starter_list_is_one():
    from copydesk.feeds.opml import read_opml

    assert len(read_opml((ROOT / "seeds" / "starter.opml").read_bytes())) >= 5


def test_two_sample_newspapers_at_once(tmp_path):
    from copydesk.sample import PORT_FILE, SampleServer, port_for

    first = port_for(tmp_path)
    with SampleServer(port=first, edition=1):
        assert port_for(tmp_path) != first
        (tmp_path / PORT_FILE).write_text(str(first))
        assert port_for(tmp_path) == first  # its own, whoever holds it now


def test_two_that_start_together_take_two_ports(tmp_path):
    from copydesk.sample import port_for

    mine = port_for(tmp_path)
    code = "import sys, pathlib; from copydesk.sample import port_for; print(port_for(pathlib.Path(sys.argv[1])))"
    other = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert int(other.stdout) != mine
