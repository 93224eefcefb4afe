"""A file of devices: each line is a device or a fault that names line and value."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waywarn.presets import Preset
from waywarn.provision.device_file import MAX_BYTES, DeviceFileError, read_devices
from waywarn.provision.new_device import DeviceError, NewDevice


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("devices")


def written(folder: Path, data: bytes) -> Path:
    file = folder / "devices.csv"
    file.write_bytes(data)
    return file


def test_columns_are_found_by_their_names_and_others_passed_over(folder: Path) -> None:
    rows = read_devices(written(folder, b"\xef\xbb\xbfProfile, name ,owner\nchild,anna,x\n\ncar, berta ,\n"))
    assert [
        (row.line, row.found.name, row.found.profile) for row in rows if isinstance(row.found, NewDevice)
    ] == [
        (2, "anna", Preset.CHILD),
        (4, "berta", Preset.CAR),
    ]


def test_a_fault_is_of_its_line_alone(folder: Path) -> None:
    lines = ("name,profile,retention_h", "anna,child,24", "berta,boat,", "anna,car,", "clara,car")
    text = "\n".join((*lines, "dora,car,-1", "emil,car,"))
    rows = read_devices(written(folder, text.encode()))
    assert [(row.line, str(row.found)) for row in rows if isinstance(row.found, DeviceError)] == [
        (3, "profile: 'boat' is no profile; known here: bicycle, car, child, truck"),
        (4, "name: 'anna' stands in line 2 too"),
        (5, "columns: there are 2, the first line has 3"),
        (6, "retention_h: '-1' is no number of hours; give hours, for example 24"),
    ]
    assert [row.found.name for row in rows if isinstance(row.found, NewDevice)] == ["anna", "emil"]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "there is no column 'name'"),
        (b"name\nanna\n", "there is no column 'profile'"),
        (b"name,profile,Name\nanna,child,berta\n", "line 1: column 'name' is there twice"),
        (b'name,profile\n"anna,child\n', "is not CSV"),
        (b"name,profile\nanna,child\n\xff", "line 3: byte 0xff is not UTF-8"),
        (b"x" * (MAX_BYTES + 1), "is larger than"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(folder: Path, data: bytes, problem: str) -> None:
    with pytest.raises(DeviceFileError, match=problem):
        read_devices(written(folder, data))


def test_a_file_that_is_not_there_says_so(folder: Path) -> None:
    with pytest.raises(DeviceFileError, match="No such file"):
        read_devices(folder / "none.csv")


@given(st.binary() | st.binary().map(lambda data: b"name,profile\n" + data))
def test_any_bytes_are_rows_or_one_error(folder: Path, data: bytes) -> None:
    try:
        rows = read_devices(written(folder, data))
    except DeviceFileError:
        return
    assert all(row.line > 1 for row in rows)
