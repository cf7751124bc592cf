"""What may be wrong with a bank that is imported or exported (SPEC.md §9); part of ``faults``."""

# code: (what is wrong, what to do next). "note-…" are remarks on questions that came in.
TEXTS: dict[str, tuple[str, str]] = {
    # the file
    "bank-format": (
        "认不出这个文件是哪种题库",
        "请用 GIFT、Aiken、Moodle XML、QTI、Word（.docx）、试卷文本或 Excel（xlsx、xls、csv）文件",
    ),
    "bank-too-large": (
        "题库文件有 %(size)s，上限是 %(limit)s",
        "请拆成几个文件，或缩小里面的图片和声音",
    ),
    "bank-encoding": (
        "文件不是 UTF-8、UTF-16 或 GB18030 文本",
        "请用编辑器打开，另存为 UTF-8",
    ),
    "bank-empty": ("文件里一道题也没有", "请检查是否选错了文件"),
    "bank-too-many": ("题目超过 %(limit)s 道", "请拆成几个文件"),
    "zip-no-questions": (
        "压缩包里没有 QTI 题目，也不是 Excel 工作簿",
        "请从原系统导出 QTI 压缩包，不要另外打包；其他格式请直接上传文件",
    ),
    "qti-only-test": ("这个文件只列出了试卷，题目在别的文件里", "请上传整个 QTI 压缩包"),
    "bank-xml": ("XML 在这里断了：%(detail)s", "文件可能不完整，请从原系统重新导出"),
    "bank-entities": ("XML 里定义了实体，可能是攻击", "请从原系统重新导出；题库用不着实体"),
    "bank-deep": ("XML 嵌套超过 %(limit)s 层", "请从原系统重新导出"),
    "xml-unknown": (
        "这个 XML 文件不是题库：最外层是 <%(tag)s>",
        "题库请用 Moodle XML 或 QTI；要放进课件的网页请存成 HTML",
    ),
    # one question
    "asked-type": (
        "不认识题型“%(type)s”",
        "请用单选、多选、判断、填空、数值、匹配、排序或简答",
    ),
    "asked-description": ("这是一段说明，不是题目", "说明文字请放进课件的网页里"),
    "asked-type-foreign": (
        "这里没有“%(type)s”这种题",
        "请在原系统里改成单选、多选、判断、填空、数值、匹配、排序或简答题后重新导出",
    ),
    "asked-cloze": (
        "完形填空里的“%(type)s”成不了一道题",
        "请在原系统里拆成几道题：填文字的空可以放在一起，选择（至少两项）和填数的空各自成题",
    ),
    "asked-template": ("题目每次用不同的数或内容，这里没有这种题", "请改成固定的题目"),
    "asked-several": ("一道题里有 %(count)s 处作答，方式不同", "请拆成几道题"),
    "asked-pairs-many": ("匹配题里一项对几项，这里只能一项对一项", "请拆成几道题，或改成多选题"),
    "asked-rounded": ("按有效数字判分，这里没有", "请改成允许的误差"),
    "formula-unknown": (
        "公式里有“%(tag)s”，无法转成 TeX",
        "请在原系统里用 TeX 写公式，或改成图片",
    ),
    "asked-units": ("数值题要给单位判分，这里没有", "请把单位写进题干，只让人填数"),
    "asked-empty": ("没有题干", "请补上题干"),
    "asked-text-long": ("题干有 %(size)s 字，上限是 %(limit)s 字", "请写短些，长材料放进课件"),
    "asked-option-long": ("选项有 %(size)s 字，上限是 %(limit)s 字", "请写短些"),
    "asked-explain-long": ("解析有 %(size)s 字，上限是 %(limit)s 字", "请写短些"),
    "asked-answer-long": ("答案有 %(size)s 字，上限是 %(limit)s 字", "请减少或写短可以接受的答案"),
    "asked-option-empty": ("有一个选项是空的", "请填上，或删去这个选项"),
    "asked-no-answer": ("这道题没有正确答案", "请写明哪个答案是对的"),
    "asked-answer-unknown": (
        "答案“%(answer)s”没有对应的选项",
        "请用选项的字母，第一个选项是 A",
    ),
    "asked-one-right": (
        "单选题或判断题有 %(count)s 个正确答案",
        "请只留一个，或改成多选题",
    ),
    "asked-several-right": ("多选题只有一个正确答案", "请补足，或改成单选题"),
    "asked-bar": ("答案里有“|”或“‖”，它们用来分隔答案", "请换一种写法"),
    "asked-wildcard": (
        "答案“%(answer)s”里的 * 代表任意文字，这里没有这种判分",
        "请逐一写出可以接受的答案",
    ),
    "asked-number": ("“%(value)s”不是数", "请写成 12、-0.5 或 1.2e3 这样的数"),
    "gift-braces": (
        "花括号没有成对，或里面的写法认不出",
        "请检查 { 和 }；文字里的花括号要写成 \\{ 和 \\}，一道题中间不要有空行",
    ),
    "gift-arrow": ("匹配题的“%(prompt)s”后面没有 ->", "请写成 =左项 -> 右项"),
    "aiken-options": (
        "这里没有从 A 开始的选项",
        "请写成 A) … B) … 各占一行，最后一行写 ANSWER: 和字母",
    ),
    "aiken-answer": ("这道题没有 ANSWER 一行", "请在选项之后写 ANSWER: 和字母"),
    "rich-element": (
        "题目里有网页元素 <%(tag)s>，站点上显示不了",
        "请改用文字、图片、声音或公式",
    ),
    "rich-unstable": ("题目的网页代码太乱，无法整理", "请在原系统里清除格式后重新导出"),
    "media-missing": ("找不到图片或声音“%(path)s”", "请把文件一起导出，或从题目里删去"),
    "media-outside": (
        "图片或声音“%(path)s”在别的网站上，站点断网时看不到",
        "请下载后放进题目里",
    ),
    "media-kind": (
        "“%(path)s”不是能显示的图片或声音",
        "请用 JPEG、PNG、GIF、WebP 图片，MP3、M4A、OGG、WAV 声音",
    ),
    "media-large": ("“%(path)s”有 %(size)s，上限是 %(limit)s", "请缩小后再导入"),
    # a bank that is written
    "export-invisible": ("题目里有看不见的控制字符，没有导出", "请删去后重新输入"),
    "export-many": ("一个压缩包最多 %(limit)s 个文件，这道题没有导出", "请分成几个题库导出"),
    "export-media": ("题目的图片或声音“%(path)s”不在这里，没有导出", "请重新导入这道题"),
    # remarks
    "note-partial": ("部分得分没有带入", "这里一题只有对错，只有满分的答案算对"),
    "note-penalty": ("选错倒扣没有带入", "这里一题只有对错"),
    "note-one-of-several": (
        "原来允许多选，但只有一个正确答案，已作为单选题导入",
        "如应有几个正确答案，请改正后重新导入",
    ),
    "note-tags": ("标签没有带入", "需要时请在原系统里查看"),
    "note-invisible": ("看不见的控制字符已去掉", "请看一眼题目是否完整"),
    "note-script": ("题目里的脚本已去掉", "请看一眼题目是否完整"),
    "note-chapter-cut": ("章节名太长，已截短", "需要时请改短章节名"),
    "note-columns": ("这些列没有带入：%(names)s", "需要时请在列名对应里选定它们"),
    "note-type-code": (
        "题型写的是数字，已按 1 单选、2 多选、3 判断、4 填空、5 简答理解",
        "如果不是这样，请改写题型后重新导入",
    ),
    "note-answer-numbers": (
        "答案写的是数字，已按第几个选项理解",
        "如果不是这样，请改写成字母后重新导入",
    ),
    "note-difficulty": ("难度的写法认不出，没有带入", "请写 1（易）到 5（难），或易、中、难"),
    "note-feedback": ("对答对、答错的人分别说的话没有带入", "需要时请写进解析"),
    "note-encoding": (
        "文件没有写明编码，已按 %(encoding)s 读",
        "请看几道题：字不对，就请另存为 UTF-8 后重新导入",
    ),
    "note-stem-parted": (
        "题干中间空了一行，已当作同一道题",
        "如果前面的话不属于这道题，请删去后重新导入",
    ),
    "note-essay-separator": (
        "像是分隔行或小标题，已作为没有答案的简答题导入",
        "如果不是题目，请从题库里删去",
    ),
    "note-hints": ("提示没有带入", "需要时请写进题干或解析"),
    "note-case": ("原来区分大小写，这里不区分", "如果大小写要紧，请改成选择题"),
    "note-units": ("单位没有带入，只填数", "请在题干里写明单位"),
    "note-template": ("答题模板没有带入", "需要时请写进题干"),
    "note-id-twice": ("编号“%(id)s”在文件里用了两次，已给这道题新编号", "需要时请改正编号"),
}
