"""Builds linnet._core, the native part of linnet, from csrc/, and says what runs models on a platform.

Everything else about the package stands in pyproject.toml. This file exists because neither a stable-ABI
extension with per-compiler flags nor requirements that depend on the wheel can be described there.
"""

import bz2
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from glob import glob
from pathlib import Path

from Cython.Compiler import Options
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

# One wheel serves every CPython from 3.11 on. Free-threaded builds have no stable ABI yet.
LIMITED_API = not sysconfig.get_config_var("Py_GIL_DISABLED")

# A fused multiply-add rounds once where two operations round twice. Compilers fuse on ARM but not on every
# x86, and one seed would then play different notes there: they are told not to. Nobody traps floating-point
# exceptions here; as long as gcc thinks that somebody might, it makes no vector code of strict_exp.
if os.name == "nt":
    FLAGS = ["/O2", "/std:c11", "/fp:precise", "/W3"]
else:
    FLAGS = ["-O3", "-std=c11", "-ffp-contract=off", "-fno-trapping-math", "-fvisibility=hidden", "-g0"]
    FLAGS += ["-fno-asynchronous-unwind-tables", "-fno-unwind-tables", "-Wall", "-Wextra"]

# What no token waits for is made small: it is most of the library.
SMALL = (
    "_core.c",
    "ort.c",
    "snapshot.c",
    "section.c",
    "judge.c",
    "judge_tune.c",
    "judge_parts.c",
    "onnx.c",
    "exact.c",
    "protobuf.c",
)

# clang goes further than its own -Os: the library is a twelfth smaller. zig would take -Oz for -Os.
SMALLEST = ("-Xclang", "-Oz")

# For the stable ABI Cython looks these flags up in `inspect`, at a twentieth of the time until a tune is
# on disk. They have been the same for as long as Python has had them.
CODE_FLAGS = {
    "CO_OPTIMIZED": 1,
    "CO_NEWLOCALS": 2,
    "CO_VARARGS": 4,
    "CO_VARKEYWORDS": 8,
    "CO_GENERATOR": 32,
    "CO_COROUTINE": 128,
    "CO_ASYNC_GENERATOR": 512,
}

# 32-bit ARM may lack NEON, so that the rest goes without; the core looks before it uses it.
NARROW_ARM = sysconfig.get_platform().endswith(("-armv7l", "-armv8l")) or (
    sysconfig.get_platform() == "linux-aarch64" and sys.maxsize < 2**32
)
NEON = ["-mfpu=neon"] if NARROW_ARM else []
Options.docstrings = False  # of a private module; they stay in the source


class BuildExt(build_ext):
    """Makes SMALL small; distutils knows only flags for all sources of an extension."""

    def finalize_options(self) -> None:
        """Generated C stays out of csrc/, where the next build would take it for a source."""
        super().finalize_options()
        self.cython_c_in_temp = True

    def build_extensions(self) -> None:
        """Wraps what compiles one source, where there is such a thing: MSVC is left as it is."""
        compile_one = self.compiler._compile if self.compiler.compiler_type == "unix" else None
        small = ["-Os", *SMALLEST] if compile_one and is_clang(self.compiler.compiler_so) else ["-Os"]

        def compile_small(made, source, extension, options, flags, preprocessor):
            more = [*small] if Path(source).name in SMALL else []
            if Path(source).name == "_core.c" and LIMITED_API and without_inspect(Path(source)):
                more += ["-Wno-unused-function", *(f"-D{name}={value}" for name, value in CODE_FLAGS.items())]
            more += NEON if Path(source).name == "neon.c" else []
            compile_one(made, source, extension, options, [*flags, *more], preprocessor)

        if compile_one:
            self.compiler._compile = compile_small
        self.extensions[0].sources.append(compiled_from(Path(self.build_temp)))
        super().build_extensions()


def is_clang(compiler: list[str]) -> bool:
    """Whether a compiler says so of itself, as zig does too."""
    said = subprocess.run([*compiler, "--version"], capture_output=True, text=True, check=False).stdout
    return "clang" in said


def compiled_from(folder: Path) -> str:
    """A source with the hash of all the others: machines that share work ask each other for it."""
    found = hashlib.sha256()
    for path in sorted(path for path in Path("csrc").rglob("*") if path.is_file()):
        found.update(path.as_posix().encode())
        found.update(path.read_bytes().replace(b"\r\n", b"\n"))
    text, file = f'const char linnet_sources[] = "{found.hexdigest()}";\n', folder / "sources.c"
    if not file.is_file() or file.read_text() != text:
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return str(file)


def without_inspect(source: Path) -> bool:
    """Whether it needs nothing of `inspect` but CODE_FLAGS, and so imports it no more."""
    text = source.read_text(encoding="utf-8")
    wanted = set(re.findall(r'_init_co_variable\(inspect, "(\w+)"', text))
    if not wanted or not wanted <= CODE_FLAGS.keys():
        return False  # another Cython
    found = text.replace('PyImport_ImportModule("inspect")', 'PyImport_ImportModule("sys")')
    source.write_text(found, encoding="utf-8")
    return True


class BuildPy(build_py):
    """Packs the studio's page into one file: together its files are a third smaller than one by one."""

    def run(self) -> None:
        super().run()
        page = Path(self.build_lib, "linnet", "studio", "page")
        if self.editable_mode or not page.is_dir():
            return
        names = sorted(path.name for path in page.iterdir())
        names.sort(key=lambda name: Path(name).suffix)  # what is alike stands together
        files = {name: plain((page / name).read_text(encoding="utf-8")) for name in names}
        packed = json.dumps(files, ensure_ascii=False, separators=(",", ":")).encode()
        page.with_name("page.bz2").write_bytes(bz2.compress(packed))
        shutil.rmtree(page)


def plain(text: str) -> str:
    """Without indents and without comments that have a line of their own."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith(("//", "/**")))


def engine() -> list[str]:
    """What pip installs to run models on the platform that the wheel is for.

    Markers cannot tell musl from glibc, nor a 32-bit Python on a 64-bit kernel, and would ask for wheels that
    do not exist there; the platform of a wheel can. docs/decisions/build.md has more.
    """
    platform = sysconfig.get_platform()  # of the target, also when cross-compiling
    cross = "_PYTHON_HOST_PLATFORM" in os.environ
    musl = "musl" in (platform if cross else sysconfig.get_config_var("SOABI") or "")
    if musl or NARROW_ARM or (not cross and sys.maxsize < 2**32):
        return []  # nobody builds onnxruntime for it; linnet's own engine plays
    # 1.21 stops with an illegal instruction on a Raspberry Pi 4; 1.23 is the last for Intel Macs.
    accepted, machines = "onnxruntime>=1.20,!=1.21.*", "x86_64 AMD64 aarch64 arm64 ARM64"
    not_older_mac = "(sys_platform != 'darwin' or platform_machine == 'arm64')"
    older_mac = "sys_platform == 'darwin' and platform_machine == 'x86_64' and python_version < '3.14'"
    return [
        f"{accepted}; platform_machine in '{machines}' and {not_older_mac}",
        f"{accepted},<1.24; {older_mac}",
    ]


core = Extension(
    "linnet._core",
    sources=["csrc/binding/_core.pyx", *sorted(glob("csrc/*.c") + glob("csrc/native/*.c"))],
    # An edit of these rebuilds, and the sdist carries them.
    depends=["setup.py", *sorted(glob("csrc/*.h") + glob("csrc/native/*.h") + glob("csrc/binding/*.px[di]"))],
    include_dirs=["csrc", "csrc/binding"],
    define_macros=[("Py_LIMITED_API", "0x030B0000")] * LIMITED_API + [("LINNET_NEON", "1")] * NARROW_ARM,
    py_limited_api=LIMITED_API,
    extra_compile_args=FLAGS,
    libraries=["dl"] if sys.platform == "linux" else [],  # part of libc itself only since glibc 2.34
)

setup(
    install_requires=["mido", "numpy", *engine()],
    ext_modules=[core],
    cmdclass={"build_ext": BuildExt, "build_py": BuildPy},
    options={"bdist_wheel": {"py_limited_api": "cp311"} if LIMITED_API else {}},
)
