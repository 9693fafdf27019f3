"""Results of tests and checks, and the last line that machines read."""

from dataclasses import dataclass, field
from typing import Self


@dataclass
class Result:
    """What one part of a run (Odoo's runner, pytest, lint, a step of the matrix) gave."""

    passed: int = 0
    failed: int = 0
    times: list[tuple[float, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def __iadd__(self, other: "Result") -> Self:
        self.passed += other.passed
        self.failed += other.failed
        self.times += other.times
        self.problems += other.problems
        self.skipped += other.skipped
        return self

    def check(self, good: bool, problem: str, seconds: float = 0.0, name: str = "") -> None:
        """Count one check."""
        if good:
            self.passed += 1
        else:
            self.failed += 1
            self.problems.append(problem)
        if name:
            self.times.append((seconds, name))


def close(total: Result) -> int:
    """Print what failed, the ten slowest and the line `N passed, N failed`; return the exit code."""
    for name in total.skipped:
        print(f"skipped: {name}")
    if total.problems:
        print("\nwhat failed:")
        for problem in total.problems:
            print(f"  - {problem}")
    if total.times:
        print("\nthe ten slowest:")
        for seconds, name in sorted(total.times, reverse=True)[:10]:
            print(f"  {seconds:8.2f}s  {name}")
    nothing = total.passed + total.failed == 0
    if nothing:
        print("\nnothing ran")
    print(f"\n{total.passed} passed, {total.failed} failed", flush=True)
    return 1 if total.failed or nothing else 0
