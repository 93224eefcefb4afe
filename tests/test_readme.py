"""The README's library lines and configuration are run as they stand."""

import re
import tomllib
from pathlib import Path

import numpy as np
import pytest
from pydantic import BaseModel

from waywarn.config.accounts import DeviceConfig
from waywarn.config.kinds.registry import KINDS
from waywarn.config.models import RecipientConfig, Tables
from waywarn.config.table import keys_of
from waywarn.demo.actors import write_csv
from waywarn.demo.story import DETOUR
from waywarn.demo.walks import walk

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", README, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_library_lines_report_the_alarm_and_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "school.geojson").write_text(
        '{"type": "LineString", "coordinates": [[16.3725, 48.2082], [16.3733, 48.2094], [16.3753, 48.2093],'
        "[16.3760, 48.2105], [16.3782, 48.2109], [16.3786, 48.2120], [16.3806, 48.2122], [16.3811, 48.2132],"
        "[16.3819, 48.2140]]}"
    )
    write_csv(walk("anna", 1.79e9, np.random.default_rng(1), detour=DETOUR), tmp_path / "tuesday.csv")
    exec(compile(block("python"), "README.md", "exec"), {})
    said = capsys.readouterr().out
    assert said.count("'off_route'") == 1
    assert said.count("'back_on_route'") == 1


def test_the_configuration_names_only_keys_that_exist() -> None:
    tables = tomllib.loads(block("toml"))
    assert set(tables) <= set(Tables.model_fields)
    models: dict[str, type[BaseModel]] = {"devices": DeviceConfig, "recipients": RecipientConfig}
    for kind in ("devices", "rules", "recipients"):
        for table in tables[kind].values():
            model = KINDS[table["kind"]] if kind == "rules" else models[kind]
            assert set(table) <= set(keys_of(model))


def test_the_fence_lines_report_entering_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_csv(walk("anna", 1.79e9, np.random.default_rng(1), detour=DETOUR), tmp_path / "tuesday.csv")
    fences = re.findall(r"```python\n(.*?)```", README, re.DOTALL)[1]
    exec(compile(fences, "README.md", "exec"), {})
    said = capsys.readouterr().out
    assert said.count("'enter'") == 1
    assert "'fence': 'school yard'" in said
