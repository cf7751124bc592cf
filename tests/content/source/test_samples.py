"""content/samples: three courses that headquarters can publish as they are."""

import re
from collections import Counter
from pathlib import Path

import pytest

from content.media import mp4
from content.model.volume import read_volume
from content.source.build_pack import build
from content.source.folder import read_folder
from content.transfer.blobs import BlobStore
from tests.content.conftest import KEY

SAMPLES = Path(__file__).parents[3] / "content" / "samples"
COURSES = sorted(path.parent.name for path in SAMPLES.glob("*/course.toml"))


def test_there_are_three_courses_of_less_than_eight_megabytes() -> None:
    assert len(COURSES) == 3
    assert sum(path.stat().st_size for path in SAMPLES.rglob("*") if path.is_file()) < 8_000_000


@pytest.mark.parametrize("name", COURSES)
def test_a_sample_has_every_kind_of_item(name: str) -> None:
    course = read_folder(SAMPLES / name).course
    assert course.id == name
    assert [item.kind for item in course.items] == ["video", "pdf", "page", "practice", "exam"]
    assert len(course.item("practice").questions) >= 34
    types = {question.type for question in course.item("practice").questions}
    assert types >= {"numeric", "matching", "ordering", "fill"}
    exam = course.item("exam")
    assert exam.exam
    assert (len(exam.questions), exam.exam.draw, exam.exam.minutes) == (20, 10, 15)
    assert (exam.exam.pass_percent, exam.exam.attempts) == (60, 2)


@pytest.mark.parametrize("name", COURSES)
def test_a_sample_video_has_picture_sound_subtitles_and_its_index_first(name: str) -> None:
    path = SAMPLES / name / "video.mp4"
    movie = mp4.probe(path)
    assert sorted(movie.codecs) == ["avc1", "mp4a"]
    assert 60 <= movie.seconds <= 120
    head = path.read_bytes()
    assert head.index(b"moov") < head.index(b"mdat")
    cues = re.findall(r"-->", (SAMPLES / name / "video.vtt").read_text("utf-8"))
    assert len(cues) >= 25


@pytest.mark.parametrize("name", COURSES)
def test_every_question_of_a_sample_explains_itself_and_points_into_the_video(name: str) -> None:
    course = read_folder(SAMPLES / name).course
    for item in course.items:
        for question in item.questions:
            assert question.explain
            assert question.see_item == "video"


@pytest.mark.parametrize("name", COURSES)
def test_no_letter_is_right_too_often(name: str) -> None:
    course = read_folder(SAMPLES / name).course
    letters = Counter(
        question.answer
        for item in course.items
        for question in item.questions
        if question.type == "single"
    )
    assert letters.total() == 21
    assert max(letters.values()) <= 10


@pytest.mark.parametrize("name", COURSES)
def test_a_question_is_asked_once(name: str) -> None:
    course = read_folder(SAMPLES / name).course
    texts = [question.text for item in course.items for question in item.questions]
    assert len(set(texts)) == len(texts) >= 54


@pytest.mark.parametrize("name", COURSES)
def test_a_sample_becomes_a_pack(name: str, blobs: BlobStore) -> None:
    pack = build(read_folder(SAMPLES / name), blobs, KEY)
    assert len(pack.exam_key) == 20
    assert all(pack.exam_key.values())
    assert pack.size < 3_000_000


def test_the_sample_library_has_documents_of_every_category(tmp_path: Path) -> None:
    course = read_folder(SAMPLES / "library" / "handbook").course
    assert [volume.documents for volume in course.volumes] == [4, 4, 3, 3]
    assert course.items == ()
    blobs = BlobStore(tmp_path)
    build(read_folder(SAMPLES / "library" / "handbook"), blobs, KEY)
    documents = [
        line.document
        for volume in course.volumes
        for line in read_volume(blobs.path(volume.file.sha256))
    ]
    assert len(documents) == 14
    assert {document.source for document in documents} == {"培训中心", "培訓中心"}
