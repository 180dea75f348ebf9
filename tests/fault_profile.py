"""How hypothesis searches under `make faults`, which loads this as a plugin of pytest.

There it matters that a test fails, in the same way each time, and not which case is the simplest.
"""

from hypothesis import Phase, settings

settings.register_profile(
    "faults", derandomize=True, phases=[Phase.explicit, Phase.reuse, Phase.generate]
)
