import pytest

from imnnc import spelling
from imnnc.spelling import Spelling

WORDS = {
    "NAME": ("hidden_2", "_", "X" * 64),
    "PART": ("iris_crossbar_hidden", "x" * 200),
    "MODEL": ("sky130_fd_pr__nfet_01v8_lvt", "nch.3"),
    "FILE": ("iris.tb.ngspice.sp", "0_a+b-c.lib"),
    "SOURCE": ("vdd", "v.xdut.xcrossbar.vx"),
    "PROBE": ("v(xdut.net_3)", "v(0)", "i(v.xdut.vx)"),
}
MARKS = tuple("\n\r\t\0 ;$`\"'#*>|&!\\/{}[]=,@~%ü")


def every_spelling() -> dict[str, Spelling]:
    return {name: each for name, each in vars(spelling).items() if isinstance(each, Spelling)}


def test_every_spelling_takes_the_words_that_it_is_for() -> None:
    assert every_spelling().keys() == WORDS.keys() | {"PATH"}
    for name, words in WORDS.items():
        assert all(map(every_spelling()[name].fits, words))


@pytest.mark.parametrize("name", WORDS)
def test_no_spelling_takes_more_than_a_word(name: str) -> None:
    each = every_spelling()[name]
    assert not each.fits("")
    for word in WORDS[name]:
        for mark in MARKS:
            assert not each.fits(mark + word), mark
            assert not each.fits(word + mark), mark
            assert not each.fits(word[:1] + mark + word[1:]), mark
    assert not each.fits("..")
    assert not each.fits("../x")


def test_a_path_has_blanks_and_folders_and_nothing_that_ends_quotes_or_a_line() -> None:
    for path in ("$PDK_ROOT/models/tt.lib.scs", "../my kits/{year}/nch.lib", "~/nch.lib", "a"):
        assert spelling.PATH.fits(path)
        for mark in "\n\r\t\0;`\"'#*>|&!\\()[]%ü":
            assert not spelling.PATH.fits(path + mark), mark
            assert not spelling.PATH.fits(mark + path), mark
            assert not spelling.PATH.fits(path[:1] + mark + path[1:]), mark
    assert not spelling.PATH.fits("")


def test_a_name_of_a_source_has_a_length() -> None:
    assert not spelling.NAME.fits("x" * 65)
