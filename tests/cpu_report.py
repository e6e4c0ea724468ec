"""CPU seconds of each test module, printed after a run: what later changes may add to the suite is counted in them."""

from __future__ import annotations

import resource
from collections import defaultdict
from collections.abc import Iterator

import pytest
from command_runner import command_server_cpu

SHOWN = 15  # modules; the others are summed up
CPU = "cpu seconds"
_measured = [0.0]
_by_module: dict[str, float] = defaultdict(float)


def cpu_seconds() -> float:
    """What this process and all ended processes below it have used, commands in forks included."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used) + command_server_cpu()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Adds to a report what was used since the one before: by a fixture, a test or its end."""
    report = yield
    now = cpu_seconds()
    report.user_properties.append((CPU, now - _measured[0]))
    _measured[0] = now
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    for name, value in report.user_properties:
        if name == CPU:
            _by_module[report.nodeid.partition("::")[0]] += value


def pytest_sessionstart() -> None:
    _measured[0] = cpu_seconds()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The total and the modules that use most."""
    if len(_by_module) < 2:
        return
    ranked = sorted(_by_module.items(), key=lambda entry: -entry[1])
    terminalreporter.section(f"{sum(_by_module.values()):.0f} CPU seconds in {len(ranked)} modules")
    for module, seconds in ranked[:SHOWN]:
        terminalreporter.line(f"{seconds:7.1f}  {module}")
    terminalreporter.line(
        f"{sum(seconds for _, seconds in ranked[SHOWN:]):7.1f}  {len(ranked[SHOWN:])} others"
    )
