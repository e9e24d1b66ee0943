"""A database whose key file is gone is refused, and no fresh key is left in its place."""

from pathlib import Path

from tests.flows.server import pulssi


def test_a_lost_key_is_told_and_not_replaced(tmp_path: Path) -> None:
    assert pulssi(tmp_path, "kpi", "--survey", "csat").returncode == 0
    key = tmp_path / "var" / "secret.key"
    kept = key.read_bytes()
    key.unlink()
    refused = pulssi(tmp_path, "kpi", "--survey", "csat")
    assert refused.returncode == 1
    assert "put the key back" in refused.stderr
    assert not key.exists()
    key.write_bytes(kept)
    key.chmod(0o600)
    assert pulssi(tmp_path, "kpi", "--survey", "csat").returncode == 0
