"""``maquette doctor``: what is installed, what is missing, and what gets in each other's way."""

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, distributions, requires, version

import torch
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from maquette.io.video import choose_encoder
from maquette.methods.lifting.weights import read_bundled_prior

_CORE = (
    "maquette", "numpy", "scipy", "torch", "roma", "safetensors", "pyyaml", "pillow", "av", "tyro", "rich", "jaxtyping",
    "threadpoolctl",
)  # fmt: skip
_RIVALS = {
    "OpenCV": ("opencv-python", "opencv-contrib-python", "opencv-python-headless", "opencv-contrib-python-headless"),
    "onnxruntime": ("onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "onnxruntime-openvino"),
}
"""Packages that overwrite each other's files when more than one is installed."""


def run(_options: object) -> None:
    """Print the findings, what is wrong last."""
    console = Console()
    console.print(_package_table())
    console.print(_machine_table())
    problems = [*_rival_problems(), *_missing_problems()]
    for problem in problems:
        console.print(f"[yellow]![/] {escape(problem)}", soft_wrap=True)
    if not problems:
        console.print("[green]no problems found[/]")


def _package_table() -> Table:
    table = Table("package", "version", "brought by", title="Packages")
    for name in _CORE:
        table.add_row(name, version(name), "core")
    for extra, names in _extras().items():
        for name in names:
            table.add_row(name, _version_or_none(name) or "not installed", f"[{extra}]".replace("[", r"\["))
    return table


def _machine_table() -> Table:
    table = Table("machine", "", title="Machine")
    table.add_row("Python", sys.version.split()[0])
    table.add_row("system", f"{platform.system()} {platform.machine()}")
    table.add_row("processor cores", str(os.cpu_count()))
    table.add_row("torch device", "cuda" if torch.cuda.is_available() else "cpu")
    table.add_row("fast bfloat16 (AMX)", "yes" if torch.cpu._is_amx_tile_supported() else "no")
    table.add_row("video encoder", choose_encoder())
    table.add_row("pose prior", f"{read_bundled_prior().component_count} components")
    return table


def _extras() -> dict[str, list[str]]:
    """Optional dependency groups for users and the packages each brings."""
    found: dict[str, list[str]] = {}
    for requirement in requires("maquette") or []:
        name, _, marker = requirement.partition(";")
        if "extra ==" in marker:
            extra = marker.split("extra ==")[1].strip(" '\"")
            found.setdefault(extra, []).append(name.strip().split(">")[0].split("=")[0].split("<")[0].strip())
    return found


def _rival_problems() -> list[str]:
    names = {(distribution.metadata["Name"] or "").lower() for distribution in distributions()}
    problems = []
    for kind, rivals in _RIVALS.items():
        both = [name for name in rivals if name in names]
        if len(both) > 1:
            problems.append(
                f"{kind} is installed {len(both)} times ({', '.join(both)}): they overwrite each other; "
                "uninstall all and install one"
            )
    return problems


def _missing_problems() -> list[str]:
    return [
        f"the extra '{extra}' is incomplete ({', '.join(missing)}): pip install 'maquette[{extra}]'"
        for extra, names in _extras().items()
        if extra != "dev" and (missing := [name for name in names if _version_or_none(name) is None])
    ]


def _version_or_none(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
