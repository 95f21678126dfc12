"""Python for systems whose C library is musl. No index has one, so Debian's source of it is built by zig."""

from __future__ import annotations

import inspect
import shutil
import sys
import tarfile
from pathlib import Path

from device_lab import debian
from device_lab.work import Result, StepError, Words, Work

VERSION = "3.11"
_SUITE = "bookworm"  # has the source of that version
_DEBIAN = {"x86_64": "amd64", "aarch64": "arm64"}
_ZLIB = "adler32 compress crc32 deflate inffast inflate inftrees trees uncompr zutil"
_LEFT_OUT = (  # modules that need libraries, or headers that Python looks for on the build machine
    "_bz2 _crypt _ctypes _curses _curses_panel _dbm _gdbm _hashlib _lzma _sqlite3 _ssl _tkinter _uuid "
    "audioop nis ossaudiodev readline spwd xxlimited xxlimited_35"
)


def loader(work: Work, machine: str) -> Path:
    """Musl's own loader, which is its C library too, from Debian's package."""
    architecture = _DEBIAN[machine]
    root = debian.unpack(work, f"musl-{architecture}", _SUITE, architecture, ["musl"])
    return root / "lib" / f"ld-musl-{machine}.so.1"


def python(work: Work, machine: str) -> Path:
    """A folder with bin/python3.11 and its library, which may be moved and copied."""
    folder = work / "roots" / f"python-{machine}-musl"
    interpreter = loader(work, machine)
    inputs = [machine, str(interpreter), _LEFT_OUT, inspect.getsource(_build)]
    if not (folder / "bin").exists():
        (work / "results" / f"{folder.name}.json").unlink(missing_ok=True)
    work.once(folder.name, inputs, lambda: _build(work, machine, interpreter, folder))
    return folder


def _build(work: Work, machine: str, interpreter: Path, folder: Path) -> Result:
    native = shutil.which(f"python{VERSION}") or str(Path(sys.base_prefix, "bin", f"python{VERSION}"))
    if not Path(native).exists():
        raise StepError(f"Python {VERSION} is needed to build Python {VERSION} for another system")
    build = work / "build" / folder.name
    shutil.rmtree(build, ignore_errors=True)
    sources = debian.sources(work, "musl-python", _SUITE, [f"python{VERSION}", "zlib"])
    for archive in sources:
        with tarfile.open(archive) as tar:
            tar.extractall(build, filter="data")
    (code,) = build.glob("[Pp]ython*")
    (zlib,) = build.glob("zlib*")
    compiler = f"{sys.executable} -m ziglang cc -target {machine}-linux-musl -dynamic"
    archiver = f"{sys.executable} -m ziglang ar"
    env = {"ZIG_GLOBAL_CACHE_DIR": str(work / "zig")}
    for name in _ZLIB.split():
        command: Words = [*compiler.split(), "-O1", "-fPIC", "-w", "-c", f"{name}.c", "-o", f"{name}.o"]
        work.run(f"{folder.name}-zlib", command, env=env, cwd=zlib)
    objects = [f"{name}.o" for name in _ZLIB.split()]
    work.run(f"{folder.name}-libz", [*archiver.split(), "rcs", "libz.a", *objects], env=env, cwd=zlib)
    configure: Words = [
        code / "configure",
        f"--host={machine}-linux-musl",
        "--build=x86_64-linux-gnu",
        f"--with-build-python={native}",
        f"--prefix={folder}",
        "--disable-ipv6",
        "--disable-test-modules",
        "--without-ensurepip",
        "ac_cv_file__dev_ptmx=no",  # what cannot be looked up on another system
        "ac_cv_file__dev_ptc=no",
        "ac_cv_buggy_getaddrinfo=no",
        "ac_cv_func_preadv2=no",  # in zig's musl, and in no older one
        "ac_cv_func_pwritev2=no",
        f"CC={compiler}",
        f"AR={archiver}",
        "READELF=true",  # asked for and not used
        "PKG_CONFIG=false",
        "OPT=-O1 -g0 -DNDEBUG -fwrapv -w -Wno-error=date-time",
        f"ZLIB_CFLAGS=-I{zlib}",
        f"ZLIB_LIBS=-L{zlib} -lz",
        f"LDFLAGS=-s -Wl,-dynamic-linker,{interpreter}",
    ]
    work.run(f"{folder.name}-configure", configure, env=env, cwd=code)
    listed = (code / "Modules" / "Setup.stdlib").read_text().splitlines()
    kept = [line for line in listed if line.split(" ")[0] not in _LEFT_OUT.split()]
    modules = "\n".join([*kept, "*disabled*", *_LEFT_OUT.split(), ""])
    (code / "Modules" / "Setup.local").write_text(modules)
    work.run(f"{folder.name}-make", ["make", "-s", "-j2"], env=env, cwd=code)
    shutil.rmtree(folder, ignore_errors=True)
    work.run(f"{folder.name}-install", ["make", "-s", "install"], env=env, cwd=code)
    shutil.rmtree(build)
    return {"python": code.name}
