"""A device's file and options that say the same: one of the two would be passed over, so it is refused."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from waywarn.commands.publish import IN_FILE, publish

_APP = typer.Typer(pretty_exceptions_enable=False)
_APP.command()(publish)
GIVEN = {
    "--transport": "udp",  # the usual value too: it was said
    "--heartbeat-s": "120",
    "--retain-days": "30",
    "--retransmission": "no",
    "--to": "sip:anna@example.org",
    "--rate": "steady",
    "--hook": "ring=true",
}


@pytest.mark.parametrize("option", GIVEN)
def test_what_the_file_says_is_not_said_beside_it(tmp_path: Path, option: str) -> None:
    file = tmp_path / "tracker.toml"
    result = CliRunner().invoke(_APP, ["-c", str(file), option, GIVEN[option]])
    assert result.exit_code == 2
    assert f"{option}: -c {file.name}" in result.stderr.replace(str(tmp_path) + "/", "").replace("\n", "")


def test_no_register_is_not_said_beside_it_either(tmp_path: Path) -> None:
    result = CliRunner().invoke(_APP, ["-c", str(tmp_path / "tracker.toml"), "--no-register"])
    assert (result.exit_code, "--register: -c" in result.stderr) == (2, True)


def test_nor_is_the_name_of_a_device_that_has_a_receiver(tmp_path: Path) -> None:
    file = tmp_path / "tracker.toml"
    file.write_text('[account]\naor = "sip:anna@town"\n[server]\nhost = "h"\n[source]\ngpsd = "h:1"\n')
    result = CliRunner().invoke(_APP, ["-c", str(file), "--device", "berta"])
    assert (result.exit_code, "--device: -c" in result.stderr) == (2, True)


def test_every_name_is_an_option() -> None:
    command = typer.main.get_command(_APP)
    assert set(IN_FILE) <= {parameter.name for parameter in command.params}
