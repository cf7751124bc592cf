"""Fault: one thing that is wrong with a course folder, said so that its author can mend it.

Every text is Chinese here. The face that shows it may translate it: ``Fault.text(translate)``
takes the catalogue's function, ``translate(text, **values)``.
English stands in ``hub/words/en/content.toml``; codes are explained in ``docs/errors.md``.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from content.model.faults import film, material, package, question, table, word

Translate = Callable[..., str]

# code: (what is wrong, what to do next)
TEXTS: dict[str, tuple[str, str]] = {
    # the folder and its files
    "not-a-folder": ("这里没有课程文件夹", "请选择含有 course.toml 的文件夹，或它的 zip 压缩包"),
    "file-missing": (
        "找不到文件“%(path)s”",
        "请把文件放进课程文件夹，或改正这里的文件名（大小写也要一致）",
    ),
    "file-empty": ("文件“%(path)s”是空的", "请换成有内容的文件"),
    "file-not-regular": (
        "“%(path)s”是链接或特殊文件，不是普通文件",
        "课程文件夹里只能放普通文件，请把链接换成文件本身",
    ),
    "path-unsafe": (
        "文件名“%(path)s”不能用",
        "请只用课程文件夹内的相对路径：不以 / 开头，不含 ..、反斜杠、冒号，总长不超过 120 个字",
    ),
    "path-twice": ("“%(path)s”在课程里指两个不同的文件", "请给其中一个换个名字"),
    "course-too-large": (
        "课程一共 %(size)s，上限是 %(limit)s",
        "站点机的硬盘小、线路慢；请压缩视频，或把课程拆成几门",
    ),
    "video-too-large": (
        "视频“%(path)s”有 %(size)s，上限是 %(limit)s",
        "乡镇所的线路一夜约传 230 MB；请压缩（建议 480p、H.264，每小时约 150 MB）或拆成几节",
    ),
    "pdf-too-large": (
        "PDF“%(path)s”有 %(size)s，上限是 %(limit)s",
        "请降低扫描分辨率（150 dpi 足够）或拆成几份",
    ),
    "page-too-large": ("页面“%(path)s”有 %(size)s，上限是 %(limit)s", "请把长文拆成几个课件"),
    "subtitles-too-large": (
        "字幕“%(path)s”有 %(size)s，上限是 %(limit)s",
        "四小时课程的字幕约 200 kB，请检查是否放错了文件",
    ),
    "picture-too-large": (
        "图片“%(path)s”有 %(size)s，上限是 %(limit)s",
        "请缩小到宽 1280 像素以内，存成 JPEG 或 PNG",
    ),
    "toml-too-large": (
        "“%(path)s”有 %(size)s，上限是 %(limit)s",
        "一个题库最多 1000 题，请检查是否放错了文件",
    ),
    # how text is written
    "encoding-bom": (
        "文件开头有 BOM 标记",
        "请用编辑器另存为“UTF-8（无 BOM）”",
    ),
    "encoding-gb18030": (
        "文件是 GB18030（ANSI）编码，不是 UTF-8",
        "请用编辑器另存为“UTF-8（无 BOM）”",
    ),
    "encoding-utf16": (
        "文件是 UTF-16（Unicode）编码，不是 UTF-8",
        "请用编辑器另存为“UTF-8（无 BOM）”",
    ),
    "encoding-unknown": ("文件不是 UTF-8 文本", "请用编辑器打开，另存为“UTF-8（无 BOM）”"),
    "toml-syntax": ("这里不合 TOML 的写法：%(detail)s", "请对照说明改正这一行，常见的是少了引号"),
    # fields
    "field-unknown": ("不认识“%(name)s”这一项", "请改成“%(near)s”，或删去这一行"),
    "field-missing": ("缺少“%(name)s”这一项", "请补上"),
    "field-type": ("“%(name)s”应是%(want)s", "请改正写法"),
    "field-empty": ("“%(name)s”是空的", "请填上内容"),
    "field-long": ("“%(name)s”有 %(size)s 字，上限是 %(limit)s 字", "请写短些"),
    "field-range": (
        "“%(name)s”是 %(value)s，应在 %(low)s 到 %(high)s 之间",
        "请改成这个范围内的数",
    ),
    "field-control": ("“%(name)s”里有看不见的控制字符", "请删去后重新输入"),
    "id-form": (
        "编号“%(value)s”不能用",
        "请用小写英文字母、数字和 -，以字母或数字开头，最多 40 个字符",
    ),
    "decimal-form": ("“%(name)s”是“%(value)s”，不是学时学分的写法", "请写成 2 或 1.5 这样的数"),
    "not-a-table": ("“%(name)s”应写成 [[%(name)s]] 一段一段", "请对照说明改写"),
    # the course
    "no-items": ("课程里一个课件也没有", "请至少写一段 [[item]]"),
    "too-many": ("“%(name)s”有 %(count)s 个，上限是 %(limit)s 个", "请拆成几门课程或几个题库"),
    "item-id-twice": ("课件编号“%(id)s”用了两次", "请给每个课件不同的 id"),
    "item-kind": (
        "不认识课件类型“%(kind)s”",
        "请用 video（视频）、pdf、page（网页）、scorm、practice（练习）或 exam（考试）",
    ),
    "exam-draws-more": (
        "考试要抽 %(draw)s 题，题库只有 %(count)s 题",
        "请减少 draw，或往题库里加题",
    ),
    # files of each kind
    "pdf-not-pdf": ("“%(path)s”不是完整的 PDF", "请重新导出 PDF"),
    "picture-not-picture": (
        "“%(path)s”不是 JPEG、PNG、GIF、WebP 或 SVG 图片",
        "请另存为 JPEG 或 PNG，文件名的结尾要与格式一致",
    ),
    "sound-too-large": (
        "声音“%(path)s”有 %(size)s，上限是 %(limit)s",
        "请剪短或压缩，每分钟约 1 MB 足够",
    ),
    "sound-not-sound": (
        "“%(path)s”不是能播放的声音",
        "请另存为 mp3、ogg、m4a 或 wav，文件名的结尾要与格式一致",
    ),
    "page-not-page": ("页面“%(path)s”应是 .md、.html 或 .htm", "请改成 Markdown 或 HTML 文件"),
    "page-empty": ("页面“%(path)s”里没有能显示的文字", "请写上内容；脚本和内嵌框架会被去掉"),
    "subtitles-not-webvtt": (
        "字幕“%(path)s”不是 WebVTT",
        "第一行应是 WEBVTT；SRT 字幕请先转换成 .vtt",
    ),
    "subtitles-timing": (
        "字幕的时间写法不对：“%(cue)s”",
        "请写成 00:01:02.000 --> 00:01:05.000，且结束晚于开始",
    ),
    "subtitles-no-cue": ("字幕“%(path)s”里一句也没有", "请检查是否放错了文件"),
    "subtitles-beyond": (
        "字幕到 %(end)s 秒才结束，视频只有 %(seconds)s 秒",
        "请检查字幕是否属于这个视频",
    ),
    # volumes of a library
    "volume-no-folder": (
        "没有“%(path)s”这个文件夹",
        "请写课程文件夹里的一个文件夹，里面放要收进资料库的文件",
    ),
    "volume-empty": ("文件夹“%(path)s”里一份文件也没有", "请放进 .txt、.md、.html 或 .docx 文件"),
    "document-kind": (
        "“%(path)s”不能收进资料库",
        "资料库收 .txt、.md、.html、.docx 文件；.doc 请在 Word 里另存为 .docx，PDF 请做成课件",
    ),
    "document-too-large": ("“%(path)s”有 %(size)s，上限是 %(limit)s", "请把长文拆成几份"),
    "document-no-text": ("“%(path)s”不是文本文件", "请用编辑器打开，另存为“UTF-8”"),
    # questions
    "no-questions": ("题库“%(path)s”里一道题也没有", "请至少写一段 [[question]]"),
    "question-id-twice": (
        "题目编号“%(id)s”已在“%(path)s”里用过",
        "一门课程里的题目编号不能重复，请换一个",
    ),
    "question-type": (
        "不认识题型“%(type)s”",
        "请用 single（单选）、multiple（多选）、truefalse（判断）、fill（填空）、numeric（数值）、"
        "matching（配对）、ordering（排序）或 essay（简答）",
    ),
    "question-options": (
        "这道题有 %(count)s 个选项，应有 2 到 %(limit)s 个",
        "请补足或减少选项",
    ),
    "option-twice": ("选项“%(option)s”出现了两次", "请让每个选项各不相同"),
    "options-not-wanted": ("判断、填空、数值和简答题不写 options", "请删去这一行"),
    "question-prompts": (
        "这道配对题左边有 %(count)s 项，应有 2 到 %(limit)s 项",
        "请在 prompts 里补足或减少",
    ),
    "prompt-twice": ("配对题左边的“%(prompt)s”出现了两次", "请让每一项各不相同"),
    "prompts-not-wanted": ("只有配对题才写 prompts", "请删去这一行"),
    "no-answer": ("这道题没有正确答案", '请写上 answer，例如 answer = "B"'),
    "answer-names-no-option": (
        "答案“%(answer)s”里的“%(letter)s”没有对应的选项",
        "请用选项的字母，第一个选项是 A",
    ),
    "answer-single": ("单选题的答案是“%(answer)s”，应只有一个字母", "请只留一个，或改成多选题"),
    "answer-multiple": (
        "多选题的答案是“%(answer)s”，应有两个以上不重复的字母",
        "请补足，或改成单选题",
    ),
    "answer-truefalse": ("判断题的答案应是 true（正确）或 false（错误）", "请写 answer = true"),
    "answer-number": (
        "“%(answer)s”不是数值题的答案",
        "请写成 12.5，或带误差 12.5~0.1；有几个答案就用方括号列出",
    ),
    "answer-matching": (
        "配对题的答案是“%(answer)s”，应有 %(count)s 个字母",
        "请按 prompts 的顺序每项写一个选项字母，没有对应的写 -；一一对应时可以不写 answer",
    ),
    "answer-ordering": (
        "排序题的答案是“%(answer)s”，应把 %(count)s 个选项的字母各写一次",
        "请按正确的先后写出字母；options 已按正确顺序写时可以不写 answer",
    ),
    "fill-blank": (
        "填空题里有 %(count)s 处 ____，答案有 %(answers)s 空",
        '请用四个下划线标出每个空；几个空的答案写成 [["甲"], ["乙", "丙"]]',
    ),
    "fill-blanks-many": (
        "填空题里有 %(count)s 处 ____，上限是 %(limit)s 处",
        "请拆成几道题",
    ),
    "exam-essay": (
        "简答题“%(id)s”不能放进考试题库，还没有人工评卷",
        "请把它移到练习题库，或改成别的题型",
    ),
    "markup-unsafe": (
        "题目的 HTML 里有不能显示的内容",
        "请只用普通的文字、图片、表格和声音标记",
    ),
    "media-not-shown": (
        "题目带的图片或声音与题目里显示的不一致",
        '请在题目里用 <img src="…"> 或 <audio src="…"> 显示它，并写上 rich = true',
    ),
    "see-form": (
        "“%(see)s”不是回看位置的写法",
        '请写成 see = "课件编号@分:秒"，如 video@01:12；PDF 写页码，如 handout@p3',
    ),
    "see-no-item": (
        "回看位置指向课件“%(id)s”，课程里没有这个可看的课件",
        "请改成视频、PDF 或网页的编号",
    ),
    "see-beyond": (
        "回看位置在 %(second)s 秒，课件只有 %(seconds)s 秒",
        "请改成视频之内的时间",
    ),
}
TEXTS |= package.TEXTS | question.TEXTS | material.TEXTS | word.TEXTS | film.TEXTS
TEXTS |= table.TEXTS

# What a field should have been; they fill "%(want)s" above.
KINDS_OF_VALUE = {
    "text": "带引号的文字",
    "flag": "true 或 false",
    "number": "整数",
    "texts": "方括号里的几段文字",
}

WHERE = "%(file)s 第 %(line)s 行"
WHERE_FIELD = "%(file)s 第 %(line)s 行（%(field)s）"
WHERE_NO_LINE = "%(file)s（%(field)s）"
WHERE_PARAGRAPH = "%(file)s 第 %(line)s 段"
WHERE_PARAGRAPH_FIELD = "%(file)s 第 %(line)s 段（%(field)s）"
# The value that says in which paragraph of a document the fault is.
PARAGRAPH = "paragraph"


def plain(text: str, **values: object) -> str:
    """Fill the Chinese text in, for logs, command line and tests."""
    return text % values if values else text


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: in which file, at which line or field, what it is, and what to do."""

    code: str
    file: str = ""
    line: int = 0
    key: str = ""
    values: Mapping[str, str | int] = field(default_factory=dict)

    def where(self, translate: Translate = plain) -> str:
        """Return the place, such as ``course.toml 第 12 行（file）``."""
        if at := self.values.get(PARAGRAPH):
            where = WHERE_PARAGRAPH_FIELD if self.key else WHERE_PARAGRAPH
            return translate(where, file=self.file, line=at, field=self.key)
        if self.line and self.key:
            return translate(WHERE_FIELD, file=self.file, line=self.line, field=self.key)
        if self.line:
            return translate(WHERE, file=self.file, line=self.line)
        if self.key:
            return translate(WHERE_NO_LINE, file=self.file, field=self.key)
        return self.file

    def what(self, translate: Translate = plain) -> str:
        """Return what is wrong, in one clause; of what was said of many, how many there are."""
        what = translate(TEXTS[self.code][0], **self._filled(translate))
        times = self.values.get(table.TIMES, 1)
        return what if times == 1 else what + translate(table.REPEATED, times=times)

    def todo(self, translate: Translate = plain) -> str:
        """Return what the author does next."""
        return translate(TEXTS[self.code][1], **self._filled(translate))

    def text(self, translate: Translate = plain) -> str:
        """Return place, fault and next step as one line."""
        line = f"{self.what(translate)}。{self.todo(translate)}。"
        return f"{self.where(translate)}：{line}" if self.file else line

    def _filled(self, translate: Translate) -> dict[str, str | int]:
        values = dict(self.values)
        if "want" in values:
            values["want"] = translate(KINDS_OF_VALUE[str(values["want"])])
        return values


class Faults:
    """A growing list: readers add faults and go on, so that an author sees all of them at once."""

    # An author mends a screenful, then looks again; hostile input must not fill the memory.
    MOST = 200

    def __init__(self) -> None:
        self._found: list[Fault] = []

    def add(
        self, code: str, file: str = "", line: int = 0, key: str = "", /, **values: str | int
    ) -> None:
        """Note one fault; those beyond ``MOST`` are dropped."""
        if len(self._found) < self.MOST:
            self._found.append(Fault(code, file, line, key, values))

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)
