"""Builds linnet._core, the native part of linnet, from csrc/.

Everything else about the package stands in pyproject.toml. This file exists because a stable-ABI
extension with per-compiler flags cannot be described there.
"""

import os
import sys
import sysconfig
from glob import glob

from setuptools import Extension, setup

# One wheel serves every CPython from 3.11 on. Free-threaded builds have no stable ABI yet.
LIMITED_API = not sysconfig.get_config_var("Py_GIL_DISABLED")

# A fused multiply-add rounds once where two operations round twice. Compilers fuse on ARM but not on every
# x86, and one seed would then play different notes there: they are told not to. Nobody traps floating-point
# exceptions here; as long as gcc thinks that somebody might, it makes no vector code of strict_exp.
if os.name == "nt":
    FLAGS = ["/O2", "/std:c11", "/fp:precise", "/W3"]
else:
    FLAGS = ["-O3", "-std=c11", "-ffp-contract=off", "-fno-trapping-math", "-fvisibility=hidden", "-g0"]
    FLAGS += ["-Wall", "-Wextra"]

core = Extension(
    "linnet._core",
    sources=["csrc/_core.pyx", *sorted(glob("csrc/*.c"))],
    depends=sorted(glob("csrc/*.h") + glob("csrc/*.pxi")),  # an edit rebuilds, and the sdist carries them
    include_dirs=["csrc"],
    define_macros=[("Py_LIMITED_API", "0x030B0000")] if LIMITED_API else [],
    py_limited_api=LIMITED_API,
    extra_compile_args=FLAGS,
    libraries=["dl"] if sys.platform == "linux" else [],  # part of libc itself only since glibc 2.34
)

setup(
    ext_modules=[core],
    options={
        "build_ext": {"cython_c_in_temp": True},  # generated C stays out of csrc/
        "bdist_wheel": {"py_limited_api": "cp311"} if LIMITED_API else {},
    },
)
