"""Text of strangers on a terminal: letters only, nothing that steers it."""


def plain_line(text: str) -> str:
    """The text in one line, with a question mark for whatever is no printable letter."""
    return "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))
