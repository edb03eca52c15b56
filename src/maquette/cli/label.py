"""``maquette label``: pictures without labels to photographs that networks learn from."""

from maquette.api.label import PREVIEW_NAME, label
from maquette.cli.console import say, say_written, stages
from maquette.cli.options import Label
from maquette.methods.teacher.labels import Sureness
from maquette.methods.weights import trust_weights
from maquette.plain_text import count_of

_MOST_SENTENCES = 5


def run(options: Label) -> None:
    """Label, and say what came of it and what was left out."""
    sureness = Sureness(least_confidence=options.confidence, most_spread=options.spread, fewest_limbs=options.limbs)
    with trust_weights(options.trust), stages() as progress:
        outcome = label(
            options.sources,
            options.out,
            weights=options.weights,
            every=options.every,
            sureness=sureness,
            progress=progress,
        )
    for sentence in outcome.skipped[:_MOST_SENTENCES]:
        say(f"  {sentence}")
    if len(outcome.skipped) > _MOST_SENTENCES:
        say(f"  and {len(outcome.skipped) - _MOST_SENTENCES} more were left out")
    people = count_of(outcome.people, "person", "people")
    say(f"{people} in {outcome.pictures:,} of {count_of(outcome.read, 'picture')}, in '{options.out}'")
    say_written((options.out / PREVIEW_NAME,))
