"""Turns in a game: which of several players learns, and for how long."""


class Turns:
    """Players who learn one after the other, each until its turn is over.

    Args:
        players: In their order; the first begins.
        longest: Steps after which a turn is over in any case.
    """

    def __init__(self, *players: str, longest: int) -> None:
        self._players, self._longest = players, longest
        self.current, self._steps = players[0], 0

    def count(self, *, is_over: bool) -> None:
        """Counts a step of the current player; the next goes on once the turn is over."""
        self._steps += 1
        if is_over or self._steps >= self._longest:
            following = (self._players.index(self.current) + 1) % len(self._players)
            self.current, self._steps = self._players[following], 0

    def state_dict(self) -> dict[str, object]:
        """Whose turn it is, and how long it has been."""
        return {"current": self.current, "steps": self._steps}

    def load_state_dict(self, state: dict[str, object]) -> None:
        """Goes on from there.

        Raises:
            ValueError: There is no such player.
        """
        current = str(state["current"])
        if current not in self._players:
            raise ValueError(f"there is no player '{current}'")
        self.current, self._steps = current, int(state["steps"])  # type: ignore[call-overload]
