"""`grade worker`: this machine grades for an instructor's, as one of several."""

from functools import partial
from typing import TYPE_CHECKING

import click

from grader.cli.instructor import TIERS
from grader.cli.place import Place, pass_place, shown

if TYPE_CHECKING:
    from grader.cli.screen import Screen
    from grader.cluster.certificates import Certificates


@click.command()
@click.argument("address", metavar="HOST:PORT")
@click.option("--scheduler", is_flag=True, help="Run the scheduler here, too; make certificates if there are none.")
@click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(min=0),
    help="Submissions at a time; by default one per core that may be used. 0: the scheduler alone.",
)
@click.option("--tier", type=click.Choice(TIERS), default="sealed", help="Isolation tier; by default sealed.")
@pass_place
def worker(place: Place, address: str, scheduler: bool, jobs: int | None, tier: str) -> int:
    """Grade for an instructor's machine.

    HOST:PORT is the address of the scheduler, which one machine runs besides with --scheduler. Every machine needs a
    copy of the course of the same commit, with the same packages, its .course-secret, and the folder .cluster, which
    --scheduler makes. Copy both with scp -p: they are readable to you alone, and nothing else sends them. Ctrl-C ends
    it; what it was grading goes to others.

    \b
    Examples:
      grade worker 10.0.0.1:8786 --scheduler
      grade worker 10.0.0.1:8786
      grade worker 10.0.0.1:8786 --scheduler --jobs 0
    """
    from grader.cli.screen import Screen
    from grader.cluster.engines import host_and_port, require_extra
    from grader.cluster.node import GradingNode
    from grader.errors import DeepgradeError
    from grader.metering.processes import usable_cores
    from grader.records import Isolation

    require_extra()
    from grader.cluster.hosting import host

    screen, where = Screen(), host_and_port(address)
    if jobs == 0 and not scheduler:
        raise DeepgradeError("a worker that grades nothing is none", "leave out --jobs 0, or add --scheduler")
    place.course.refuse_bundle("it has no hidden tests to grade with")
    make_node = partial(GradingNode, place.course.root, Isolation(tier), jobs or usable_cores())
    if jobs != 0:
        make_node().require_fit()
    files = _certificates(place, address, screen, new=scheduler)
    host(where, files, None if jobs == 0 else make_node, scheduler=scheduler, notify=screen.paragraph)
    return 0


def _certificates(place: Place, address: str, screen: "Screen", *, new: bool) -> "Certificates":
    """Return the certificates; those of a new cluster are made, and it is said where they are needed."""
    from grader.cluster.certificates import make_certificates, require_certificates, try_handshake
    from grader.cluster.engines import host_and_port
    from grader.course import layout

    folder = layout.cluster_folder(place.course.root)
    if not new:
        files = require_certificates(folder)
        try_handshake(*host_and_port(address), files)
        return files
    if not folder.exists():
        make_certificates(folder)
        screen.paragraph(f"certificates made: {shown(folder)}. Each machine of the cluster needs this folder.")
    screen.paragraph("another machine joins, and a class is graded, with:")
    for command in (f"worker {address}", f"autograde submissions --engine dask://{address}"):
        click.echo(f"  grade {command}")  # on one line, however narrow the terminal
    return require_certificates(folder)
