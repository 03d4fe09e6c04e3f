"""The reference page of the command line says what the commands say."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from pywats.cli.app import app
from pywats.cli.doctor.finding import State
from pywats.cli.exits import ExitCode

DOCS = Path(__file__).resolve().parents[3] / "docs"
PAGE = (DOCS / "reference" / "cli.md").read_text(encoding="utf-8")
COMMANDS = get_command(app).commands
SUBCOMMANDS = {name: getattr(command, "commands", {}).values() for name, command in COMMANDS.items()}
PARAMETERS = {
    name: [parameter for each in (command, *SUBCOMMANDS[name]) for parameter in each.params]
    for name, command in COMMANDS.items()
}


def section(command):
    return re.search(rf"^## {command}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)[1]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_list_of_the_page(command):
    assert f"| [`{command}`](#{command}) |" in PAGE


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_described_with_its_command_or_for_all(command):
    common = section("Output")
    for parameter in PARAMETERS[command]:
        for option in (name for name in parameter.opts if name.startswith("-") and name != "--help"):
            assert f"`{option}" in section(command) + common, option


def test_no_option_is_described_that_is_not_there():
    known = {name for parameters in PARAMETERS.values() for parameter in parameters for name in parameter.opts}
    # `--name` stands for any argument of a method, and two are arguments of methods in examples.
    known |= {"--install-completion", "--show-completion"}
    known |= {"--help", "--version", "--name", "--max-items", "--include-attachments"}
    assert set(re.findall(r"(?<![\w=-])--[a-z][a-z-]+", PAGE)) <= known


def test_every_exit_code_is_described():
    codes = {int(code) for code in re.findall(r"^\| (\d+) \|", section("Exit codes"), re.MULTILINE)}
    assert codes == set(ExitCode)


def test_every_state_and_check_of_the_doctor_is_described():
    page = (DOCS / "how-to" / "doctor.md").read_text(encoding="utf-8")
    for state in State:
        assert f"`{state}`" in page
    source = Path(__file__).resolve().parents[3] / "pywats" / "cli" / "doctor"
    text = "".join(path.read_text(encoding="utf-8") for path in source.glob("*.py"))
    checks = set(re.findall(r'\b(?:ok|warning|failed|skipped)\(\s*"([a-z_]+)"', text))
    assert checks == set(re.findall(r"^\| `([a-z_]+)` \|", page, re.MULTILINE))
