"""sentral phone"""

import hashlib
from pathlib import Path

import yaml

from tests.sentral.running import configuration, run


def test_the_digests_can_be_pasted_into_the_configuration(tmp_path: Path) -> None:
    path = configuration(tmp_path, sip={"realm": "example"})
    result = run("phone", "digest", "2001", "--password", "s3cret", "--config", str(path))
    assert result.exit_code == 0, result.output
    text = b"2001:example:s3cret"
    assert yaml.safe_load(result.stdout) == {
        "ha1": {
            "MD5": hashlib.md5(text).hexdigest(),
            "SHA-256": hashlib.sha256(text).hexdigest(),
            "SHA-512-256": hashlib.new("sha512_256", text).hexdigest(),
        }
    }


def test_a_realm_given_is_taken(tmp_path: Path) -> None:
    result = run("phone", "digest", "2001", "--password", "s3cret", "--realm", "other")
    assert hashlib.md5(b"2001:other:s3cret").hexdigest() in result.stdout


def test_the_password_is_asked_for_twice_and_not_shown() -> None:
    result = run("phone", "digest", "2001", "--realm", "r", typed="s3cret\ns3cret\n")
    assert result.exit_code == 0, result.output
    assert "s3cret" not in result.output
    assert hashlib.md5(b"2001:r:s3cret").hexdigest() in result.stdout
