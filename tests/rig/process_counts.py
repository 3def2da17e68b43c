"""What the kernel counts of another process, proc(5)."""

import os
from pathlib import Path


def cpu_s(pid: int) -> float:
    """User and system time with all threads."""
    return _ticks(Path(f"/proc/{pid}/stat")) / os.sysconf("SC_CLK_TCK")


def loop_cpu_s(pid: int) -> float:
    """The same of its first thread alone, which runs the loop."""
    return _ticks(Path(f"/proc/{pid}/task/{pid}/stat")) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int) -> float:
    """Resident."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _ticks(stat: Path) -> int:
    fields = stat.read_text(encoding="ascii").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
