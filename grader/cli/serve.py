"""`grade serve`: a class in the browser while it is graded."""

import contextlib
import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.place import Place, pass_place

if TYPE_CHECKING:
    from grader.serve.listening import Certificate

PORT = 8765
FILE = click.Path(path_type=Path, dir_okay=False)
GRADE = (sys.executable, "-P", "-c", "from grader.cli import main; main()")
"""This command line as a process of its own."""


@click.command()
@click.argument("results", metavar="[RESULTS]", default=Path("results"), type=click.Path(path_type=Path))
@click.option(
    "--port", default=PORT, show_default=True, metavar="N", type=click.IntRange(0, 65535), help="0: a free one."
)
@click.option("--host", default="127.0.0.1", metavar="ADDRESS", help="Another address; it needs a certificate.")
@click.option("--certificate", metavar="FILE", type=FILE, help="Certificate with its chain, for TLS.")
@click.option("--key", metavar="FILE", type=FILE, help="The certificate's key.")
@click.option("--by", metavar="NAME", help="Who decides; by default your name on this machine.")
@pass_place
def serve(  # noqa: PLR0917 (click hands over one argument for each option)
    place: Place, results: Path, port: int, host: str, certificate: Path | None, key: Path | None, by: str | None
) -> int:
    """Show a class in the browser while it is graded.

    RESULTS is the output folder of grade autograde, results/ by default. The pages show how far the run is, the class,
    and each student's page with hidden tests; there grades are adjusted and hand-ins graded again. Only this machine is
    served, and only the browser that opens the printed link first. Ctrl-C ends it.

    \b
    Examples:
      grade serve
      grade serve demo/results --port 0
      grade serve --host grades.example.org --certificate chain.pem --key key.pem
    """
    from grader.cli.screen import Screen
    from grader.serve.access import Access
    from grader.serve.listening import listen, require_extra
    from grader.serve.listening import serve as serve_pages
    from grader.serve.regrading import Regrader
    from grader.serve.served_class import ServedClass

    place.course.refuse_bundle("it has no class to show")
    require_extra()
    from grader.serve.application import application  # imports what only the extra installs

    program = (*GRADE, f"--course={place.course.root}")
    with contextlib.closing(Regrader(program, results.absolute())) as regrader:
        served = ServedClass(place.course, results, by or getpass.getuser(), regrader)
        files, access = _certificate(certificate, key), Access()
        listener, site = listen(host, port, files)
        Screen().print("open this link; it works once, and Ctrl-C ends the server:")
        click.echo(site.link(access.token))  # on one line, however narrow the terminal
        with contextlib.suppress(KeyboardInterrupt):
            serve_pages(application(served, site, access), listener, files)
    return 0


def _certificate(chain: Path | None, key: Path | None) -> "Certificate | None":
    from grader.errors import DeepgradeError
    from grader.serve.listening import Certificate

    if chain is None and key is None:
        return None
    if chain is None or key is None:
        raise DeepgradeError("a certificate and its key belong together", "grade serve --certificate FILE --key FILE")
    return Certificate(chain.absolute(), key.absolute())
