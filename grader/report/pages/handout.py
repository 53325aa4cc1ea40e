"""A unit's handout as an HTML page: formulas as MathML, pictures inside, the reader's own state in the table of tasks.

The Markdown is the course's own, so its HTML is kept. A list of common mistakes is open for tasks that have failed
once, and folded for the others.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape
from typing import Any

from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from mdit_py_plugins.anchors import anchors_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from msgspec import Struct

from grader.report.pages.html import rendered

KINDS = {".svg": "image/svg+xml", ".png": "image/png"}
_MISTAKES_OF = re.compile(r"<details><summary><code>(\w+)</code>")
_ROW = re.compile(r"<tr>\s*<td><code>(\w+)</code></td>")
_HEADER = re.compile(r"<thead>\s*<tr>\s*(?=<th>task</th>)", re.IGNORECASE)
_OTHER_HANDOUT = re.compile(r"^\.\./(\w+)/README\.md(#.*)?$")


class ReaderState(Struct, frozen=True):
    """State of a task for the reader.

    Attributes
    ----------
    word : str
        ``done``, ``failing``, or ``open``.
    points : str
        Points at home, like ``2 of 3``; empty if it has not run.
    """

    word: str
    points: str = ""


class Neighbour(Struct, frozen=True):
    """Another unit's page, for the list of units."""

    name: str
    title: str
    is_open: bool = False


def handout_html(
    text: str,
    *,
    title: str,
    states: Mapping[str, ReaderState],
    pictures: Mapping[str, bytes],
    units: Sequence[Neighbour] = (),
) -> str:
    """Return a handout as one self-contained HTML file.

    Parameters
    ----------
    text : str
        The handout's Markdown, with formulas between dollar signs.
    title : str
        The unit's title.
    states : mapping of str to ReaderState
        By task; none for a page without a reader.
    pictures : mapping of str to bytes
        Content of the files that the handout shows, by name.
    units : sequence of Neighbour
        The course's units, to go to.

    Returns
    -------
    str
    """
    body = _markdown().render(text, {"pictures": pictures})
    body = _with_states(_with_open_mistakes(body, states), states)
    contents = [(level, anchor, name) for level, anchor, name in _headings(body) if level == "2"]
    return rendered("handout.html", title=title, body=body, contents=contents, units=units)


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": True}).enable("table")
    dollarmath_plugin(markdown, renderer=_mathml, double_inline=True, allow_digits=True)
    anchors_plugin(markdown, max_level=3)
    markdown.add_render_rule("image", _image)
    markdown.add_render_rule("link_open", _link)
    markdown.add_render_rule("table_open", lambda *_: '<div class="scroll" tabindex="0"><table>\n')
    markdown.add_render_rule("table_close", lambda *_: "</table></div>\n")
    markdown.add_render_rule("fence", _code)
    return markdown


def _mathml(formula: str, options: Mapping[str, Any]) -> str:
    display = "block" if options["display_mode"] else "inline"
    math = convert(formula, display=display)
    return f'<div class="formula" tabindex="0">{math}</div>' if options["display_mode"] else math


def _code(_renderer: Any, tokens: Sequence[Any], place: int, *_: Any) -> str:
    return f'<pre tabindex="0"><code>{escape(tokens[place].content)}</code></pre>\n'


def _image(_renderer: Any, tokens: Sequence[Any], place: int, _options: Any, env: Mapping[str, Any]) -> str:
    """Return a picture with its bytes inside; one that is not there is its description alone."""
    token = tokens[place]
    name = str(token.attrs["src"])
    data = env["pictures"].get(name)
    kind = KINDS.get(name[name.rfind(".") :])
    if data is None or kind is None:
        return f"<em>{escape(token.content)}</em>"
    source = f"data:{kind};base64,{base64.b64encode(data).decode()}"
    return f'<img src="{source}" alt="{escape(token.content)}">'


def _link(renderer: Any, tokens: Sequence[Any], place: int, options: Any, env: Any) -> str:
    """Return a link's beginning; other handouts are the pages beside this one."""
    token = tokens[place]
    other = _OTHER_HANDOUT.match(str(token.attrs.get("href", "")))
    if other:
        token.attrs["href"] = f"{other[1]}.html{other[2] or ''}"
    text: str = renderer.renderToken(tokens, place, options, env)
    return text


def _with_open_mistakes(body: str, states: Mapping[str, ReaderState]) -> str:
    """Open the mistakes of tasks that have failed."""

    def opened(match: "re.Match[str]") -> str:
        state = states.get(match[1])
        return match[0].replace("<details>", "<details open>") if state and state.word == "failing" else match[0]

    return _MISTAKES_OF.sub(opened, body)


def _with_states(body: str, states: Mapping[str, ReaderState]) -> str:
    """Add the reader's state to the rows of the table of tasks."""
    if not states or not _HEADER.search(body):
        return body

    def marked(match: "re.Match[str]") -> str:
        state = states.get(match[1])
        cell = f'<span class="{state.word}">{state.word}</span> {escape(state.points)}' if state else ""
        return match[0].replace("<tr>", f"<tr>\n<td>{cell}</td>", 1)

    return _ROW.sub(marked, _HEADER.sub(lambda match: f"{match[0]}<th>you</th>\n", body))


def _headings(body: str) -> list[tuple[str, str, str]]:
    """Return level, anchor and text of the headings."""
    headings = re.findall(r'<h(\d) id="([^"]*)"[^>]*>(.*?)</h\d>', body, re.DOTALL)
    return [(level, anchor, re.sub(r"<[^>]*>", "", name).strip()) for level, anchor, name in headings]
