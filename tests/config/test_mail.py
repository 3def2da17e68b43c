"""Mail is sent by somebody, to somebody, from somebody."""

from pathlib import Path

import pytest

from tests.config.test_loader import RIGHT, load, mistakes

MAIL = "{host: mail.example.com, sender: vm@example.com"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("mailboxes: {s: {email: [a@example.com]}}", "mailboxes.s.email: nothing sends it"),
        (
            f"mail: {MAIL}}}\nmailboxes: {{s: {{email: [ana, a@b.example]}}}}",
            "mailboxes.s.email.0: 'ana' is no address; write e.g. ana@example.com",
        ),
        ("mail: {host: h, sender: us}", "mail.sender: 'us' is no address"),
        (f"mail: {MAIL}, user: u}}", "mail: `user:` and `password_env:` go together"),
        (f"mail: {MAIL}, tls: maybe}}", "mail.tls: "),
    ],
)
def test_each_mistake_is_told(tmp_path: Path, written: str, said: str) -> None:
    text = RIGHT.replace("emergency:", f"{written}\nemergency:", 1)
    (found,) = mistakes(tmp_path, text)
    assert said in found


def test_what_is_right_is_taken(tmp_path: Path) -> None:
    written = (
        f"mail: {MAIL}, user: u, password_env: P}}\nmailboxes: {{s: {{email: [a@b.example]}}}}"
    )
    text = RIGHT.replace("emergency:", f"{written}\nemergency:", 1)
    settings = load(tmp_path, text)
    assert (settings.mail and settings.mail.tls) == "starttls"
    assert settings.mailboxes["s"].email == ("a@b.example",)
