"""What two people wrote in one field."""

from hub.authoring.text_difference import MAX_COMPARED_CHARS, between


def test_both_whole_texts_stay_and_what_differs_is_marked() -> None:
    [title] = between(
        {"名称": "进货查验办法", "类别": "食品"}, {"名称": "进货检验办法", "类别": "食品"}
    )
    assert "".join(part.text for part in title.mine) == "进货查验办法"
    assert "".join(part.text for part in title.theirs) == "进货检验办法"
    assert [part.text for part in title.mine if part.own] == ["查"]
    assert [part.text for part in title.theirs if part.own] == ["检"]


def test_equal_fields_are_left_out_and_an_empty_one_is_a_difference() -> None:
    assert between({"a": "x"}, {"a": "x"}) == []
    [field] = between({"a": ""}, {"a": "x"})
    assert (field.mine, field.theirs[0].own) == ((), True)


def test_long_texts_are_shown_whole() -> None:
    long = "长" * (MAX_COMPARED_CHARS + 1)
    [field] = between({"a": long}, {"a": "短"})
    assert [part.text for part in field.mine] == [long]
