"""A real bus ride published over real SIP: silent as it was, one alarm and one all-clear where it strays."""

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from corridor import Corridor, FixBatch, LocalFrame, clean_trip, read_fixes
from corridor import Path as Way
from tests.waywarn.test_service import run
from waywarn.config import load_config
from waywarn.demo.actors import write_csv
from waywarn.demo.mailbox import Mailbox
from waywarn.service import Service
from waywarn.store import Store

CONFIGURATION = """\
[service]
store = "waywarn.sqlite"
[sip]
domain = "127.0.0.1"
listen = ["udp:127.0.0.1:0", "tcp:127.0.0.1:0"]
[devices.bus]
password = "only-a-test"
[rules.round]
kind = "deviation"
device = "bus"
path = "path.csv"
half_width_m = 50
confirm_fixes = 3
confirm_s = 15
tell = ["depot"]
[recipients.depot]
time_zone = "Europe/Dublin"
addresses = ["mailto://127.0.0.1:{smtp_port}/?from=waywarn@x.example&to=depot@x.example&mode=insecure"]
"""
SPEED = 1500  # 72 minutes in three seconds
ASIDE_M = 300.0

pytestmark = pytest.mark.data


def as_it_was(ride: FixBatch) -> FixBatch:
    return ride


def shifted_in_its_middle_third(ride: FixBatch) -> FixBatch:
    third = len(ride) // 3
    frame = LocalFrame(float(ride.lon.mean()), float(ride.lat.mean()))
    aside = np.where((np.arange(len(ride)) // third) == 1, ASIDE_M, 0.0)
    east_north = frame.to_enu(ride.lon, ride.lat)[:, :2] + np.column_stack([aside, np.zeros(len(ride))])
    lon, lat = frame.from_enu(east_north).T
    names = [ride.devices[code] for code in ride.device]
    return FixBatch.from_columns(names, ride.time, lon, lat)


@pytest.mark.parametrize(("change", "mails"), [(as_it_was, 0), (shifted_in_its_middle_third, 2)])
def test_the_ride_is_told_of_only_where_it_strays(
    tmp_path: Path, shared_data: Path, change: Callable[[FixBatch], FixBatch], mails: int
) -> None:
    ride = read_fixes(shared_data / "traces" / "limerick_304.gpx", default_device="bus").batch
    path = clean_trip(ride).path
    vertices = FixBatch.from_columns(["bus"] * len(path), np.arange(float(len(path))), path.lon, path.lat)
    write_csv(vertices, tmp_path / "path.csv")
    write_csv(change(ride), tmp_path / "ride.csv")
    assert Corridor(Way.from_file(tmp_path / "path.csv"), half_width_m=50).length_m > 10_000

    async def story() -> None:
        mailbox = Mailbox()
        server, smtp_port = await mailbox.open()
        (tmp_path / "waywarn.toml").write_text(CONFIGURATION.format(smtp_port=smtp_port))
        async with server:
            with Store.open(tmp_path / "waywarn.sqlite") as store:
                service = Service(load_config(tmp_path / "waywarn.toml", {}), store)
                task = asyncio.create_task(service.run())
                await service.ready()
                assert await publish(tmp_path, service.addresses[0].port) == 0
                await asyncio.wait_for(mailbox.wait_for(mails), 20)
                service.stop()
                await task
                assert store.count_fixes() > 100
        assert len(mailbox.mails) == mails

    run(story())


async def publish(folder: Path, port: int) -> int:
    command = (sys.executable, "-m", "waywarn", "publish", "ride.csv", "--to", f"sip:bus@127.0.0.1:{port}")
    options = ("--password-env", "BUS_PASSWORD", "--speed", str(SPEED))
    environment = os.environ | {"BUS_PASSWORD": "only-a-test"}
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        *command, *options, cwd=folder, env=environment, stderr=quiet
    )
    return await process.wait()
