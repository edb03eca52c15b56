"""Words for a terminal: of strangers, letters only and nothing that steers it; things counted, and faults."""


def plain_line(text: str) -> str:
    """The text in one line, with a question mark for whatever is no printable letter."""
    return "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))


def count_of(number: int, one: str, many: str | None = None) -> str:
    """So many of a thing: "1 frame", "2 frames", "1,200 people".

    Args:
        number: How many.
        one: What one of them is called.
        many: What several are called; by default with an s behind.
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def describe_fault(error: Exception) -> str:
    """What is wrong with a document, told by what Python raised when it was taken apart; for brackets in a sentence."""
    match error:
        case KeyError():
            return f"{str(error)[:80]} is missing"
        case OverflowError():
            return "a number is not finite, or too large"
        case MemoryError():
            return "it is too large"
        case _:
            return plain_line(str(error))[:200] or type(error).__name__
