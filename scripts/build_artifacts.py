"""Compile contracts/ into loyalty/artifacts/, so that an installed `loyalty` deploys without a compiler.

    python scripts/build_artifacts.py            write every artifact
    python scripts/build_artifacts.py --check    compile again and compare; write nothing

The compiler is the one requirements/dev.txt pins. An artifact holds no path and no time, so the same source gives
the same file.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import vyper
from vyper.cli.vyper_compile import compile_files
from vyper.compiler.settings import OptimizationLevel, Settings

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = ROOT / "contracts"
ARTIFACTS = ROOT / "loyalty" / "artifacts"

EVM_VERSION = "prague"
MAX_RUNTIME = 24_576  # EIP-170: nothing longer can be deployed
MAX_INITCODE = 49_152  # EIP-3860
OUTPUTS = ["abi", "bytecode", "bytecode_runtime", "devdoc", "userdoc", "integrity", "layout"]


def deployables() -> list[Path]:
    """The contracts a program deploys: CamelCase files. The snake_case ones are modules inside them."""
    return sorted(path for path in CONTRACTS.glob("*.vy") if path.name[0].isupper())


def compile_contract(source: Path) -> dict[str, Any]:
    """Compile one contract; raise ValueError when no chain would take it."""
    settings = Settings(evm_version=EVM_VERSION, optimize=OptimizationLevel.GAS)
    compiled = compile_files(
        [str(source)], OUTPUTS, paths=[str(source.parent)], include_sys_path=False, settings=settings
    )[source]
    runtime, initcode = (_bytes(compiled[key]) for key in ("bytecode_runtime", "bytecode"))
    runtime += _immutables(compiled["layout"].get("code_layout", {}))
    if runtime > MAX_RUNTIME or initcode > MAX_INITCODE:
        raise ValueError(
            f"contracts/{source.name}: {runtime} bytes on chain (at most {MAX_RUNTIME}), "
            f"{initcode} to deploy it (at most {MAX_INITCODE})"
        )
    return {
        "contractName": source.stem,
        "compiler": {"name": "vyper", "version": vyper.__version__, "evmVersion": EVM_VERSION, "optimize": "gas"},
        "sourceSha256": compiled["integrity"],  # the compiler's own sum, over the contract and its modules
        "runtimeBytes": runtime,
        "abi": compiled["abi"],
        "devdoc": compiled["devdoc"],
        "userdoc": compiled["userdoc"],
        "bytecode": compiled["bytecode"],
    }


def render(artifact: dict[str, Any]) -> str:
    """JSON in a fixed order, one ABI entry to a line, so that a change reads as a small diff."""
    fields = []
    for name, value in artifact.items():
        if name == "abi":
            text = "[\n    " + ",\n    ".join(json.dumps(entry) for entry in value) + "\n  ]"
        else:
            text = json.dumps(value, indent=2).replace("\n", "\n  ")
        fields.append(f'  "{name}": {text}')
    return "{\n" + ",\n".join(fields) + "\n}\n"


def main() -> int:
    """Write the artifacts, or with --check say which ones do not match; the exit code."""
    parser = argparse.ArgumentParser(description="Compile contracts/ into loyalty/artifacts/.")
    parser.add_argument("--check", action="store_true", help="compare with the files, write nothing")
    check = parser.parse_args().check

    problems = []
    sources = deployables()
    for source in sources:
        target = ARTIFACTS / f"{source.stem}.json"
        try:
            text = render(compile_contract(source))
        except ValueError as problem:
            problems.append(str(problem))
            continue
        if not check:
            ARTIFACTS.mkdir(exist_ok=True)
            target.write_text(text, encoding="utf-8", newline="\n")
        elif not target.exists() or target.read_text(encoding="utf-8") != text:
            problems.append(f"{_short(target)} is not what {_short(source)} compiles to; run: make artifacts")

    for orphan in sorted({*ARTIFACTS.glob("*.json")} - {ARTIFACTS / f"{source.stem}.json" for source in sources}):
        problems.append(f"{_short(orphan)} has no contract; remove it")

    print(
        "\n".join(problems) or f"{len(sources)} artifacts are {'up to date' if check else 'written'}", file=sys.stderr
    )
    return 1 if problems else 0


def _immutables(layout: dict[str, Any]) -> int:
    """Bytes that the constructor writes behind the code; a module's own are a level further down."""
    return sum(one["length"] if "length" in one else _immutables(one) for one in layout.values())


def _bytes(code: str) -> int:
    return len(code.removeprefix("0x")) // 2


def _short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


if __name__ == "__main__":
    sys.exit(main())
