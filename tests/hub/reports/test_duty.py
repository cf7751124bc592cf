"""Which courses count for who is done, and where it is too early to be behind."""

from hub.reports import duty
from hub.reports.duty import DAY_S, NEW_S
from hub.store.reports import CourseRun, Due

NOW = 1_796_000_000  # 2026-11-30 in China
OLD, FRESH = NOW - 90 * DAY_S, NOW - DAY_S
TOP, COUNTY, OFFICE = "/1/", "/1/2/", "/1/2/3/"


def due(course: str, path: str = TOP, since: int = OLD) -> Due:
    return Due(course, path, 1, since)


def counted(courses: list[Due], *terms: CourseRun, now: int = NOW) -> set[tuple[str, str]]:
    return {(each.course, each.path) for each in duty.counted(courses, terms, now)}


def may_be_behind(path: str, courses: list[Due], *terms: CourseRun) -> bool:
    return duty.holds(duty.places(courses, terms, NOW), path)


def test_one_more_course_does_not_count_where_something_older_is_due() -> None:
    both = [due("food"), due("price", since=FRESH)]
    assert counted(both) == {("food", TOP)}
    assert counted(both, now=FRESH + NEW_S) == {("food", TOP), ("price", TOP)}
    assert counted([due("price", since=FRESH)]) == {("price", TOP)}
    # Whatever the age of the older one; what came on one day counts together.
    young = due("food", since=FRESH - 2 * DAY_S)
    assert counted([due("price", since=FRESH), young]) == {("food", TOP)}
    assert counted([due("law", since=young.since + 60), young]) == {("food", TOP), ("law", TOP)}
    assert counted([due("food", COUNTY), due("price", OFFICE, FRESH)]) == {("food", COUNTY)}


def test_a_new_course_counts_where_a_class_has_begun_with_it() -> None:
    both = [due("food"), due("price", since=FRESH)]
    begun = CourseRun("price", COUNTY, "2026-11-30", "2026-12-20")
    assert counted(both, begun) == {("food", TOP), ("price", COUNTY)}
    later = CourseRun("price", COUNTY, "2026-12-01", "2026-12-20")
    assert counted(both, later, CourseRun("food", TOP, "2026-11-01", "2026-12-20")) == {
        ("food", TOP)
    }


def test_nobody_is_behind_in_the_first_days_of_a_term() -> None:
    food = [due("food")]
    assert may_be_behind(OFFICE, food)
    assert not may_be_behind(OFFICE, food, CourseRun("food", COUNTY, "2026-11-30", "2026-12-20"))
    assert not may_be_behind(OFFICE, food, CourseRun("food", COUNTY, "2026-11-24", "2026-12-20"))
    assert may_be_behind(OFFICE, food, CourseRun("food", COUNTY, "2026-11-23", "2026-12-12"))
    assert may_be_behind("/1/9/", food, CourseRun("food", COUNTY, "2026-11-30", "2026-12-20"))
    assert may_be_behind(OFFICE, food, CourseRun("other", COUNTY, "2026-11-30", "2026-12-20"))


def test_nobody_is_behind_before_the_term_begins_nor_just_after_the_course_came() -> None:
    food = [due("food")]
    assert not may_be_behind(OFFICE, food, CourseRun("food", TOP, "2026-12-09", "2026-12-29"))
    over = CourseRun("food", TOP, "2026-11-01", "2026-11-20")
    assert may_be_behind(OFFICE, food, over)
    assert not may_be_behind(OFFICE, [due("food", since=FRESH)])
    assert may_be_behind(OFFICE, [due("food"), due("price", since=FRESH)])


def test_the_class_that_opened_first_says_what_is_late() -> None:
    food = [due("food")]
    year = CourseRun("food", TOP, "2026-01-01", "2026-12-31")
    assert may_be_behind(COUNTY, food, year)
    assert may_be_behind(COUNTY, food, year, CourseRun("food", COUNTY, "2026-11-28", "2026-12-17"))
    assert may_be_behind(TOP, food, year, CourseRun("food", COUNTY, "2026-11-28", "2026-12-17"))
    nested = CourseRun("food", OFFICE, "2026-11-01", "2026-12-10")
    fresh = CourseRun("food", TOP, "2026-11-28", "2026-12-17")
    assert may_be_behind(OFFICE, food, fresh, nested)
    assert not may_be_behind(COUNTY, food, fresh, nested)
