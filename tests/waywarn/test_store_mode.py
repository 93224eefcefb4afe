"""Who may read the store's file: its owner, unless he says otherwise."""

from pathlib import Path

from waywarn.store import Store


def test_a_new_store_is_its_owner_s_alone_and_an_old_one_stays_as_its_owner_left_it(tmp_path: Path) -> None:
    file = tmp_path / "store.sqlite"
    with Store.open(file):
        beside = [each for each in tmp_path.iterdir() if each.stat().st_mode & 0o077]
        assert beside == []  # nor what SQLite lays beside it
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o640)
    with Store.open(file):
        assert file.stat().st_mode & 0o777 == 0o640
