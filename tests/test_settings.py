"""Settings: what is wrong is said with its line and the nearest name; a password never stands in the open."""

from pathlib import Path

import pytest

from newsletter.errors import SettingsError
from newsletter.i18n import speaking
from newsletter.settings import read_settings, seconds


def write(folder: Path, text: str) -> Path:
    path = folder / "newsletter.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return folder


def test_an_empty_file_gives_the_defaults(tmp_path: Path) -> None:
    settings = read_settings(write(tmp_path, ""))
    assert settings.smtp.security == "starttls"
    assert settings.store.url == "sqlite:///var/newsletter.db"


def test_a_folder_without_settings_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(tmp_path)
    assert "newsletter init" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[smtp]\nhots = 'x'", 2, ("smtp.hots", "host")),
        ("[site]\ntitle = 'x'\ntimezne = 'UTC'", 3, ("site.timezne", "timezone")),
        ("[lists.members]\ntitle = 'x'\nfrom = 'a@b.org'\nreplyto = 'x'", 4, ("replyto", "reply_to")),
        ("[stie]\nurl = 'x'", 1, ("stie", "site")),
        ("[smtp]\nport = 'many'", 2, ("smtp.port",)),
        ("[site]\ntimezone = 'Mars/Base'", 2, ("Mars/Base",)),
        ("[site]\nurl = 'www.imagine.org'", 2, ("https://",)),
        ("[delivery]\ngive_up = 'soon'", 2, ("soon", "48h")),
        ("[content]\ncopies_url = 'images'", 2, ("content.copies_url", "https://")),
        ("[content]\nimages = 'copies'", 2, ("content.images", "'site', 'copy'")),
        ("[site\n", 1, ("not TOML",)),
        ("[smtp]\nport = 25\nport = 26", 3, ("twice",)),
        ("[delivery]\nretry = []", 2, ("one duration at least",)),
        ('[lists.m]\ntitle = "x"\nfrom = "a\\r\\nBcc: x@y.z <a@b.org>"', 3, ("control character",)),
        ("[smtp]\nport = 99999", 2, ("smtp.port", "65535 or less")),
        ("[smtp]\nallow_plain = 'maybe'", 2, ("true or false",)),
        ("[smtp]\nsecurity = 'startls'", 2, ("'starttls', 'tls', 'none'",)),
    ],
)
def test_a_mistake_is_said_with_its_line_and_the_nearest_name(
    tmp_path: Path, text: str, line: int, words: tuple[str, ...]
) -> None:
    with speaking("en"), pytest.raises(SettingsError) as caught:
        read_settings(write(tmp_path, text))
    error = caught.value
    assert error.where is not None
    assert error.where.line == line
    for word in words:
        assert word in f"{error.message} {error.hint}"


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSLETTER_SMTP__PASSWORD", "hunter2")
    monkeypatch.setenv("NEWSLETTER_SMTP__PORT", "2525")
    settings = read_settings(write(tmp_path, "[smtp]\nport = 25\n"))
    assert settings.smtp.port == 2525
    assert settings.smtp.password.get_secret_value() == "hunter2"


def test_a_variable_may_say_a_list_or_a_whole_section_in_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSLETTER_DELIVERY__RETRY", '["1m", "2m"]')
    monkeypatch.setenv("NEWSLETTER_SITE", '{"title": "Imagine"}')
    monkeypatch.setenv("NEWSLETTER_LISTS__MEMBERS__FROM", "b@example.org")
    monkeypatch.setenv("NEWSLETTER_LANG", "fr")
    monkeypatch.setenv("NEWSLETTER_SMTP__PASSWORD", '["sésame"]')
    lists = "[lists.members]\ntitle = 'x'\nfrom = 'a@example.org'\n"
    settings = read_settings(write(tmp_path, f"[site]\nlanguage = 'en'\n{lists}"))
    assert settings.delivery.retry == ("1m", "2m")
    assert settings.smtp.password.get_secret_value() == '["sésame"]'
    assert (settings.site.title, settings.site.language) == ("Imagine", "en")
    assert (settings.lists["members"].from_, settings.lists["members"].title) == ("b@example.org", "x")


def test_a_misspelt_variable_is_a_mistake_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSLETTER_SMTP__HOTS", "mail.example.org")
    with pytest.raises(SettingsError) as caught:
        read_settings(write(tmp_path, ""))
    assert str(caught.value.where) == "NEWSLETTER_SMTP__HOTS"


def test_a_password_is_never_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSLETTER_SMTP__PASSWORD", "hunter2")
    settings = read_settings(write(tmp_path, ""))
    assert "hunter2" not in repr(settings) + str(settings) + str(vars(settings.smtp))


def test_a_password_in_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "[smtp]\npassword = 'hunter2'\n")
    (tmp_path / "newsletter.toml").chmod(0o644)
    with pytest.raises(SettingsError) as caught:
        read_settings(tmp_path)
    assert "hunter2" not in str(caught.value)
    assert caught.value.where is not None and caught.value.where.line == 2


def test_a_password_in_a_file_that_git_keeps_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    with pytest.raises(SettingsError):
        read_settings(write(tmp_path, "[smtp]\npassword = 'hunter2'\n"))


def test_a_password_in_a_private_file_outside_git_is_read(tmp_path: Path) -> None:
    settings = read_settings(write(tmp_path, "[smtp]\npassword = 'hunter2'\n"))
    assert settings.smtp.password.get_secret_value() == "hunter2"


def test_sending_in_clear_to_another_machine_must_be_said_on_purpose(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(write(tmp_path, "[smtp]\nhost = 'mail.example.org'\nsecurity = 'none'\n"))
    assert caught.value.where is not None and caught.value.where.line == 3
    read_settings(write(tmp_path, "[smtp]\nhost = 'mail.example.org'\nsecurity = 'none'\nallow_plain = true\n"))
    read_settings(write(tmp_path, "[smtp]\nhost = '127.0.0.1'\nsecurity = 'none'\n"))


def test_durations() -> None:
    assert [seconds(text) for text in ("90s", "5m", "2h", "2d")] == [90, 300, 7200, 172800]
    with pytest.raises(ValueError, match="5 minutes"):
        seconds("5 minutes")


def test_a_variable_is_blamed_for_its_own_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSLETTER_SMTP__PORT", "many")
    with pytest.raises(SettingsError) as caught:
        read_settings(write(tmp_path, "[smtp]\nport = 25\n"))
    assert str(caught.value.where) == "NEWSLETTER_SMTP__PORT"


def test_a_variable_of_a_whole_section_must_hold_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSLETTER_SITE", "{bad")
    with pytest.raises(SettingsError) as caught:
        read_settings(write(tmp_path, ""))
    assert str(caught.value.where) == "NEWSLETTER_SITE"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[dkim]\ndomain = 'a.org'", "domain and selector"),
        ("[dkim]\nselector = 'a'", "domain and selector"),
        ("[dkim]\ned25519_selector = 'a'", "beside an RSA key"),
        ("[dkim]\ndomain = 'a.org'\nselector = 'a'\ned25519_selector = 'a'", "one selector"),
        ("[dkim]\ndomain = 'a.org; d=b.org'\nselector = 'a'", "not a name of the DNS"),
        ("[dkim]\ndomain = 'a.org'\nselector = '../a'", "not a name of the DNS"),
    ],
)
def test_half_a_signature_is_refused_in_one_line(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(write(tmp_path, text))
    assert words in caught.value.message
    assert caught.value.where is not None
    assert caught.value.where.line


RELAYS = """
[smtp]
username = "imagine"
password = "common"
connections = 4

[smtp.main]
host = "smtp.one.example"
share = 3

[smtp.second]
host = "smtp.two.example"
port = 2525
username = "other"
"""


def test_each_relay_has_a_table_over_what_they_have_in_common(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read_settings(write(tmp_path, RELAYS))
    servers = settings.smtp.servers
    assert list(servers) == ["main (smtp.one.example:587)", "second (smtp.two.example:2525)"]
    main, second = servers.values()
    assert (main.username, main.share, main.connections) == ("imagine", 3, 4)
    assert main.password.get_secret_value() == "common"
    assert second.password.get_secret_value() == "", "one server is not told another user's password"
    monkeypatch.setenv("NEWSLETTER_SMTP__SECOND__PASSWORD", "hunter2")
    again = read_settings(tmp_path).smtp.relays["second"]
    assert again.password.get_secret_value() == "hunter2"
    assert again.password_variable == "NEWSLETTER_SMTP__SECOND__PASSWORD"
    assert settings.smtp.password_variable == "NEWSLETTER_SMTP__PASSWORD"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[smtp.main]\nhost = 'a.org'\nprot = 25", 3, "smtp.main.prot"),
        ("[smtp.main]\nhost = 'a.org'\nsecurity = 'none'", 3, "in clear to a.org"),
        ("[smtp.main]\nport = 25", 1, "no host"),
        ("[smtp.Main-1]\nhost = 'a.org'", 1, "does not name a relay"),
        ("[smtp.main]\nhost = 'a.org'\nshare = 0", 3, "smtp.main.share"),
        ("[delivery]\nramp_up = '10m'", 1, "rate or rate_per_minute"),
        ("[delivery.domains]\n'gmail.com' = 0", 1, "above 0"),
        ("[delivery.domains]\n'@gmail' = 1", 1, "not a domain"),
    ],
)
def test_a_mistake_about_relays_or_pace_is_said_where_it_stands(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    with speaking("en"), pytest.raises(SettingsError) as caught:
        read_settings(write(tmp_path, text))
    assert words in caught.value.message
    assert caught.value.where is not None and caught.value.where.line == line


def test_a_password_of_one_relay_in_a_shared_file_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "[smtp.main]\nhost = 'a.org'\npassword = 'hunter2'\n")
    (tmp_path / "newsletter.toml").chmod(0o644)
    with pytest.raises(SettingsError) as caught:
        read_settings(tmp_path)
    assert "NEWSLETTER_SMTP__MAIN__PASSWORD" in (caught.value.hint or "")
