"""Wrong answers to the toy tasks."""

from solutions.toy import first

from grader.judge import misconception


@misconception("double", "It triples.")
def triples(x):
    return 3 * x


@misconception("double", "Only the first row is doubled.")
def only_the_first_row(x):
    return first.double(x[:1]).repeat(1, axis=0) if len(x) == 1 else x + (x[:1] * (1 - (x != x[:1])))


@misconception("row_sums", "The sum runs over the rows.")
def sums_columns(x):
    return x[:, : len(x)].sum(0), None
