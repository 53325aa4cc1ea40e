"""HTML pages from templates: one self-contained file each, without scripts, readable on paper and in the dark."""

from functools import lru_cache

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from grader.printable import safe
from grader.report.pages.class_view import ClassView
from grader.report.pages.feedback_view import FeedbackView
from grader.report.pages.similar_view import SimilarView


def feedback_html(view: FeedbackView) -> str:
    """Return a student's feedback as one HTML file.

    Parameters
    ----------
    view : FeedbackView

    Returns
    -------
    str
        Every text of the view is escaped: none of it is taken as markup.
    """
    return rendered("feedback.html", view=view)


def class_html(view: ClassView) -> str:
    """Return a class's report as one HTML file.

    Parameters
    ----------
    view : ClassView
        Its charts are taken as they are; every other text is escaped.
    """
    return rendered("class.html", view=view)


def similar_html(view: SimilarView) -> str:
    """Return the page of similar work as one HTML file.

    Parameters
    ----------
    view : SimilarView
        Every text of it is escaped.
    """
    return rendered("similar.html", view=view)


def rendered(template: str, **values: object) -> str:
    """Return a page from one of the templates; whatever the values hold is escaped."""
    return environment().get_template(template).render(**values)


@lru_cache
def environment(*packages: str) -> Environment:
    """Return the templates of the report's pages, and those of further packages that extend them."""
    templates = Environment(
        loader=ChoiceLoader([PackageLoader(package, "templates") for package in (*packages, "grader.report.pages")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.filters["printable"] = safe
    return templates
