"""What may be wrong with Word documents and papers; part of ``faults``."""

# code: (what is wrong, what to do next). "note-…" are remarks on what came in.
TEXTS: dict[str, tuple[str, str]] = {
    # the file
    "word-old": (
        "“%(path)s”是老的 Word 格式（.doc）",
        "请在 Word 或 WPS 里另存为 .docx 再导入",
    ),
    "word-locked": ("“%(path)s”加了密码", "请在 Word 或 WPS 里去掉密码，另存为 .docx 再导入"),
    "word-damaged": (
        "Word 文档打不开，可能损坏或没有存完",
        "请在 Word 或 WPS 里打开，重新另存为 .docx",
    ),
    "word-too-large": (
        "文档里的“%(path)s”解开有 %(size)s，上限是 %(limit)s",
        "请把文档拆成几个",
    ),
    "word-too-long": ("文档超过 %(limit)s 段", "请把文档拆成几个"),
    "word-xml": (
        "文档里的“%(path)s”不是正常的 Word 内容（%(detail)s）",
        "请在 Word 或 WPS 里打开，重新另存为 .docx",
    ),
    "word-no-questions": (
        "文档里认不出题目",
        "请写成“一、单项选择题”“1. 题干（ ）”“A. 选项”“答案：A”，或用有题干、答案两列的表格",
    ),
    # what cannot be kept
    "word-ole": (
        "嵌入的对象（如公式编辑器的公式、Excel 表）读不出",
        "请改成图片、文字或 Word 自己的公式",
    ),
    "word-drawing": ("图形（如流程图、图表、形状）读不出", "请截成图片后插入"),
    "word-linked": ("图片只是链接，不在文档里，也不会去别处取", "请把图片插入文档后再导入"),
    "word-formula": ("公式里有认不出的写法", "请改得简单些，或截成图片"),
    "word-field": ("有用 EQ 域写的内容，读不出", "请改成文字、Word 自己的公式或图片"),
    "word-sign": ("有符号字体里的符号，认不出是什么", "请改用普通的符号，如 √、×、①"),
    # one question of a paper
    "paper-options": (
        "没有认出选项",
        "请写成 A. … B. … C. … D. …，每个选项一行，或同一行里用空格隔开",
    ),
    "paper-options-unclear": (
        "选项从哪里开始认不准：字母有缺、有重，或一行里出现两次",
        "请把每个选项单独写一行，依次用 A. B. C. D. 开头",
    ),
    "paper-answer-picture": ("答案里有图片，没法判分", "请把答案写成字母或文字"),
    "paper-answers-differ": (
        "写了两个不同的答案：“%(one)s”和“%(other)s”",
        "请只留一个正确的答案",
    ),
    "paper-key-unclear": (
        "答案表里这个题号对应哪道题认不准，或答案个数不对",
        "请在这道题下面写一行“答案：”，或在答案表里写明“一、单项选择题”这样的标题",
    ),
    "paper-material": (
        "这道题前面有材料，认不准材料管哪几题",
        "请在材料后面写“根据以上材料，回答第 21—23 题”，或把材料写进每道题",
    ),
    "paper-stray": (
        "这道题后面有一段文字，认不准是不是题目的一部分",
        "请把它接在题干或选项里，或删去，或在前面写“答案：”“解析：”",
    ),
    "paper-matching": ("Word 和文本里的连线题、匹配题认不准", "请用 Excel，左项和选项各占一列"),
    # remarks
    "note-paper-stray": (
        "这些文字不属于任何一道题，没有带入：%(said)s",
        "其中如有题目，请补上题号",
    ),
    "note-paper-marked": (
        "没有写答案，已按加粗、颜色或下划线标出的选项作为正确答案",
        "请抽查几道题；不对的请写明“答案：”后重新导入",
    ),
    "note-paper-key-left": ("答案表里的这些题号没有对应的题：%(numbers)s", "请检查题号"),
    "note-paper-no-model": ("没有参考答案", "需要时请写一行“参考答案：”后重新导入"),
    "note-word-macros": ("文档里有宏，没有读", "宏带不进来，请检查题目和文字是否完整"),
    "note-word-textbox": ("文本框里的文字没有带入", "其中如有要紧的内容，请移到正文里"),
    "note-word-hidden": ("隐藏的文字没有带入", "要带入的，请在 Word 里取消隐藏"),
    "note-word-tracked": ("有修订记录，已按接受修订后的文字读", "请看一眼是否正确"),
    "note-word-questions": (
        "里面有 %(count)s 道题，已作为文档收下，没有进题库",
        "要作题库，请把题目另存成一个只有题目的文件",
    ),
}
