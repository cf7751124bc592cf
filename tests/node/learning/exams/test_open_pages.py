from node.learning.exams.open_pages import MOST, OpenPages


def test_the_page_that_was_opened_last_goes_on_until_the_other_takes_the_paper_back() -> None:
    pages = OpenPages()
    pages.take("paper", "pc")
    assert not pages.is_elsewhere("paper", "pc")
    pages.take("paper", "phone")
    assert pages.is_elsewhere("paper", "pc")
    assert not pages.is_elsewhere("paper", "phone")
    assert not pages.is_elsewhere("another paper", "pc")
    pages.take("paper", "pc")
    assert pages.is_elsewhere("paper", "phone")


def test_after_a_restart_the_page_that_speaks_first_goes_on() -> None:
    pages = OpenPages()
    assert not pages.is_elsewhere("paper", "phone")
    assert pages.is_elsewhere("paper", "pc")


def test_pages_without_end_do_not_fill_the_memory() -> None:
    pages = OpenPages()
    for n in range(MOST + 1):
        pages.take(f"paper {n}", "pc")
    assert not pages.is_elsewhere("paper 0", "phone")  # forgotten: who speaks goes on
    assert pages.is_elsewhere(f"paper {MOST}", "phone")
