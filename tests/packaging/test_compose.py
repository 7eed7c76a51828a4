"""docker-compose.yml and what it needs, as data: there is no engine here to start it with."""

from __future__ import annotations

import graphlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
import typer
import yaml
from pydantic import BaseModel

from alerting.links import LEAST_KEY
from console.cli import application
from console.parts import PARTS, with_companions
from dashboards.files import dashboards
from dashboards.push import SOURCE
from qualicity.heartbeat import STALE_MS, beat
from qualicity.settings import Settings, load_settings

ROOT = Path(__file__).parents[2]
PROVISIONING = ROOT / "dashboards" / "grafana" / "provisioning"
VARIABLE = re.compile(r"\$\$|\$\{(\w+):-([^}]*)\}")
"""What the file may use of compose's interpolation: `$$`, and a variable with its default."""

TOP_KEYS = {"name", "services", "networks", "volumes", "secrets"}
SERVICE_KEYS = {
    "build", "cap_drop", "command", "cpus", "depends_on", "entrypoint", "environment", "group_add", "healthcheck",
    "image", "init", "logging", "mem_limit", "networks", "pids_limit", "ports", "profiles", "read_only", "restart",
    "secrets", "security_opt", "stop_grace_period", "tmpfs", "user", "volumes",
}  # fmt: skip
"""Those of the Compose specification that we use: neither `privileged` nor `cap_add`, `network_mode` nor `pid`."""
HEALTH_KEYS = {"test", "interval", "timeout", "retries", "start_period"}
CONDITIONS = {"service_healthy", "service_completed_successfully"}

OWN_PROGRAMS = {
    "eclipse-mosquitto": "mosquitto_sub",
    "influxdb": "influx",
    "qualicity": "python",
    "grafana/grafana": "wget",
    "prom/alertmanager": "wget",
}
"""What each image is known to hold that can ask after its health."""

TEXT = (ROOT / "docker-compose.yml").read_text("utf-8")


def plain(text):
    """Return a text as compose reads it without an .env file."""
    return VARIABLE.sub(lambda match: "$" if match[0] == "$$" else match[2], text)


COMPOSE = yaml.safe_load(plain(TEXT))
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("qualicity:")}
LASTING = {name: service for name, service in SERVICES.items() if service["restart"] != "no"}

every_service = pytest.mark.parametrize("name", SERVICES)


def mounts(name):
    """Return {path in the container: (source, may be written)} of a service."""
    found = {}
    for volume in SERVICES[name].get("volumes", []):
        source, target, *options = volume.split(":")
        assert options in ([], ["ro"]), volume
        found[target] = (source, not options)
    return found


def secret_paths(name):
    """Return {path in the container: secret} of a service."""
    listed = SERVICES[name].get("secrets", [])
    items = [item if isinstance(item, dict) else {"source": item, "target": item} for item in listed]
    return {f"/run/secrets/{item['target']}": item["source"] for item in items}


def passed_on(name):
    """Return the variables that a service has only where .env sets them."""
    return {key for key, value in SERVICES[name]["environment"].items() if value is None}


def names(model, prefix="QUALICITY_"):
    """Yield the environment name of every setting."""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from names(field.annotation, f"{prefix}{name.upper()}__")
        else:
            yield f"{prefix}{name.upper()}"


def parse_command(words):
    """Let the command line take `qualicity WORDS`, without running it."""
    command = typer.main.get_command(application())
    rest = list(words)
    while hasattr(command, "commands"):
        assert rest, words
        assert rest[0] in command.commands, words
        command = command.commands[rest.pop(0)]
    command.make_context(words[0], rest)


# the file


def test_it_has_only_known_keys():
    """A misspelt key would be found by an engine only."""
    assert {key for key in COMPOSE if not key.startswith("x-")} == TOP_KEYS
    for name, service in SERVICES.items():
        assert service.keys() <= SERVICE_KEYS, name
        assert service.get("healthcheck", {}).keys() <= HEALTH_KEYS, name


def test_every_variable_stands_in_the_sample_with_the_same_default():
    """`.env.example` is the reference; nothing in it is without effect."""
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    sample = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    shown = dict(re.findall(r"^# (\w+)=(\S+)$", "\n".join(lines), flags=re.MULTILINE))
    used = {(match[1], match[2]) for match in VARIABLE.finditer(TEXT) if match[1]}
    assert "$" not in VARIABLE.sub("", TEXT)
    assert used == set(sample.items())
    profiles = shown.pop("COMPOSE_PROFILES")  # compose's own
    assert shown.keys() == {key for name in OURS for key in passed_on(name)}
    assert profiles in SERVICES[profiles]["profiles"]
    assert f"http://{profiles}:9093" in "\n".join(lines)
    for key, value in shown.items():
        path = Path(value)
        assert all(str(path.parent) in mounts(name) for name in OURS if key in passed_on(name)), key


@every_service
def test_versions_are_pinned(name):
    """No tag that moves; ours is the version of the wheel that is in it."""
    repository, _, tag = SERVICES[name]["image"].rpartition(":")
    assert re.fullmatch(r"v?\d+\.\d+\.\d+", tag)
    if name in OURS:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
        assert (repository, tag) == (project["name"], project["version"])


@every_service
def test_a_service_has_no_right_that_it_does_not_need(name):
    """A number as user, not root; nothing writable but volumes and memory; no capability; bounds on what it takes."""
    service = SERVICES[name]
    user, group = service["user"].split(":")
    assert int(user) > 0
    assert int(group) >= 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}
    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
    assert 0 < service["cpus"] <= 2
    assert service["pids_limit"] > 0
    assert service["restart"] in {"unless-stopped", "no"}


@pytest.mark.parametrize("name", LASTING)
def test_a_service_that_stays_is_asked_after_its_health(name):
    """By a program that its image holds, without a shell."""
    check = LASTING[name]["healthcheck"]
    kind, program, *_ = check["test"]
    assert (kind, program) == ("CMD", OWN_PROGRAMS[LASTING[name]["image"].rpartition(":")[0]])
    assert check.keys() == HEALTH_KEYS


def test_the_order_of_start_has_no_circle_and_names_what_exists():
    """Only a service with a health check can become healthy, only one that ends can complete."""
    order = {}
    for name, service in SERVICES.items():
        order[name] = service.get("depends_on", {})
        for other, asked in order[name].items():
            assert asked["condition"] in CONDITIONS
            assert (other in LASTING) == (asked["condition"] == "service_healthy"), (name, other)
            assert not SERVICES[other].get("profiles"), f"{name} waits for {other}, which is optional"
    first = list(graphlib.TopologicalSorter(order).static_order())
    assert first.index("influxdb") < first.index("setup") < first.index("grafana")
    assert order["qualicity"]["setup"]["required"] is False  # intake does not wait for a broken database


# what goes in


@pytest.mark.parametrize("name", OURS)
def test_our_environment_is_that_of_the_settings(name, monkeypatch):
    """Every name exists and its value is taken."""
    environment = OURS[name]["environment"]
    of_options = {"QUALICITY_DATA", "QUALICITY_CONFIG"}
    assert environment.keys() - of_options <= set(names(Settings))
    for key, value in environment.items():
        if value is not None:
            monkeypatch.setenv(key, str(value))
    settings = load_settings()
    speaking = name in {"qualicity", "alerting"}
    assert settings.influx.url == ("" if name == "alerting" else "http://influxdb:8086")
    assert settings.mqtt.url == ("mqtt://mosquitto:1884" if speaking else Settings().mqtt.url)
    assert (settings.alerting.link_key_file is not None) == speaking
    assert environment["QUALICITY_DATA"] in mounts(name)
    assert str(settings.network.parent) in mounts(name)


def test_no_setting_is_forgotten_by_the_check_above():
    """The walk finds nested names."""
    assert {"QUALICITY_NETWORK", "QUALICITY_INFLUX__TOKEN_FILE", "QUALICITY_GRAFANA__EVIDENCE_URL"} <= set(
        names(Settings)
    )
    assert "QUALICITY_INFLUX" not in set(names(Settings))


@every_service
def test_no_secret_is_in_the_environment(name):
    """Only paths of files that the service has."""
    for key, value in SERVICES[name].get("environment", {}).items():
        if not re.search(r"PASSWORD|TOKEN|SECRET_KEY|LINK_KEY|DEADMAN", key):
            continue
        assert key.endswith("_FILE"), key
        assert value is None or value in secret_paths(name) or str(Path(value).parent) in mounts(name), (key, value)


def test_secrets_are_declared_made_and_kept_out_of_git(tmp_path):
    """The script makes each; git takes none; each is used."""
    run_script("--folder", tmp_path)
    declared = {name: Path(secret["file"]) for name, secret in COMPOSE["secrets"].items()}
    used = {source for name in SERVICES for source in secret_paths(name).values()}
    assert declared.keys() == used
    for name, path in declared.items():
        assert path == Path("deploy/secrets", name)
        assert (tmp_path / name).read_text("utf-8").strip(), name
        ignored = subprocess.run(["git", "check-ignore", "-q", path], cwd=ROOT, check=False)
        assert ignored.returncode == 0, path


def test_each_token_is_only_where_it_is_needed():
    """The administrator's in the database and the one-shot; the one that may write never in Grafana."""
    holders = {name for name in SERVICES if "influx_admin_token" in secret_paths(name).values()}
    assert holders == {"influxdb", "setup"}
    written = {name: {source for source, may in mounts(name).values() if may} for name in SERVICES}
    read = {name: {source for source, _ in mounts(name).values()} for name in SERVICES}
    assert [name for name in SERVICES if "write-token" in read[name]] == ["setup", "qualicity"]
    assert [name for name in SERVICES if written[name] & {"write-token", "read-token"}] == ["setup"]
    assert mounts("grafana")["/run/tokens"] == ("read-token", False)
    assert "10001" in SERVICES["grafana"]["group_add"]  # whose the file of mode 0640 is


def test_secrets_of_channels_are_only_where_messages_are_sent(tmp_path):
    """And the keys of links where they are made and where they are read; the folder is there before anybody starts."""
    folder = "./deploy/secrets/channels"
    assert [name for name in SERVICES if folder in {source for source, _ in mounts(name).values()}] == ["alerting"]
    assert [name for name in SERVICES if "link_keys" in secret_paths(name).values()] == ["qualicity", "alerting"]
    run_script("--folder", tmp_path)
    assert (tmp_path / Path(folder).name).stat().st_mode & 0o777 == 0o755
    assert len((tmp_path / "link_keys").read_text("utf-8").strip()) >= LEAST_KEY
    for name, ignored in (("dingtalk-url", True), (".gitignore", False)):
        found = subprocess.run(["git", "check-ignore", "-q", f"{folder}/{name}"], cwd=ROOT, check=False)
        assert (found.returncode == 0) == ignored, name


def test_volumes_are_declared_and_used_and_mounted_files_exist():
    """Nothing that the engine would make up: a missing file becomes a folder there."""
    named, paths = set(), set()
    for name in SERVICES:
        for source, _ in mounts(name).values():
            (paths if source.startswith(".") else named).add(source)
    assert named == COMPOSE["volumes"].keys()
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []
    assert (ROOT / "examples/shenzhen/network.toml").is_file()
    assert all(not may for name in SERVICES for source, may in mounts(name).values() if source.startswith("."))


def test_only_the_broker_is_published_beyond_loopback_and_over_tls():
    """The broker to the sensors, plain text on loopback; Grafana and the API to a proxy on the same machine."""
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {
        "mosquitto": ["0.0.0.0:8883:8883", "0.0.0.0:8884:8884", "127.0.0.1:1883:1883"],
        "qualicity": ["127.0.0.1:8414:8414"],
        "grafana": ["127.0.0.1:3000:3000"],
    }


def test_the_database_has_a_network_without_a_way_out():
    """Who speaks with whom shares a network; a published port needs one that is not internal."""
    networks = {name: set(service["networks"]) for name, service in SERVICES.items()}
    assert set().union(*networks.values()) == COMPOSE["networks"].keys()
    assert networks["influxdb"] == networks["setup"] == {"store"}
    assert COMPOSE["networks"]["store"] == {"internal": True}
    for name, service in SERVICES.items():
        if "ports" in service:
            assert networks[name] - {"store"}, name
        for value in map(str, service.get("environment", {}).values()):
            for other in SERVICES:
                if f"://{other}:" in value:
                    assert networks[name] & networks[other], (name, other)


def test_the_commands_are_taken():
    """By the very command line that is in the image."""
    lines = SERVICES["setup"]["command"][0].splitlines()
    assert [shlex.split(line)[0] for line in lines] == ["qualicity", "qualicity"]
    for line in lines:
        parse_command(shlex.split(line)[1:])
    parse_command(SERVICES["grafana-tools"]["command"])
    for name in ("qualicity", "alerting"):
        parse_command(SERVICES[name]["command"])
    assert lines[1].split()[-1] in mounts("setup")


def parts_of(name):
    """Return the parts that a service runs."""
    *_, option, parts = SERVICES[name]["command"]
    assert option == "--only"
    return parts.split(",")


def test_each_part_runs_in_one_service():
    """All of them together are the service; two of one would fight for its files."""
    started = [name for service in ("qualicity", "alerting") for name in with_companions(parts_of(service))]
    assert sorted(started) == sorted(PARTS)
    assert mounts("qualicity")["/var/lib/qualicity/data"] == mounts("alerting")["/var/lib/qualicity/data"]


def test_the_alarms_are_well_by_their_own_sign_of_life(tmp_path):
    """The very program of the health check: well, silent for too long, ill, without a sign."""
    _, _, option, program = SERVICES["alerting"]["healthcheck"]["test"]
    data = SERVICES["alerting"]["environment"]["QUALICITY_DATA"]
    assert data in program
    command = [sys.executable, option, program.replace(data, str(tmp_path))]
    now, codes = time.time_ns() // 1_000_000, []
    for part, at, ready in (("api", now, True), ("alerting", now, True), ("alerting", now - STALE_MS, True),
                            ("alerting", now, False)):  # fmt: skip
        beat(tmp_path, part, at, ready=ready, state="watching", counters={})
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        codes.append(subprocess.run(command, env=environment, check=False).returncode)
    assert codes == [1, 0, 1, 1]


# what is mounted


def test_the_data_source_is_the_one_that_push_and_verify_ask():
    """Same uid, bucket and address; the token's file is one that Grafana has and the one-shot makes."""
    (source,) = yaml.safe_load((PROVISIONING / "datasources" / "qualicity.yaml").read_text("utf-8"))["datasources"]
    ours = SERVICES["setup"]["environment"]
    assert source["uid"] == source["name"] == SOURCE
    assert source["database"] == source["jsonData"]["dbName"] == ours["QUALICITY_INFLUX__BUCKET"]
    (variable,) = re.findall(r"^\$\{(\w+)\}$", source["url"])
    assert SERVICES["grafana"]["environment"][variable] == ours["QUALICITY_INFLUX__URL"]
    (path,) = re.findall(r"^Token \$__file\{(.+)\}$", source["secureJsonData"]["httpHeaderValue1"])
    assert path == ours["QUALICITY_INFLUX__READ_TOKEN_FILE"]
    assert mounts("grafana")[str(Path(path).parent)][0] == mounts("setup")[str(Path(path).parent)][0]


def test_grafana_reads_the_dashboards_where_the_one_shot_writes_them():
    """Into the folder that push uses."""
    (provider,) = yaml.safe_load((PROVISIONING / "dashboards" / "qualicity.yaml").read_text("utf-8"))["providers"]
    path = provider["options"]["path"]
    assert provider["folderUid"] == SOURCE
    assert shlex.split(SERVICES["setup"]["command"][0])[-1] == path
    assert mounts("grafana")[path] == (mounts("setup")[path][0], False)


def test_grafanas_alarms_ask_our_source_and_lead_to_our_dashboards():
    """Every uid that a rule names exists."""
    groups = yaml.safe_load((PROVISIONING / "alerting" / "meta.yaml").read_text("utf-8"))["groups"]
    for rule in (rule for group in groups for rule in group["rules"]):
        assert {data["datasourceUid"] for data in rule["data"]} == {SOURCE, "__expr__"}
        assert rule["annotations"]["__dashboardUid__"] in dashboards()


def read_mosquitto(path):
    """Return the options of a file of mosquitto's kind: [(name, value)]."""
    lines = [line.strip() for line in path.read_text("utf-8").splitlines()]
    return [tuple(line.split(maxsplit=1)) for line in lines if line and not line.startswith("#")]


def test_the_broker_knows_its_users_and_forgets_nothing():
    """What docs/operations.md asks of a broker; its files are mounted."""
    options = read_mosquitto(ROOT / "deploy" / "mosquitto" / "mosquitto.conf")
    names_of = [name for name, _ in options]
    general = dict(options[: names_of.index("listener")])
    asked = {"persistence": "true", "autosave_interval": "1", "max_inflight_messages": "1000"}
    assert general.items() >= {**asked, "allow_anonymous": "false"}.items()
    assert int(general["max_queued_messages"]) > 0  # 2.0.16 sends nothing where it is 0
    assert general["password_file"] in secret_paths("mosquitto")
    assert mounts("mosquitto")[general["acl_file"]] == ("./deploy/mosquitto/acl", False)
    assert mounts("mosquitto")[general["persistence_location"].rstrip("/")][1]
    files = {value for name, value in options if name in {"cafile", "certfile", "keyfile", "crlfile"}}
    assert files < secret_paths("mosquitto").keys()


def listeners():
    """Return {port: its options} of the broker's configuration."""
    found = {}
    for name, value in read_mosquitto(ROOT / "deploy" / "mosquitto" / "mosquitto.conf"):
        if name == "listener":
            found[value] = {}
        elif found:
            found[list(found)[-1]][name] = value
    return found


def test_each_listener_is_safe_where_it_is_reached():
    """Beyond loopback there is TLS 1.2 and a client id that is the user; the service's own port is not published."""
    found = listeners()
    published = {line.split(":")[-1]: line.split(":")[0] for line in SERVICES["mosquitto"]["ports"]}
    assert published.keys() < found.keys()
    for port, address in published.items():
        assert address == "127.0.0.1" or found[port]["tls_version"] == "tlsv1.2", port
        assert found[port]["use_username_as_clientid"] == "true", port
    environment = OURS["qualicity"]["environment"]
    assert environment["QUALICITY_MQTT__URL"].split(":")[-1] in found.keys() - published.keys()
    demanding = {port for port, options in found.items() if options.get("require_certificate") == "true"}
    assert {port for port in found if found[port].get("use_identity_as_username") == "true"} == demanding
    assert found["8885"]["cafile"] != found["8884"]["cafile"]


def test_a_sensor_may_write_its_own_station_only():
    """The pattern stands before any user: after `user` it would be read as that user's."""
    rules = read_mosquitto(ROOT / "deploy" / "mosquitto" / "acl")
    assert rules == [
        ("pattern", "write +/+/%u/#"),
        ("user", "collector"),
        ("topic", "read #"),
        ("topic", f"write {Settings().alerting.mqtt_prefix}/#"),
        ("topic", "write qualicity/doctor/#"),
        ("user", "health"),
        ("topic", "read $SYS/broker/uptime"),
    ]
    for name in ("qualicity", "alerting"):
        assert SERVICES[name]["environment"]["QUALICITY_MQTT__USERNAME"] == "collector"
    assert Settings().mqtt.topic.split("/")[2] == "{station}"


def test_alertmanagers_routes_lead_to_receivers():
    """Its own check where it is installed."""
    path = ROOT / "deploy" / "alertmanager" / "alertmanager.yml"
    config = yaml.safe_load(path.read_text("utf-8"))
    receivers = {receiver["name"] for receiver in config["receivers"]}
    assert {route["receiver"] for route in (config["route"], *config["route"]["routes"])} == receivers
    if amtool := shutil.which("amtool"):
        checked = subprocess.run([amtool, "check-config", path], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stdout + checked.stderr


# the image


def dockerfile():
    """Return its instructions: [(name, rest)]."""
    text = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines]


def test_the_image_is_built_from_pinned_parts():
    """Base images by patch version, packages by hash, nothing by address."""
    instructions = dockerfile()
    bases = {rest.split()[0] for name, rest in instructions if name == "FROM"}
    assert all(re.fullmatch(r"python:3\.\d+\.\d+-slim-bookworm", base) for base in bases)
    assert len(bases) == 1
    assert "ADD" not in {name for name, _ in instructions}
    runs = [part.strip() for name, rest in instructions if name == "RUN" for part in rest.split("&&")]
    installs = [run for run in runs if re.search(r"\bpip\b.*\binstall\b", run)]
    locks = {lock for run in installs for lock in re.findall(r"-r (\S+)", run)}
    assert locks == {"requirements.lock", "requirements-build.lock", "requirements-grafana.lock"}
    for run in installs:
        assert ("--require-hashes" in run and "--only-binary :all:" in run) != ("--no-index" in run), run
    assert not re.search(r"://|apt-get|curl|wget", "\n".join(runs))


def test_the_image_runs_as_the_user_that_compose_names():
    """Its last stage holds both environments, no source and no secret."""
    instructions = dockerfile()
    last = instructions[[name for name, _ in instructions].index("FROM", 1) :]
    assert {service["user"] for service in OURS.values()} == {dict(last)["USER"]}
    assert [rest for name, rest in last if name == "COPY"] == ["--from=build /opt /opt"]
    made = " ".join(rest for name, rest in last if name == "RUN")
    for name in OURS:
        for target, (source, may_write) in mounts(name).items():
            if may_write:  # a new volume takes its owner from the folder in the image
                assert f" {target} " in f"{made} ", (name, source)


def test_what_is_copied_exists_and_passes_the_ignore_file():
    """Nothing else reaches the builder: the ignore file first takes all away."""
    lines = [line for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if not line.startswith("#")]
    assert lines[0] == "*"
    passed = {line[1:] for line in lines if line.startswith("!")}
    copied = [
        word for name, rest in dockerfile() if name == "COPY" and "--from" not in rest for word in rest.split()[:-1]
    ]
    assert passed == set(copied)
    assert [path for path in copied if not (ROOT / path).exists()] == []
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert {*packages["packages"], *packages["force-include"]} <= passed


# beside it


def test_the_pages_name_services_and_commands_that_exist():
    """Every `docker compose` line of the two pages, and what it runs inside."""
    text = "".join((ROOT / page).read_text("utf-8") for page in ("README.md", "docs/deployment.md"))
    lines = re.findall(r"docker compose ([^`\n#]+)", text)
    assert len(lines) > 10
    profiles = {profile for service in SERVICES.values() for profile in service.get("profiles", [])}
    for words in map(shlex.split, lines):
        if words[0] == "--profile":
            assert words[1] in profiles
            del words[:2]
        verb, *rest = words
        if verb in {"restart", "stop", "logs"}:
            assert {word for word in rest if not word.startswith("-")} <= SERVICES.keys()
        elif verb in {"exec", "run", "kill"}:
            named = next(word for word in rest if word in SERVICES)
            inside = rest[rest.index(named) + 1 :]
            if verb == "run" and inside:
                parse_command(inside)
            elif inside[:1] == ["qualicity"]:
                parse_command(inside[1:])


def read_unit(name):
    """Return the settings of a unit of systemd: [(name, value)]."""
    lines = (ROOT / "deploy" / "systemd" / name).read_text("utf-8").splitlines()
    return [tuple(line.split("=", 1)) for line in lines if "=" in line and not line.startswith("#")]


def test_the_units_without_containers_start_our_parts():
    """The environment is known, and it is waited for as long as parts drain; the rest: test_systemd."""
    settings = read_unit("qualicity@.service")
    unit = dict(settings)
    given = {word.split("=")[0] for key, value in settings if key == "Environment" for word in value.split()}
    assert given <= {*names(Settings), "QUALICITY_DATA", "QUALICITY_CONFIG"}
    assert unit["TimeoutStopSec"] == SERVICES["qualicity"]["stop_grace_period"].rstrip("s")
    assert unit["PartOf"] == unit["WantedBy"] == "qualicity.target"
    assert "qualicity@influx" in (ROOT / "docs" / "deployment.md").read_text("utf-8")
    for part in PARTS:
        parse_command(unit["ExecStart"].replace("%i", part).split()[1:])


def run_script(*arguments, code=0):
    """Run deploy/make_secrets.py; return what it wrote on standard error."""
    command = [sys.executable, ROOT / "deploy" / "make_secrets.py", *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == code, ran.stderr
    return ran.stderr


def test_secrets_are_made_once_and_renewed_one_by_one(tmp_path):
    """A second run changes nothing; the folder is closed; a renewed password is another one, in the same file."""
    run_script("--folder", tmp_path, "--station", "s1", "--station", "s2")
    before = {path: path.read_text("utf-8") for path in tmp_path.rglob("*") if path.is_file()}
    run_script("--folder", tmp_path, "--station", "s1")
    assert {path: path.read_text("utf-8") for path in before} == before
    assert tmp_path.stat().st_mode & 0o777 == 0o700
    assert len({text for path, text in before.items() if path.name != "mqtt_passwords"}) == len(before) - 1

    table = tmp_path / "mqtt_passwords"
    place = table.stat().st_ino
    run_script("--folder", tmp_path, "--station", "s1", "--renew")
    changed = {path.name for path, text in before.items() if path.read_text("utf-8") != text}
    assert changed == {"s1", "mqtt_passwords"}
    assert table.stat().st_ino == place  # the container has this file
    assert sorted(line.split(":")[0] for line in table.read_text("utf-8").splitlines()) == [
        "collector", "health", "s1", "s2",
    ]  # fmt: skip


@pytest.mark.parametrize("station", ["collector", "health", "a/b", "a:b", "..", "+", ""])
def test_a_user_that_could_do_more_than_a_sensor_is_refused(tmp_path, station):
    assert "mend:" in run_script("--folder", tmp_path / "new", "--station", station, code=2)
    assert not (tmp_path / "new").exists()
