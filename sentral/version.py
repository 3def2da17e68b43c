"""Which Sentral this is."""

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version


def version() -> str:
    """As packaged; "unpackaged" when run from a source tree that was never installed."""
    try:
        return installed_version("sentral")
    except PackageNotFoundError:
        return "unpackaged"
