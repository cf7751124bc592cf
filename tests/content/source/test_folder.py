"""content.source.folder: a good folder becomes a course, a bad one names all that is wrong."""

import os
from pathlib import Path

import pytest

from content.model import limits
from content.model.course import TRUE_FALSE, ExamSettings
from content.model.errors import ContentFaults
from content.model.faults.faults import Fault
from content.model.limits import MAX_PICTURE_BYTES, MAX_TOML_BYTES
from content.source.folder import read_folder
from tests.content.conftest import COURSE, mp4


def faults_of(folder: Path) -> tuple[Fault, ...]:
    with pytest.raises(ContentFaults) as caught:
        read_folder(folder)
    return caught.value.faults


def codes_of(folder: Path) -> list[str]:
    return [fault.code for fault in faults_of(folder)]


def change(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text("utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), "utf-8")


def test_a_good_folder_becomes_a_course(folder: Path) -> None:
    course = read_folder(folder).course
    assert (course.id, course.version, course.hours, course.credits) == ("food", 3, "1.5", "1")
    assert [item.kind for item in course.items] == ["video", "pdf", "page", "practice", "exam"]
    assert course.item("video").seconds == 10
    assert course.item("handout").seconds == 90
    assert not course.item("handout").required
    assert course.item("exam").exam == ExamSettings(2, 15, 60, 2)


def test_an_author_says_whether_a_content_is_the_same(folder: Path) -> None:
    change(folder, "course.toml", 'title = "看课"', 'title = "看课"\ncontent = "same"')
    change(folder, "course.toml", 'title = "讲义"', 'title = "讲义"\ncontent = "other"')
    assert read_folder(folder).said == {"video": "same", "handout": "other"}


def test_answers_are_kept_as_letters_of_the_bank(folder: Path) -> None:
    course = read_folder(folder).course
    questions = {q.id: q for item in course.items for q in item.questions}
    answers = {name: question.answer for name, question in questions.items()}
    assert answers == {
        **{"p1": "B", "p2": "AB", "p3": "B", "p4": "6|六"},
        **{"e1": "A", "e2": "AC", "e3": "两人|2人"},
    }
    assert questions["p3"].options == TRUE_FALSE
    assert (questions["p1"].see_item, questions["p1"].see_second) == ("video", 7)


def test_a_page_becomes_html_that_names_its_picture_by_hash(folder: Path) -> None:
    read = read_folder(folder)
    page = read.made["reading.html"].decode()
    (picture,) = read.course.item("reading").pictures
    assert "<h2>进货查验</h2>" in page
    assert f'src="/media/{picture.sha256}"' in page
    assert picture.path == "pictures/scale.png"


def test_rules_name_items_and_questions_with_their_course(folder: Path) -> None:
    course = read_folder(folder).course
    assert [item.item for item in course.rule().items][:2] == ["food/video", "food/handout"]
    assert course.rule().items[3].questions == ("food/p1", "food/p2", "food/p3", "food/p4")
    rule = course.exam_rule("exam")
    assert (rule.item, rule.questions) == ("food/exam", ("food/e1", "food/e2", "food/e3"))
    with pytest.raises(KeyError):
        course.exam_rule("video")


def test_all_faults_of_a_folder_are_told_at_once(folder: Path) -> None:
    (folder / "handout.pdf").unlink()
    (folder / "video.vtt").write_text("1\n00:00:01,000 --> 00:00:02,000\n字\n", "utf-8")
    change(folder, "course.toml", "draw = 2", "draw = 9")
    change(folder, "practice.toml", 'answer = "B"\n', "")
    change(folder, "exam.toml", 'answer = "CA"', 'answer = "CF"')
    assert codes_of(folder) == [
        "subtitles-not-webvtt",
        "file-missing",
        "no-answer",
        "answer-names-no-option",
        "exam-draws-more",
    ]


def test_a_fault_says_file_line_field_and_next_step(folder: Path) -> None:
    change(folder, "course.toml", 'file = "handout.pdf"', 'file = "Handout.pdf"')
    (fault,) = faults_of(folder)
    assert (fault.file, fault.line, fault.key) == ("course.toml", 25, "file")
    assert fault.text() == (
        "course.toml 第 25 行（file）：找不到文件“Handout.pdf”。"
        "请把文件放进课程文件夹，或改正这里的文件名（大小写也要一致）。"
    )


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('id = "food"', 'id = "Food 1"', "id-form"),
        ('title = "食品经营现场检查要点"\n', "", "field-missing"),
        ('title = "看课"', 'title = ""', "field-empty"),
        ('title = "看课"', "title = 5", "field-type"),
        ('title = "看课"', 'title = "看\\u0007课"', "field-control"),
        ("version = 3", "version = 0", "field-range"),
        ("version = 3", "version = true", "field-type"),
        ("version = 3", "version = 1" + "0" * 5000, "toml-syntax"),
        ('hours = "1.5"', 'hours = "一个半"', "decimal-form"),
        ("summary", "sumary", "field-unknown"),
        ('lecturer = "培训中心"', f'lecturer = "{"长" * 61}"', "field-long"),
        ('kind = "video"', 'kind = "movie"', "item-kind"),
        ('id = "handout"', 'id = "video"', "item-id-twice"),
        ("seconds = 90", "poster = 'pictures/scale.png'", "field-unknown"),
        ('title = "看课"', 'title = "看课', "toml-syntax"),
        ('"video.mp4"', '"../video.mp4"', "path-unsafe"),
        ('"video.mp4"', '"/etc/passwd"', "path-unsafe"),
        ('"video.mp4"', '"C:\\\\video.mp4"', "path-unsafe"),
        ('"video.mp4"', '"pictures"', "file-not-regular"),
        ('"video.mp4"', '"video.mp4/deeper"', "file-not-regular"),
        ('"video.mp4"', '"handout.pdf"', "video-not-mp4"),
        ('"handout.pdf"', '"video.mp4"', "pdf-not-pdf"),
        ('"reading.md"', '"handout.pdf"', "page-not-page"),
        ('poster = "pictures/scale.png"', 'poster = "handout.pdf"', "picture-not-picture"),
        ("attempts = 2", "attempts = 0", "field-range"),
        ('title = "看课"', 'title = "看课"\ncontent = "new"', "content-said"),
        ('title = "练习"', 'title = "练习"\ncontent = "same"', "field-unknown"),
    ],
)
def test_a_fault_of_course_toml_is_named(folder: Path, old: str, new: str, code: str) -> None:
    change(folder, "course.toml", old, new)
    assert codes_of(folder) == [code]


def test_an_unknown_field_is_answered_with_the_nearest_known_one(folder: Path) -> None:
    change(folder, "course.toml", "subtitles =", "subtitels =")
    (fault,) = faults_of(folder)
    assert (fault.values["near"], fault.line) == ("subtitles", 17)


@pytest.mark.parametrize(
    ("raw", "code", "line"),
    [
        (b"\xef\xbb\xbf" + COURSE.encode(), "encoding-bom", 1),
        (COURSE.encode("gb18030"), "encoding-gb18030", 3),
        (COURSE.encode("utf-16"), "encoding-utf16", 0),
        (COURSE.encode() + b"# \xff\xff", "encoding-unknown", 49),
    ],
)
def test_a_bad_encoding_is_called_by_its_name(
    folder: Path, raw: bytes, code: str, line: int
) -> None:
    (folder / "course.toml").write_bytes(raw)
    (fault,) = faults_of(folder)
    assert (fault.code, fault.line) == (code, line)


def test_a_page_in_gb18030_is_called_so(folder: Path) -> None:
    (folder / "reading.md").write_bytes("查验供货者的许可证".encode("gb18030"))
    (fault,) = faults_of(folder)
    assert (fault.code, fault.file) == ("encoding-gb18030", "reading.md")


def test_subtitles_may_begin_with_a_byte_order_mark(folder: Path) -> None:
    raw = (folder / "video.vtt").read_bytes()
    (folder / "video.vtt").write_bytes(b"\xef\xbb\xbf" + raw)
    assert read_folder(folder).course.item("video").subtitles


def test_a_link_is_refused_wherever_it_leads(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.pdf").write_bytes((folder / "handout.pdf").read_bytes())
    (folder / "handout.pdf").unlink()
    (folder / "handout.pdf").symlink_to(tmp_path / "secret.pdf")
    assert codes_of(folder) == ["file-not-regular"]


def test_a_linked_folder_on_the_way_is_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "pictures").rename(tmp_path / "outside")
    (folder / "pictures").symlink_to(tmp_path / "outside")
    assert codes_of(folder) == ["file-not-regular", "file-not-regular"]


def test_a_named_pipe_is_refused_without_being_opened(folder: Path) -> None:
    (folder / "video.mp4").unlink()
    os.mkfifo(folder / "video.mp4")
    assert codes_of(folder) == ["file-not-regular"]


def test_files_above_their_limit_are_refused_with_both_sizes(folder: Path) -> None:
    with (folder / "video.mp4").open("ab") as file:
        file.truncate(400_000_001)  # sparse: no disk is filled
    with (folder / "handout.pdf").open("ab") as file:
        file.truncate(50_000_001)
    with (folder / "pictures" / "scale.png").open("ab") as file:
        file.truncate(MAX_PICTURE_BYTES + 1)
    with (folder / "practice.toml").open("ab") as file:
        file.truncate(MAX_TOML_BYTES + 1)
    (folder / "reading.md").write_text("长" * 170_000, "utf-8")
    (folder / "video.vtt").write_text("长" * 170_000, "utf-8")
    faults = faults_of(folder)
    kinds = ("video", "subtitles", "picture", "pdf", "page", "toml")
    assert [fault.code for fault in faults] == [f"{kind}-too-large" for kind in kinds]
    assert "400.0 MB" in faults[0].text()


def test_an_empty_file_is_named(folder: Path) -> None:
    (folder / "handout.pdf").write_bytes(b"")
    assert codes_of(folder) == ["file-empty"]


def test_a_video_that_old_browsers_cannot_play_is_refused(folder: Path) -> None:
    (folder / "video.mp4").write_bytes(mp4(codec=b"hvc1"))
    (fault,) = faults_of(folder)
    assert (fault.code, fault.values["codec"]) == ("video-codec", "HEVC（H.265）")


def test_a_video_of_no_length_is_refused(folder: Path) -> None:
    (folder / "video.mp4").write_bytes(mp4(0.5))
    assert "video-length" in codes_of(folder)


def test_subtitles_of_another_video_are_noticed(folder: Path) -> None:
    (folder / "video.mp4").write_bytes(mp4(4))
    assert codes_of(folder) == ["subtitles-beyond", "see-beyond"]


def test_subtitle_times_are_checked_line_by_line(folder: Path) -> None:
    change(folder, "video.vtt", "00:05.000 --> 00:09.500", "00:05.000 --> 00:03.000")
    (fault,) = faults_of(folder)
    assert (fault.code, fault.file, fault.line) == ("subtitles-timing", "video.vtt", 6)


def test_subtitles_without_a_cue_are_refused(folder: Path) -> None:
    (folder / "video.vtt").write_text("WEBVTT\n", "utf-8")
    assert codes_of(folder) == ["subtitles-no-cue"]


def test_a_question_id_is_used_once_in_the_whole_course(folder: Path) -> None:
    change(folder, "exam.toml", 'id = "e1"', 'id = "p1"')
    (fault,) = faults_of(folder)
    assert (fault.code, fault.file, fault.line) == ("question-id-twice", "exam.toml", 2)
    assert fault.values["path"] == "practice.toml"


def test_a_question_points_only_to_what_can_be_watched(folder: Path) -> None:
    change(folder, "practice.toml", "video@00:07", "exam@00:07")
    change(folder, "exam.toml", "video@00:01", "video@09:01")
    assert codes_of(folder) == ["see-no-item", "see-beyond"]


def test_a_page_without_text_is_refused(folder: Path) -> None:
    (folder / "reading.md").write_text("<script>alert(1)</script>\n\n![](no.png)", "utf-8")
    change(folder, "course.toml", "reading.md", "reading.html")
    (folder / "reading.html").write_text("<script>alert(1)</script>", "utf-8")
    assert codes_of(folder) == ["page-empty"]


def test_two_pages_may_not_become_one_file(folder: Path) -> None:
    (folder / "reading.html").write_text("<p>别的内容", "utf-8")
    more = '\n[[item]]\nid = "r2"\nkind = "page"\ntitle = "二"\nfile = "reading.html"\n'
    (folder / "course.toml").write_text(COURSE + more, "utf-8")
    assert codes_of(folder) == ["path-twice"]


def test_a_missing_picture_of_a_page_is_named(folder: Path) -> None:
    (folder / "pictures" / "scale.png").unlink()
    assert codes_of(folder) == ["file-missing", "file-missing"]


def test_a_folder_that_is_none_says_what_to_choose(tmp_path: Path) -> None:
    assert codes_of(tmp_path / "nothing") == ["not-a-folder"]
    assert codes_of(tmp_path) == ["file-missing"]


def test_a_course_without_items_is_refused(folder: Path) -> None:
    (folder / "course.toml").write_text(COURSE.split("[[item]]")[0], "utf-8")
    assert codes_of(folder) == ["no-items"]


def test_items_written_as_one_table_are_explained(folder: Path) -> None:
    top = COURSE.split("[[item]]")[0]
    (folder / "course.toml").write_text(top + "[item]\nid = 'x'\n", "utf-8")
    assert codes_of(folder) == ["not-a-table", "no-items"]


def test_more_than_sixty_items_are_refused(folder: Path) -> None:
    item_toml = '[[item]]\nid = "p%d"\nkind = "pdf"\ntitle = "讲义"\nfile = "handout.pdf"\n'
    top = COURSE.split("[[item]]")[0]
    (folder / "course.toml").write_text(top + "".join(item_toml % n for n in range(61)), "utf-8")
    assert codes_of(folder) == ["too-many"]


def test_a_course_above_its_limit_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_COURSE_BYTES", 500)
    assert codes_of(folder) == ["course-too-large"]


def test_a_hostile_bank_ends_in_a_bounded_list(folder: Path) -> None:
    bad = '[[question]]\nid = "X"\ntype = "x"\ntext = ""\nwhat = 1\n'
    (folder / "practice.toml").write_text(bad * 900, "utf-8")
    assert len(faults_of(folder)) == 200
