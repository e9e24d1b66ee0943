"""Settings: every one documented, and a broken one told by its name."""

import re
from pathlib import Path

import pytest

from bot.errors import BadSettings
from bot.settings import Settings, read_settings, variable

ROOT = Path(__file__).parent.parent.parent
NAMES = sorted(variable(field) for field in Settings.model_fields)


@pytest.fixture(autouse=True)
def _without_the_machines_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def read(tmp_path: Path, text: str) -> Settings:
    file = tmp_path / ".env"
    file.write_text(text, "utf-8")
    return read_settings({}, file)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("document", [".env.example", "README.md"])
def test_every_setting_stands_in_the_documents(document: str, name: str) -> None:
    assert name in (ROOT / document).read_text("utf-8")


def test_the_example_names_no_setting_that_there_is_not() -> None:
    named = set(re.findall(r"\b(?:PULSSI|TELEGRAM|SLACK)_[A-Z_]+", (ROOT / ".env.example").read_text("utf-8")))
    assert named == set(NAMES)


def test_the_example_can_be_read_as_it_is_and_gives_the_defaults(tmp_path: Path) -> None:
    example = read(tmp_path, (ROOT / ".env.example").read_text("utf-8"))
    assert example == Settings(_env_file=None)  # type: ignore[call-arg]  # pydantic-settings takes it, its stub does not


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("PULSSI_TIMEZONE=Mars/Base", "PULSSI_TIMEZONE.*Europe/Helsinki"),
        ("PULSSI_TIMEZONE=../etc/passwd", "PULSSI_TIMEZONE"),
        ("PULSSI_LOCALE=de", "PULSSI_LOCALE.*'en', 'fi' or 'sv'"),
        ("PULSSI_CONSENT=maybe", "PULSSI_CONSENT.*'notice' or 'opt-in'"),
        ("PULSSI_SUMMARY_AT=1 09:00", "PULSSI_SUMMARY_AT"),
        ("PULSSI_SUMMARY_AT=mon 25:00", "PULSSI_SUMMARY_AT"),
        ("PULSSI_PRIVACY_URL=javascript:alert(1)", "PULSSI_PRIVACY_URL.*https"),
        ("PULSSI_WEBCHAT_ORIGINS=shop.example.com", "PULSSI_WEBCHAT_ORIGINS.*https"),
        ("PULSSI_WEBCHAT_ORIGINS=https://shop.example.com/path", "PULSSI_WEBCHAT_ORIGINS.*without a path"),
        ("PULSSI_WEBCHAT_SECRET=short", "PULSSI_WEBCHAT_SECRET.*16 characters"),
        ("PULSSI_OWNER_CHANNEL=webchat:owner, mail:boss", "PULSSI_OWNER_CHANNEL.*'mail:boss' is not an address"),
        (
            "PULSSI_OWNER_CHANNEL=slack:C01?team=A,webchat:owner,slack:C01?team=B",
            "PULSSI_OWNER_CHANNEL.*slack:C01 stands in it twice",
        ),
        ("PULSSI_OWNER_CHANNEL=slack:C01,slack:C01", "PULSSI_OWNER_CHANNEL.*slack:C01 stands in it twice"),
        ("PULSSI_SUMMARY_AT=mon 9", r"PULSSI_SUMMARY_AT[^.]*[^.]\.\Z"),
        ("PULSSI_TIMEZON=UTC", "PULSSI_TIMEZON.*PULSSI_TIMEZONE"),
        ("PULSSI_BUSINESS_NAME=" + "x" * 81, "PULSSI_BUSINESS_NAME"),
        ("this is not a setting", "line 1"),
        ('PULSSI_LOCALE="fi', "line 1.*closed quotes"),
        ("=fi", "line 1"),
    ],
)
def test_a_broken_value_is_told_by_its_name(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(BadSettings, match=told) as refused:
        read(tmp_path, f"{line}\n")
    assert "\n" not in str(refused.value)


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"PULSSI_BUSINESS_NAME=\xff\xfe\n")
    with pytest.raises(BadSettings, match="UTF-8"):
        read_settings({}, tmp_path / ".env")


def test_a_file_may_begin_with_a_byte_order_mark_and_hold_lines_in_quotes(tmp_path: Path) -> None:
    found = read(tmp_path, '\ufeffPULSSI_LOCALE=fi\nPULSSI_BUSINESS_NAME="Esimerkki\nOy"\n')
    assert (found.locale, found.business_name) == ("fi", "Esimerkki\nOy")


def test_a_line_that_cannot_be_read_does_not_show_its_secret(tmp_path: Path) -> None:
    with pytest.raises(BadSettings) as refused:
        read(tmp_path, 'PULSSI_WEBCHAT_SECRET="hush-hush-hush\n')
    assert "hush" not in str(refused.value)


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULSSI_LOCALE", "sv")
    assert read(tmp_path, "PULSSI_LOCALE=fi\nPULSSI_TIMEZONE=Europe/Helsinki\n").locale == "sv"


def test_lists_are_separated_by_commas(tmp_path: Path) -> None:
    found = read(tmp_path, "PULSSI_OWNER_CHANNEL=webchat:owner, webchat:boss\n")
    assert found.owner_channel == ("webchat:owner", "webchat:boss")


def test_secrets_do_not_show(tmp_path: Path) -> None:
    found = read(tmp_path, "PULSSI_WEBCHAT_SECRET=hush-hush-hush-hush\nPULSSI_SECRET_KEY=husher\n")
    assert "hush" not in repr(found)
