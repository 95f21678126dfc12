"""Small Debian systems for other processors, made by unpacking packages: nothing is run to make them."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from device_lab.work import Result, StepError, Words, Work

_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


def unpack(work: Work, name: str, suite: str, architecture: str, packages: Sequence[str]) -> Path:
    """A folder with these packages and all that they depend on."""
    root = work / "roots" / name
    for program in ("apt-get", "dpkg-deb"):
        if not shutil.which(program):
            raise StepError(f"there is no {program} here: Debian or Ubuntu is needed")
    inputs = [suite, architecture, packages, Path(__file__)]
    if not root.exists():
        (work / "results" / f"root-{name}.json").unlink(missing_ok=True)
    work.once(f"root-{name}", inputs, lambda: _unpack(work, root, suite, architecture, packages))
    return root


def sources(work: Work, name: str, suite: str, packages: Sequence[str]) -> list[Path]:
    """Archives of the source of these packages, as their authors published it."""
    folder = work / "downloads" / name
    if not folder.exists():
        apt_get, _ = _apt(work, name, suite, "amd64", "deb-src")
        fresh = folder.with_suffix(".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        work.run(f"apt-{name}-update", [*apt_get, "update"])
        work.run(f"apt-{name}", [*apt_get, "--download-only", "--tar-only", "source", *packages], cwd=fresh)
        fresh.rename(folder)
    return sorted(folder.glob("*.orig.tar.*"))


def _apt(work: Work, name: str, suite: str, architecture: str, kind: str = "deb") -> tuple[Words, Path]:
    """apt-get, asking for packages of one release as if none was installed; and the folder that it keeps."""
    apt = work / "apt" / name
    for folder in ("lists/partial", "archives/partial", "etc"):
        (apt / folder).mkdir(parents=True, exist_ok=True)
    (apt / "status").touch()
    signed = f"[signed-by={_KEYRING}] " if _KEYRING.exists() else ""
    (apt / "sources").write_text(f"{kind} {signed}{_mirror()} {suite} main\n", encoding="utf-8")
    options = {
        "APT::Architecture": architecture,
        "APT::Architectures::": architecture,
        "APT::Install-Recommends": "0",
        "APT::Sandbox::User": "root",  # it may not change to another user where we are not root
        "Acquire::Languages": "none",
        "Dir::Cache": apt,
        "Dir::Etc": apt / "etc",
        "Dir::Etc::sourcelist": apt / "sources",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Log": apt,
        "Dir::State": apt,
        "Dir::State::lists": apt / "lists",
        "Dir::State::status": apt / "status",  # an empty one: nothing counts as installed
    }
    return ["apt-get", "-q", "-y", *(f"-o{key}={value}" for key, value in options.items())], apt


def _unpack(work: Work, root: Path, suite: str, architecture: str, packages: Sequence[str]) -> Result:
    command, apt = _apt(work, root.name, suite, architecture)
    work.run(f"apt-{root.name}-update", [*command, "update"])
    work.run(f"apt-{root.name}", [*command, "--download-only", "install", *packages])
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    for package in sorted((apt / "archives").glob("*.deb")):
        work.run(f"unpack-{root.name}", ["dpkg-deb", "-x", package, root])
    for name in ("bin", "lib", "lib64", "sbin"):
        if not (root / name).exists() and (root / "usr" / name).exists():
            (root / name).symlink_to(f"usr/{name}")
    for library in root.glob("usr/lib/*/*/lib*.so.3"):
        if library.parent.name in ("blas", "lapack"):  # links that installing would have made
            (library.parents[1] / library.name).symlink_to(f"{library.parent.name}/{library.name}")
    return {"packages": len(list((apt / "archives").glob("*.deb")))}


def _mirror() -> str:
    """The Debian mirror that this machine uses, or Debian's own."""
    sources = [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]
    text = "\n".join(path.read_text(errors="replace") for path in sources if path.is_file())
    found = re.findall(r"^(?:URIs:|deb(?: +\[[^]]*\])?) +(\S+/debian/?)(?=\s|$)", text, re.MULTILINE)
    return str(found[0]) if found else "http://deb.debian.org/debian"


_PARTS = {
    "cortex-a7": (7, "0xc07", "half thumb fastmult vfp edsp neon vfpv3 tls vfpv4 idiva idivt vfpd32 lpae"),
    "cortex-a53": (8, "0xd03", "fp asimd evtstrm crc32 cpuid"),
    "cortex-a72": (8, "0xd08", "fp asimd evtstrm crc32 cpuid"),
    "cortex-a76": (8, "0xd0b", "fp asimd evtstrm aes sha1 sha2 crc32 atomics fphp asimdhp asimdrdm asimddp"),
}  # fmt: skip


def board(work: Work, root: Path, cpu: str, cores: int = 4) -> Path:
    """The system on a board: it sees this processor in /proc and /sys, and not the one of this machine.

    onnxruntime looks there when it is loaded, and crashes where it finds an x86's on ARM.
    """
    place = work / "boards" / f"{root.name}-{cpu}"
    shutil.rmtree(place, ignore_errors=True)
    (place / "proc").mkdir(parents=True)
    for part in root.iterdir():
        (place / part.name).symlink_to(os.path.relpath(part, place))
    architecture, number, features = _PARTS[cpu]
    entry = (
        f"BogoMIPS\t: 108.00\nFeatures\t: {features}\nCPU implementer\t: 0x41\n"
        f"CPU architecture: {architecture}\nCPU variant\t: 0x0\nCPU part\t: {number}\nCPU revision\t: 3\n\n"
    )
    (place / "proc" / "cpuinfo").write_text("".join(f"processor\t: {core}\n{entry}" for core in range(cores)))
    cpus = place / "sys" / "devices" / "system" / "cpu"
    cpus.mkdir(parents=True)
    every = f"0-{cores - 1}\n"
    for name, text in {"possible": every, "present": every, "online": every, "kernel_max": "255\n"}.items():
        (cpus / name).write_text(text)
    for core in range(cores):
        for name, text in {
            "topology/physical_package_id": "0\n",
            "topology/core_id": f"{core}\n",
            "topology/core_siblings_list": every,
            "topology/thread_siblings_list": f"{core}\n",
            "cpufreq/cpuinfo_max_freq": "1500000\n",
            "cpufreq/cpuinfo_min_freq": "600000\n",
            "cache/index0/level": "1\n",
            "cache/index0/size": "32K\n",
            "cache/index0/shared_cpu_list": f"{core}\n",
            "cache/index1/level": "2\n",
            "cache/index1/size": "512K\n",
            "cache/index1/shared_cpu_list": every,
        }.items():
            (cpus / f"cpu{core}" / name).parent.mkdir(parents=True, exist_ok=True)
            (cpus / f"cpu{core}" / name).write_text(text)
    return place
