"""Runs `record` and `replay` as a person would, in this process."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from typer.testing import CliRunner

from waywarn.commands.record import record
from waywarn.commands.replay import replay

_APP = typer.Typer(pretty_exceptions_enable=False)
_APP.command()(record)
_APP.command()(replay)


@dataclass(frozen=True)
class Ran:
    exit_code: int
    stdout: str
    stderr: str

    @property
    def transitions(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stdout.splitlines()]

    @property
    def kinds(self) -> list[str]:
        return [transition["kind"] for transition in self.transitions]


def run(command: str, *arguments: str | Path) -> Ran:
    """Run a command; an exception that it does not catch is raised."""
    result = CliRunner().invoke(_APP, [command, *map(str, arguments)], catch_exceptions=False)
    return Ran(result.exit_code, result.stdout, result.stderr)
