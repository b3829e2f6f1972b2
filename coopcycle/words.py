"""Names as people file them."""

import unicodedata


def filing_key(name: str) -> str:
    """Sorts Élise beside Elsa, and épicerie beside Épicerie: marks and capitals count for nothing.

    The database sorts by code points, on every machine the same; Élise would stand behind Zoé.
    """
    letters = unicodedata.normalize("NFKD", name.casefold().replace("œ", "oe").replace("æ", "ae"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
