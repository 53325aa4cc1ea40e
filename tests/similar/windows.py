"""An engine for tests: every fingerprint is a row of tokens, without names."""

import contextlib
import io
import keyword
import tokenize

from grader.similar.engines import Print

LENGTH = 8
LAYOUT = (tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


class Windows:
    """Compares as Dolos does, in Python and within this process."""

    name = "rows of tokens"

    def prints(self, texts):
        """Return the fingerprints of each text."""
        return [tuple(_prints(text)) for text in texts]


def _prints(text):
    tokens = [token for token in _tokens(text) if token.type not in LAYOUT]
    words = [_word(token) for token in tokens]
    for start in range(len(words) - LENGTH + 1):
        first, last = tokens[start].start[0], tokens[start + LENGTH - 1].end[0]
        yield Print(" ".join(words[start : start + LENGTH]), first - 1, last - 1)


def _tokens(text):
    with contextlib.suppress(tokenize.TokenError):  # the file does not parse
        yield from tokenize.generate_tokens(io.StringIO(text).readline)


def _word(token):
    is_name = token.type == tokenize.NAME and not keyword.iskeyword(token.string)
    return "name" if is_name else token.string
