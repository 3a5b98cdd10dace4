"""Fills `bundled/libs` with Referee and the pure-Python libraries it needs on every Python.

    python scripts/bundle_libs.py [--target linux-x64] [--upgrade]

`bundled/requirements.txt` names every library with the checksum of its file, so that two builds
carry the same. It is written anew when it no longer fits what pyproject.toml asks for, or with
`--upgrade`. With a target for which a compiled parser exists, that goes into `bundled/compiled`.

A library is wanted if any supported Python wants it: pip alone would ask only for what the
Python needs that runs it.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from email.parser import HeaderParser
from pathlib import Path
from zipfile import ZipFile

from pip._vendor.packaging.requirements import Requirement
from pip._vendor.packaging.utils import canonicalize_name, parse_wheel_filename

CLIENT = Path(__file__).resolve().parent.parent
ROOT = CLIENT.parent
BUNDLED = CLIENT / "bundled"
REQUIREMENTS = BUNDLED / "requirements.txt"
REQUIREMENTS_OF_COMPILED = BUNDLED / "requirements-compiled.txt"
OLDEST = "3.10"
PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
SYSTEMS = (("linux", "Linux", "posix"), ("darwin", "Darwin", "posix"), ("win32", "Windows", "nt"))

# The platforms of the wheels that fit a target of the extension.
PLATFORMS = {
    "linux-x64": ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"),
    "linux-arm64": ("manylinux_2_28_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64"),
    "darwin-arm64": ("macosx_11_0_arm64",),
}


def main() -> None:
    """Fill the folders that a package for the target carries."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--target", choices=sorted(PLATFORMS))
    parser.add_argument("--upgrade", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wheels = Path(folder)
        own = build_referee(wheels)
        if options.upgrade or not fits(own):
            write_requirements(own, wheels)
        fill(own)
    shutil.rmtree(BUNDLED / "compiled", ignore_errors=True)
    if options.target is not None:
        fill_compiled(options.target)


# --- What is wanted -----------------------------------------------------------------------------


def needs(wheel: Path) -> Iterator[Requirement]:
    """Yield what a wheel needs on any supported Python, without its extras."""
    with ZipFile(wheel) as archive:
        name = next(n for n in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", n))
        metadata = HeaderParser().parsestr(archive.read(name).decode())
    for line in metadata.get_all("Requires-Dist") or ():
        requirement = Requirement(line)
        if requirement.marker is None or any(map(requirement.marker.evaluate, environments())):
            yield requirement


def environments() -> Iterator[dict[str, str]]:
    for python in PYTHONS:
        for platform, system, family in SYSTEMS:
            yield {
                "python_version": python,
                "python_full_version": f"{python}.0",
                "implementation_name": "cpython",
                "platform_python_implementation": "CPython",
                "sys_platform": platform,
                "platform_system": system,
                "os_name": family,
                "extra": "",
            }


def pinned() -> dict[str, str]:
    """Return the version of each library that `requirements.txt` names."""
    if not REQUIREMENTS.is_file():
        return {}
    lines = REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    found = (re.match(r"([\w.-]+)==(\S+)", line) for line in lines)
    return {canonicalize_name(each[1]): each[2] for each in found if each is not None}


def fits(own: Path) -> bool:
    """Tell whether what is pinned is what Referee asks for today."""
    pins = pinned()
    return (
        all(
            requirement.specifier.contains(pins.get(canonicalize_name(requirement.name), ""))
            for requirement in needs(own)
            if canonicalize_name(requirement.name) in pins
        )
        and {canonicalize_name(each.name) for each in needs(own)} <= pins.keys()
    )


def write_requirements(own: Path, wheels: Path) -> None:
    """Choose the newest versions that fit, with everything they need in turn, and pin them."""
    wanted: dict[str, list[Requirement]] = {}
    chosen: dict[str, Path] = {}
    waiting = list(needs(own))
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        wanted.setdefault(name, []).append(requirement)
        wheel = chosen.get(name)
        if wheel is not None and requirement.specifier.contains(
            parse_wheel_filename(wheel.name)[1]
        ):
            continue
        if wheel is not None:
            wheel.unlink()
        asked = ",".join(str(each.specifier) for each in wanted[name] if str(each.specifier))
        chosen[name] = download(f"{requirement.name}{asked}", wheels)
        waiting += needs(chosen[name])
    lines = [
        "# The libraries that the extension carries; scripts/bundle_libs.py --upgrade writes this.",
    ]
    for library, wheel in sorted(chosen.items()):
        version = parse_wheel_filename(wheel.name)[1]
        checksum = hashlib.sha256(wheel.read_bytes()).hexdigest()
        lines.append(f"{library}=={version} --hash=sha256:{checksum}")
    REQUIREMENTS.write_text("\n".join(lines) + "\n", encoding="utf-8")


# --- Building and fetching ----------------------------------------------------------------------

# Only files that run on every system, and on the oldest Python that is supported.
PURE = (
    *("--only-binary", ":all:", "--implementation", "py", "--abi", "none", "--platform", "any"),
    *("--python-version", OLDEST, "--no-deps"),
)


def build_referee(folder: Path) -> Path:
    """Build the wheel of Referee from a copy of its sources, so that no old build gets into it."""
    sources = folder / "sources"
    for name in ("server", "grammar"):
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
        shutil.copytree(ROOT / name, sources / name, ignore=ignored)
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, sources / name)
    # An environment that has what builds wheels spares fetching it.
    isolation = ["--no-build-isolation"] if has_wheel_builder() else []
    pip("wheel", "--no-deps", *isolation, "--wheel-dir", str(folder), str(sources))
    (wheel,) = folder.glob("prisma_referee-*.whl")
    return wheel


def has_wheel_builder() -> bool:
    """Tell whether setuptools is here and new enough to build wheels as pyproject.toml asks."""
    try:
        version = importlib.metadata.version("setuptools")
    except importlib.metadata.PackageNotFoundError:
        return False
    return int(version.partition(".")[0]) >= 77


def download(requirement: str, folder: Path) -> Path:
    before = set(folder.glob("*.whl"))
    pip("download", *PURE, "--dest", str(folder), requirement)
    (wheel,) = set(folder.glob("*.whl")) - before
    return wheel


def fill(own: Path) -> None:
    libs = BUNDLED / "libs"
    shutil.rmtree(libs, ignore_errors=True)
    into = ("--no-compile", "--target", str(libs))
    pip("install", *PURE, *into, "--require-hashes", "-r", str(REQUIREMENTS))
    pip("install", *PURE, *into, str(own))
    tidy(libs)


def fill_compiled(target: str) -> None:
    compiled = BUNDLED / "compiled"
    kind = ["--only-binary", ":all:", "--implementation", "cp", "--abi", "abi3", "--no-deps"]
    for name in PLATFORMS[target]:
        kind += ["--platform", name]
    into = ("--python-version", "3.11", "--no-compile", "--target", str(compiled))
    pip("install", *kind, *into, "--require-hashes", "-r", str(REQUIREMENTS_OF_COMPILED))
    tidy(compiled)


def tidy(folder: Path) -> None:
    """Leave out programs, which name a Python of this machine, and files of pip's own."""
    shutil.rmtree(folder / "bin", ignore_errors=True)
    for name in ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json"):
        for path in folder.glob(f"*.dist-info/{name}"):
            path.unlink()
    for cache in [*folder.rglob("__pycache__")]:
        shutil.rmtree(cache)


def pip(*words: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *words]
    run = subprocess.run(command, check=False, capture_output=True, text=True)
    if run.returncode != 0:
        sys.stderr.write(run.stdout + run.stderr)
        raise SystemExit(f"This command failed: {' '.join(command)}")


if __name__ == "__main__":
    main()
