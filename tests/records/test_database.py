"""Database addresses, and which trouble passes by itself."""

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from records.database import checked_url, is_away


@pytest.mark.parametrize(
    "url", ["sqlite:///var/sentral.db", "postgresql+psycopg://u:p@127.0.0.1/sentral"]
)
def test_known_databases(url: str) -> None:
    assert checked_url(url).render_as_string(hide_password=False) == url


@pytest.mark.parametrize(
    "url", ["", "nonsense", "mysql://u:s3cret@h/x", "postgresql://u:s3cret@h/x"]
)
def test_others_are_refused_without_showing_the_password(url: str) -> None:
    with pytest.raises(ValueError, match="sqlite:///") as refused:
        checked_url(url)
    assert "s3cret" not in str(refused.value)


def test_only_passing_trouble_is_away() -> None:
    locked, wrong = Exception("locked"), Exception("duplicate")
    assert is_away(OperationalError("", {}, locked))
    assert is_away(OSError("disk"))
    assert not is_away(IntegrityError("", {}, wrong))
    assert is_away(IntegrityError("", {}, wrong, connection_invalidated=True))
    assert not is_away(AssertionError())
