from imnnc.passes.artifacts import fingerprint
from imnnc.passes.emit_ngspice import NgspiceFiles


def files(folder, text: str) -> NgspiceFiles:
    folder.mkdir()
    (folder / "net.ngspice.sp").write_text(text)
    return NgspiceFiles.collect(folder)


DECK = "* net\n* source 1234\nR1 a b 5\n* cells\nR2 a b 6\n"


def test_decks_that_differ_in_their_header_are_the_same_to_the_simulator(tmp_path):
    one = files(tmp_path / "one", DECK)
    two = files(tmp_path / "two", DECK.replace("1234", "5678\n* edited"))
    assert fingerprint(one) == fingerprint(two)
    assert one != two


def test_decks_that_differ_below_their_header_are_not(tmp_path):
    one = files(tmp_path / "one", DECK)
    two = files(tmp_path / "two", DECK.replace("R2 a b 6", "R2 a b 7"))
    assert fingerprint(one) != fingerprint(two)
