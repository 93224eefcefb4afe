"""The habits that keep the rooms small and open: sizes, first lines, exports, and what the wheel carries."""

import ast
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("alerts", "corridor", "rules", "sip", "waywarn")
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60

PACKAGES = sorted(
    ".".join(file.parent.relative_to(ROOT).parts)
    for room in ROOMS
    for file in (ROOT / room).rglob("__init__.py")
)
OURS = sorted(file for room in (*ROOMS, "benchmarks") for file in (ROOT / room).rglob("*.py"))
ALL = sorted([*OURS, *(ROOT / "tests").rglob("*.py")])


def _name(file: Path) -> str:
    return str(file.relative_to(ROOT))


def test_the_wheel_lists_every_package_on_disk() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    assert listed == sorted(listed)
    assert listed == PACKAGES


def test_every_folder_with_code_is_a_package() -> None:
    folders = {file.parent for file in OURS if file.parent.name != "benchmarks"}
    assert sorted(".".join(folder.relative_to(ROOT).parts) for folder in folders) == PACKAGES


def test_every_room_is_typed() -> None:
    assert [room for room in ROOMS if not (ROOT / room / "py.typed").is_file()] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_exports_what_it_lists_sorted(package: str) -> None:
    module = import_module(package)
    exported = list(getattr(module, "__all__", []))
    assert exported == _as_ruff_sorts(exported)
    assert len(set(exported)) == len(exported)
    assert [name for name in exported if name.startswith("_")] == []
    for name in exported:
        assert getattr(module, name) is not None
    assert sorted(_imported_names(ROOT / package.replace(".", "/") / "__init__.py") - set(exported)) == []


def _as_ruff_sorts(names: list[str]) -> list[str]:
    """Constants, then classes, then functions: the order that ruff's RUF022 keeps."""
    return sorted(names, key=lambda name: (0 if name.isupper() else 1 if name[0].isupper() else 2, name))


def _imported_names(file: Path) -> set[str]:
    """Give what an ``__init__`` takes from its own room, at once or (for type checkers) lazily."""
    tree = ast.parse(file.read_text())
    guarded = [node for statement in tree.body if isinstance(statement, ast.If) for node in statement.body]
    room = file.relative_to(ROOT).parts[0]
    return {
        alias.asname or alias.name
        for node in (*tree.body, *guarded)
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == room
        for alias in node.names
    }


@pytest.mark.parametrize("file", ALL, ids=_name)
def test_the_first_line_of_a_file_says_what_is_in_it(file: Path) -> None:
    docstring = ast.get_docstring(ast.parse(file.read_text()))
    assert docstring, "no docstring"
    assert docstring.splitlines()[0].endswith("."), docstring.splitlines()[0]


@pytest.mark.parametrize("file", OURS, ids=_name)
def test_files_and_functions_stay_small(file: Path) -> None:
    text = file.read_text()
    assert len(text.splitlines()) <= MAX_FILE_LINES
    long = [
        f"{node.name}: {lines} lines"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and (lines := _lines_without_docstring(node)) > MAX_FUNCTION_LINES
    ]
    assert long == []


def _lines_without_docstring(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    docstring = node.body[0] if ast.get_docstring(node) else None
    return lines - ((docstring.end_lineno or 0) - docstring.lineno + 1 if docstring else 0)


RECORDS = sorted(file for file in (ROOT / "docs" / "decisions").glob("*.md") if file.name != "README.md")


def test_each_decision_has_a_number_of_its_own_and_stands_in_the_index() -> None:
    numbers = [file.name[:4] for file in RECORDS]
    assert len(set(numbers)) == len(numbers)
    index = (ROOT / "docs" / "decisions" / "README.md").read_text()
    missing = [f"- {_record_line(file)}" for file in RECORDS if _record_line(file) not in index]
    assert missing == [], "add to docs/decisions/README.md:\n" + "\n".join(missing)


def _record_line(file: Path) -> str:
    title = file.read_text().splitlines()[0].removeprefix("# ")
    assert title.startswith(file.name[:4]), f"{file.name} is headed {title!r}"
    return f"[{title}]({file.name})"
