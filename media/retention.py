"""How long recordings are kept."""

from pathlib import Path
from typing import Final

DAY_S: Final = 86_400.0


def remove_older(folder: Path, *, kept_days: float, now_s: float) -> list[Path]:
    """Remove recordings last written before that many days. Blocks: belongs in a thread.

    Args:
        folder: with its subfolders; nothing but `.wav` files is touched, and no link is followed.
        kept_days: age that a recording may reach.
        now_s: seconds since 1970.

    Returns:
        What was removed. A file that cannot be removed stays until the next time.
    """
    removed = []
    for path in sorted(folder.rglob("*.wav")):
        try:
            too_old = path.lstat().st_mtime < now_s - kept_days * DAY_S
            if too_old and path.is_file() and not path.is_symlink():
                path.unlink()
                removed.append(path)
        except OSError:
            continue
    return removed
