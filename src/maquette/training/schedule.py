"""How the learning rate goes: up quickly, level for as long as wanted, and down at the end."""


def warm_level_down(step: int, *, steps: int, warm: int = 500, down_share: float = 0.2) -> float:
    """A factor on the learning rate: rises over ``warm`` steps, stays at 1, and falls in a straight line to nearly 0.

    A training whose level part is made longer later is the same training up to there.

    Args:
        step: How many are done.
        steps: How many there will be.
        warm: Steps of the rise.
        down_share: Share of all steps that the fall takes.
    """
    rising = min(1.0, (step + 1) / max(warm, 1))
    falling = min(1.0, (steps - step) / max(down_share * steps, 1.0))
    return max(min(rising, falling), 1e-3)
