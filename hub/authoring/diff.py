"""Diff: the differences between two versions of a course, in words (content/SPEC.md §1).

It compares what stations see, so the right answers of exams are not in it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from content.face.words import gettext as _
from content.model.course import STUDIED_KINDS, Course, FileRef, Item
from content.model.terms import Module
from content.packs.without_answers import closed
from hub.authoring.draft_plan import DocumentPlan, VolumePlan

# Titles shown of the documents that were added, removed or changed in a volume.
MOST_TITLES = 5


def between(
    old: Course, new: Course, before: Sequence[VolumePlan] = (), after: Sequence[VolumePlan] = ()
) -> list[str]:
    """Every difference as a sentence, the largest first; ``before`` and ``after`` are volumes."""
    old, new = _as_seen(old), _as_seen(new)
    shelves = _volumes(
        {volume.id: volume for volume in before}, {volume.id: volume for volume in after}
    )
    return [*_items(old, new), *_modules(old, new), *shelves, *_details(old, new)]


def _as_seen(course: Course) -> Course:
    """The course as stations get it: without answers of exams, options in their closed order."""
    shut = closed(course)
    items = (
        replace(item, questions=tuple(question.without_answer() for question in item.questions))
        if item.kind == "exam"
        else item
        for item in shut.items
    )
    return replace(shut, items=tuple(items))


def _items(old: Course, new: Course) -> Iterator[str]:
    before = {item.id: item for item in old.items}
    after = {item.id: item for item in new.items}
    for item in new.items:
        if item.id not in before:
            yield _("增加了课件《%(title)s》。", title=item.title)
    for item in old.items:
        if item.id not in after:
            yield _("去掉了课件《%(title)s》。", title=item.title)
    for item in new.items:
        if item.id in before:
            yield from _item(before[item.id], item)
    common = [item_id for item_id in before if item_id in after]
    if common != [item_id for item_id in after if item_id in before]:
        yield _("课件的次序变了。")


def _item(old: Item, new: Item) -> Iterator[str]:
    title = new.title
    if old.title != new.title:
        yield _("课件《%(old)s》改名为《%(new)s》。", old=old.title, new=new.title)
    if _bytes(old.file, *old.assets, *old.pictures) != _bytes(new.file, *new.assets, *new.pictures):
        yield _("《%(title)s》换了文件。", title=title)
        if old.content != new.content:
            yield _(
                "《%(title)s》算另一份内容：没学完的人要从头学，以前学的不算进来；学完课程的人不变。",
                title=title,
            )
        elif new.kind in STUDIED_KINDS:
            yield _("《%(title)s》的内容算同一份：学过的照算。", title=title)
    if _bytes(old.subtitles, old.poster) != _bytes(new.subtitles, new.poster):
        yield _("《%(title)s》的字幕或封面变了。", title=title)
    if old.required != new.required:
        words = _("改为必学") if new.required else _("改为选学")
        yield _("《%(title)s》%(said)s。", title=title, said=words)
    if old.seconds != new.seconds and new.kind != "video":
        yield _("《%(title)s》的最少阅读时间变了。", title=title)
    yield from _questions(old, new)
    if old.exam != new.exam and new.exam is not None:
        yield _(
            "《%(title)s》的考试规则改为抽 %(d)s 题、%(m)s 分钟、%(p)s 分合格、可考 %(a)s 次。",
            title=title,
            d=new.exam.draw,
            m=new.exam.minutes,
            p=new.exam.pass_percent,
            a=new.exam.attempts,
        )


def _bytes(*refs: FileRef | None) -> list[str]:
    """The contents of files, whatever their names."""
    return [ref.sha256 if ref else "" for ref in refs]


def _questions(old: Item, new: Item) -> Iterator[str]:
    before = {question.id: question for question in old.questions}
    after = {question.id: question for question in new.questions}
    counts = {
        _("增加 %(n)s 题"): len(after.keys() - before.keys()),
        _("去掉 %(n)s 题"): len(before.keys() - after.keys()),
        _("改动 %(n)s 题"): sum(
            before[question_id] != after[question_id]
            for question_id in before.keys() & after.keys()
        ),
    }
    parts = [words.replace("%(n)s", str(count)) for words, count in counts.items() if count]
    if parts:
        yield _("《%(title)s》：%(said)s。", title=new.title, said=_("，").join(parts))


def _modules(old: Course, new: Course) -> Iterator[str]:
    before = {module.id: module for module in old.modules}
    after = {module.id: module for module in new.modules}
    for module in new.modules:
        if module.id not in before:
            yield _("增加了%(kind)s“%(title)s”。", kind=_kind(module), title=module.title)
        elif before[module.id] != module:
            yield _("模块“%(title)s”的名称或种类变了。", title=module.title)
    for module in old.modules:
        if module.id not in after:
            yield _("去掉了模块“%(title)s”。", title=module.title)
    module_before = {item.id: item.module for item in old.items if item.module in after}
    if any(module_before.get(item.id, item.module) != item.module for item in new.items):
        yield _("有课件换了模块。")


def _kind(module: Module) -> str:
    return _("活模块") if module.kind == "flexible" else _("基础模块")


def _volumes(before: Mapping[str, VolumePlan], after: Mapping[str, VolumePlan]) -> Iterator[str]:
    for volume in after.values():
        if volume.id not in before:
            count = len(volume.documents)
            yield _("增加了资料卷“%(title)s”，共 %(n)s 份。", title=volume.title, n=count)
    for volume in before.values():
        if volume.id not in after:
            yield _("去掉了资料卷“%(title)s”。", title=volume.title)
    for volume in after.values():
        if volume.id in before:
            yield from _volume(before[volume.id], volume)
    common = [volume_id for volume_id in before if volume_id in after]
    if common != [volume_id for volume_id in after if volume_id in before]:
        yield _("资料卷的次序变了。")


def _volume(old: VolumePlan, new: VolumePlan) -> Iterator[str]:
    before = {document.id: document for document in old.documents}
    after = {document.id: document for document in new.documents}
    if old.title != new.title:
        yield _("资料卷“%(old)s”改名为“%(new)s”。", old=old.title, new=new.title)
    both = before.keys() & after.keys()
    touched = [
        document_id
        for document_id in both
        if _said(before[document_id]) != _said(after[document_id])
    ]
    changes = (
        (
            _("“%(volume)s”增加 %(n)s 份：%(titles)s。"),
            [after[k] for k in after if k not in before],
        ),
        (
            _("“%(volume)s”去掉 %(n)s 份：%(titles)s。"),
            [before[k] for k in before if k not in after],
        ),
        (_("“%(volume)s”改动 %(n)s 份：%(titles)s。"), [after[k] for k in after if k in touched]),
    )
    for words, documents in changes:
        if documents:
            titles = "".join(f"《{document.title}》" for document in documents[:MOST_TITLES])
            titles += _("等") if len(documents) > MOST_TITLES else ""
            yield words % {"volume": new.title, "n": len(documents), "titles": titles}
    common = [document_id for document_id in before if document_id in after]
    if common != [document_id for document_id in after if document_id in before]:
        yield _("“%(volume)s”里资料的次序变了。", volume=new.title)


def _said(document: DocumentPlan) -> tuple[str, ...]:
    return document.title, document.text, document.number, document.issued, document.source


def _details(old: Course, new: Course) -> Iterator[str]:
    pairs = (
        (_("课程名称"), old.title, new.title),
        (_("简介"), old.summary, new.summary),
        (_("主讲"), old.lecturer, new.lecturer),
        (_("授课人"), old.lecturer_about, new.lecturer_about),
        (_("来源"), old.source, new.source),
        (_("类别"), old.category, new.category),
        (_("学时"), old.hours, new.hours),
        (_("学分"), old.credits, new.credits),
        (_("许可的单位"), old.licence.holder, new.licence.holder),
        (_("许可到期日"), old.licence.expires, new.licence.expires),
        (_("许可的站点数"), str(old.licence.stations), str(new.licence.stations)),
    )
    for name, before, after in pairs:
        if before != after:
            change = {"name": name, "old": before[:60] or "–", "new": after[:60] or "–"}
            yield _("%(name)s从“%(old)s”改为“%(new)s”。", **change)
    if old.required != new.required:
        yield _("课程改为必修。") if new.required else _("课程改为选修。")
    if old.origin != new.origin:
        yield _("怎么来的（自制、外购、租用、交换）变了。")
