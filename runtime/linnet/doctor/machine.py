"""What a look around tells about the machine: system, processor, memory, sound fonts."""

import contextlib
import os
import platform
import struct
import sys
from pathlib import Path
from typing import Any

Facts = dict[str, Any]
"""Plain data: what json.dumps takes."""

_FAST = {
    "avx2": "AVX2",
    "avx512f": "AVX-512",
    "avx_vnni": "VNNI",
    "avx512_vnni": "VNNI",
    "neon": "NEON",
    "asimd": "NEON",
    "asimddp": "dot products",
    "i8mm": "8-bit matrices",
}
"""Flags in /proc/cpuinfo of what makes a model fast, on x86 and on ARM, and what people call it."""

_ARM_PARTS = {
    "0xc07": "Cortex-A7",
    "0xd03": "Cortex-A53",
    "0xd05": "Cortex-A55",
    "0xd07": "Cortex-A57",
    "0xd08": "Cortex-A72",
    "0xd09": "Cortex-A73",
    "0xd0a": "Cortex-A75",
    "0xd0b": "Cortex-A76",
    "0xd0c": "Neoverse-N1",
    "0xd41": "Cortex-A78",
}
"""Processors of small boards, by their part number; Linux on ARM does not tell the name."""


def python() -> Facts:
    """The Python that runs."""
    return {
        "version": platform.python_version(),
        "implementation": platform.python_implementation(),
        "bits": 8 * struct.calcsize("P"),
        "executable": sys.executable,
    }


def system() -> Facts:
    """Operating system, C library, and the board's name where it has one."""
    name = f"{platform.system()} {platform.release()}"
    with contextlib.suppress(OSError, KeyError):
        name = f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {name}"
    return {
        "name": name,
        "machine": platform.machine(),
        "libc": " ".join(platform.libc_ver()).strip() or None,
        "board": _text("/proc/device-tree/model").rstrip("\0 \n") or None,
    }


def cpu() -> Facts:
    """Name, cores that may be used, and what makes it fast; name None where nothing tells it."""
    lines = [line.partition(":") for line in _text("/proc/cpuinfo").splitlines()]
    told = {key.strip(): value.strip() for key, _, value in lines}
    flags = set((told.get("flags") or told.get("Features") or "").split())
    name = _ARM_PARTS.get(told.get("CPU part", "")) or told.get("model name")
    if sys.platform != "linux":
        name = platform.processor() or None
    return {
        "name": name,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "features": list(dict.fromkeys(word for flag, word in _FAST.items() if flag in flags)),
    }


def memory() -> Facts:
    """Bytes, in all and free for new programs; None where the system does not tell."""
    told = {line.partition(":")[0]: line.split()[1] for line in _text("/proc/meminfo").splitlines()}
    total = 1024 * int(told["MemTotal"]) if "MemTotal" in told else None
    if total is None and "SC_PHYS_PAGES" in getattr(os, "sysconf_names", {}):
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "total_bytes": total,
        "available_bytes": 1024 * int(told["MemAvailable"]) if "MemAvailable" in told else None,
    }


def _text(path: str) -> str:
    """What the kernel tells; nothing where it does not."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
