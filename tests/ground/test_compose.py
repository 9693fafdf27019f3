"""docker-compose.yml: no Docker engine runs here, so it is checked by its specification and by what it must hold."""

import re
import subprocess
import sys

import pytest
import yaml

from ground.paths import ROOT

COMPOSE = ROOT / "docker-compose.yml"


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load(COMPOSE.read_text())


def check(path):
    return subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", path],
        capture_output=True,
        text=True,
    )


def test_fits_the_compose_specification():
    answer = check(COMPOSE)
    assert answer.returncode == 0, answer.stdout


def test_the_check_finds_a_wrong_file(tmp_path):
    wrong = tmp_path / "docker-compose.yml"
    wrong.write_text(COMPOSE.read_text().replace("healthcheck:", "healthchek:", 1))
    assert check(wrong).returncode != 0


def test_images_health_and_volumes(compose):
    services = compose["services"]
    assert services["db"]["image"] == "postgres:17"
    assert (ROOT / "Dockerfile").read_text().count("FROM odoo:19.0\n") == 1
    for name, service in services.items():
        assert service["healthcheck"]["test"], name
        for volume in service["volumes"]:
            assert volume.split(":")[0] in compose["volumes"], volume
    assert services["odoo"]["depends_on"]["db"]["condition"] == "service_healthy"


def test_ports_are_open_to_this_machine_only(compose):
    ports = [port for service in compose["services"].values() for port in service.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_no_secret_stands_in_the_file(compose):
    for service in compose["services"].values():
        for key, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|TOKEN|KEY", key):
                assert key.endswith("_FILE"), key
                assert value.startswith("/run/secrets/")
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    for secret in compose["secrets"].values():
        folder = secret["file"].removeprefix("./").split("/")[0]
        assert f"/{folder}/" in ignored


def test_what_the_image_copies_exists():
    for line in re.findall(r"^COPY (.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE):
        for name in line.split():
            assert (ROOT / name).exists(), name


def test_connections_fit(compose):
    """PostgreSQL has room for all pools: each worker, the crons, the job runner and the bus."""
    limit = int(
        re.search(r"max_connections=(\d+)", str(compose["services"]["db"]["command"])).group(1)
    )
    # a worker serves one request at a time: it holds two connections at most, the bus has its own pool
    workers, gevent = 4, 16
    assert workers * 2 + gevent + 10 < limit
