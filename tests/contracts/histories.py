"""Random histories: how the state machines of every contract are played, and how many steps that was."""

import os
import random

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

TIMES = float(os.environ.get("TEST_TIMES") or 1)
"""How many times as many histories: `make test-histories` asks for more, what traces every call for fewer."""

played: dict[str, int] = {}
"""Steps so far, by the module of the machine."""


def chosen() -> int:
    """A seed, shown when a test fails; TEST_SEED gives the same again."""
    number = int(os.environ.get("TEST_SEED") or random.randrange(2**32))
    print(f"TEST_SEED={number}")
    return number


def play(machine: type[RuleBasedStateMachine], histories: int, steps: int) -> None:
    """Histories of so many steps each, from a seed that is shown."""

    class Counted(machine):
        def check_invariants(self, *given, **named):
            """Hypothesis looks at the invariants once a step."""
            played[machine.__module__] = played.get(machine.__module__, 0) + 1
            super().check_invariants(*given, **named)

    Counted.__name__ = machine.__name__
    run_state_machine_as_test(
        seed(chosen())(Counted),
        settings=settings(
            max_examples=max(1, round(histories * TIMES)),
            stateful_step_count=steps,
            deadline=None,
            # Explaining replays a failure hundreds of times, on a chain.
            phases=[phase for phase in Phase if phase is not Phase.explain],
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
