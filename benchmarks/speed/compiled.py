"""Parts of linnet's core with a loop in C around them, without Python in between."""

import ctypes
import shlex
import subprocess
import sysconfig
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[2]


def compiled(name: str, core: Iterable[Path], folder: Path) -> ctypes.CDLL:
    """NAME.c of this folder with some of the core, compiled as setup.py does."""
    compiler = shlex.split(sysconfig.get_config_var("CC") or "cc")
    flags = ["-O3", "-std=c11", "-ffp-contract=off", "-fno-trapping-math", "-fPIC", "-shared"]
    library, source = folder / f"{name}.so", Path(__file__).with_name(f"{name}.c")
    subprocess.run([*compiler, *flags, f"-I{ROOT / 'csrc'}", source, *core, "-o", library], check=True)
    return ctypes.CDLL(str(library))
