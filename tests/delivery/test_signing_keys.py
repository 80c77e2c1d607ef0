"""The keys of the signature: made once, never overwritten, never where others read them."""

import subprocess

import pytest

from newsletter.delivery.signing_keys import key_file, make_key, read_keys
from newsletter.errors import RefusedError, SettingsError
from newsletter.settings import Dkim

DOMAIN = "imagine.example"
RSA = Dkim(domain=DOMAIN, selector="lettre")


@pytest.fixture
def var(tmp_path):
    return tmp_path / "var"


def make(var, selector="lettre", **kind):
    return make_key(key_file(selector, var=var), domain=DOMAIN, selector=selector, **kind)


def test_a_key_is_read_back_as_it_was_made(var):
    made = [make(var), make(var, "court", ed25519=True)]
    read = read_keys(Dkim(domain=DOMAIN, selector="lettre", ed25519_selector="court"), root=var.parent, var=var)
    assert [key.record for key in read] == [key.record for key in made]
    assert [key.record_name for key in read] == [f"lettre._domainkey.{DOMAIN}", f"court._domainkey.{DOMAIN}"]


def test_openssl_knows_the_same_public_key(var):
    made = make(var)
    done = subprocess.run(
        ["openssl", "pkey", "-in", key_file("lettre", var=var), "-pubout"], capture_output=True, check=True, text=True
    )
    assert "".join(done.stdout.splitlines()[1:-1]) == made.public


def test_nobody_else_can_read_a_key_or_its_folder(var):
    make(var)
    modes = [oct(path.stat().st_mode & 0o777) for path in (var, var / "dkim", key_file("lettre", var=var))]
    assert modes == ["0o700", "0o700", "0o600"]


def test_a_key_is_never_overwritten(var):
    make(var)
    before = key_file("lettre", var=var).read_bytes()
    with pytest.raises(RefusedError) as caught:
        make(var)
    assert "--selector" in (caught.value.hint or "")
    assert key_file("lettre", var=var).read_bytes() == before
    assert len(list((var / "dkim").iterdir())) == 1


def test_a_key_that_others_can_read_is_refused(var):
    make(var)
    key_file("lettre", var=var).chmod(0o640)
    with pytest.raises(SettingsError) as caught:
        read_keys(RSA, root=var.parent, var=var)
    assert "chmod 600" in (caught.value.hint or "")


def test_a_key_that_git_would_keep_is_refused(var):
    (var.parent / ".git").mkdir()
    make(var)
    assert read_keys(RSA, root=var.parent, var=var)
    key_file("lettre", var=var).rename(var.parent / "lettre.pem")
    with pytest.raises(SettingsError, match="git"):
        read_keys(RSA.changed(key="lettre.pem"), root=var.parent, var=var)


@pytest.mark.parametrize(
    "content", [b"", b"a password", b"-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n"]
)
def test_a_file_that_is_no_key_is_one_line(var, content):
    make(var)
    key_file("lettre", var=var).write_bytes(content)
    with pytest.raises(SettingsError, match="private key"):
        read_keys(RSA, root=var.parent, var=var)


def test_a_missing_key_says_how_to_make_one(var):
    with pytest.raises(SettingsError) as caught:
        read_keys(RSA, root=var.parent, var=var)
    assert "newsletter dkim new" in (caught.value.hint or "")


def test_each_kind_of_key_has_its_own_place(var):
    make(var, ed25519=True)
    with pytest.raises(SettingsError, match="private key"):
        read_keys(RSA, root=var.parent, var=var)


def test_a_short_rsa_key_is_refused(var):
    make(var)
    path = key_file("lettre", var=var)
    subprocess.run(["openssl", "genrsa", "-out", path, "512"], capture_output=True, check=True)
    with pytest.raises(SettingsError, match="private key"):
        read_keys(RSA, root=var.parent, var=var)
