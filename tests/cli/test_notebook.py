"""`grade notebook`: the unit's files as cells, and back again with a backup."""

import json


def test_a_notebook_goes_out_and_its_cells_come_back(run_in, bundle, solve):
    done = run_in(bundle, "notebook", "lines")
    assert done.exit_code == 0, done.stderr
    path = bundle / "lines.ipynb"
    document = json.loads(path.read_text(encoding="utf-8"))
    stub = (bundle / "exercises/lines/line.py").read_text(encoding="utf-8")
    for cell in document["cells"]:
        cell["source"] = [line.replace("raise NotImplementedError", "return 1  #") for line in cell["source"]]
    path.write_text(json.dumps(document), encoding="utf-8")
    done = run_in(bundle, "notebook", "lines", "--take", "lines.ipynb")
    assert done.exit_code == 0, done.stderr
    assert "next: grade run lines" in done.output
    written = (bundle / "exercises/lines/line.py").read_text(encoding="utf-8")
    assert "return 1  #" in written
    backups = list((bundle / ".deepgrade").rglob("line.*.py"))
    assert [backup.read_text(encoding="utf-8") for backup in backups] == [stub]


def test_a_notebook_is_never_overwritten(run_in, bundle):
    run_in(bundle, "notebook", "lines")
    done = run_in(bundle, "notebook", "lines")
    assert done.exit_code == 2
    assert "lines.ipynb exists, and may hold your work" in done.stderr


def test_a_notebook_without_the_unit_s_cells_changes_nothing(run_in, bundle):
    run_in(bundle, "notebook", "counting", "--to", "other.ipynb")
    before = (bundle / "exercises/lines/line.py").read_bytes()
    done = run_in(bundle, "notebook", "lines", "--take", "other.ipynb")
    assert done.exit_code == 2
    assert "no cell of other.ipynb names a file of lines (line.py)" in " ".join(done.stderr.split())
    assert (bundle / "exercises/lines/line.py").read_bytes() == before
    assert "there is no" in run_in(bundle, "notebook", "lines", "--take", "none.ipynb").stderr
